"""The container registry was never logged in to.

## What happened

Docker has no password for this registry: the login was never made, was made for another account or Region, by another
user (`sudo docker`), or into another configuration than the one that is read. Or the identity may not pull.

## Why AWS says this

A login is kept per host name, `ACCOUNT.dkr.ecr.REGION.amazonaws.com`. Without one Docker asks anonymously, and the
registry answers *no basic auth credentials*; an identity without `ecr:GetAuthorizationToken` or `ecr:BatchGetImage`
is denied.

## How to recognise it

    no basic auth credentials
    pull access denied for 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app, repository does not exist or may require
        'docker login'

## Cure

Log in to exactly that host, as the user that pulls. Not done by `--fix`: it writes into Docker's configuration.

## Confirm

`doctor registry-not-logged-in` reads Docker's configuration: the logins and helpers for ECR, whether a helper is
installed, and whether the logins are for the account of the credentials.

## Sources

- [Docker commands and ECR: errors](https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._other_systems.services import OWN_REGISTRIES, REGISTRIES

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_LOGIN = (
    "aws ecr get-login-password --region REGION"
    " | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com"
)
_ECR = ("dkr.ecr", "|ecr|", "public.ecr.aws", "amazonaws.com", "get-login-password", "get-login", "|aws|")

_PACKAGES = (".d.codeartifact.", "aws.codeartifact", "codeartifact.amazonaws")
"""Addresses of CodeArtifact's package registries."""

_ARN_COLONS = 5


def prove(evidence: Evidence) -> Finding | None:
    """Docker's configuration has no login for ECR, or names a helper that is not there, or is for other accounts."""
    found = evidence.registries
    if found is None:
        return None
    if found.absent:
        seen = tuple(f"{found.place} names {helper}, and no such program is on the path" for helper in found.absent)
        return CAUSE.found("error", "proven", seen)
    if found.helpers:
        return None
    if not found.hosts:
        return CAUSE.found("error", "proven", (f"{found.place} has no login for a registry of ECR, and no helper",))
    identity = evidence.online.identity if evidence.online is not None else None
    account = identity.split(":")[4] if identity and identity.count(":") >= _ARN_COLONS else None
    if account is None or any(host.startswith(account) for host in found.hosts):
        return None
    seen = (f"{found.place} has logins for {', '.join(found.hosts)}", f"the credentials here are of account {account}")
    return CAUSE.found("warning", "possible", seen)


CAUSE = Cause(
    slug="registry-not-logged-in",
    family="other",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.93,
            why="Docker has no login for this registry.",
            text=("no basic auth credentials", "no basic-auth credentials"),
            beside=_ECR,
        ),
        Sign(
            confidence=0.6,
            why="Docker has no login for the registry that it asked; ECR is the commonest that answers so.",
            text=("no basic auth credentials", "no basic-auth credentials"),
            unless=(*REGISTRIES, *OWN_REGISTRIES),
        ),
        Sign(
            confidence=0.85,
            why="The registry refused an anonymous pull.",
            text=(
                "pull access denied for … dkr.ecr",
                "dkr.ecr … pull access denied",
                "dkr.ecr … may require docker login",
                "dkr.ecr … insufficient_scope",
                "dkr.ecr … authorization failed",
                "dkr.ecr … unauthorized",
                "dkr.ecr … 401 unauthorized",
                "dkr.ecr … 403 forbidden",
                "dkr.ecr … access denied",
                "dkr.ecr … credential required for basic auth",
                "unauthorized: … dkr.ecr",
            ),
            unless=("expired",),
        ),
        Sign(
            confidence=0.8,
            why="CodeArtifact refused the package manager's login; one lasts twelve hours at the most.",
            text=_PACKAGES,
            beside=(
                "401 error",
                "401 client error",
                "401 unauthorized",
                "status code 401",
                "status code: 401",
                "statuscode 401",
                "response code 401",
                "http error 401",
                "(401)",
                "returned 401",
                "e401",
                "403 forbidden",
                "403 client error",
                "status code 403",
                "status code: 403",
                "unable to authenticate",
                "credentials not correct",
                "not authorized , reasonphrase",
                "authentication token seems to be invalid",
                "invalid or expired token",
                "authentication failed",
            ),
            reach=400,
            unless=("security token included", "expiredtoken", "unable to locate credentials", "is not authorized to"),
        ),
        Sign(
            confidence=0.7,
            why="The registry refused what Docker sent: a login that has lapsed, or none.",
            text=(
                "public.ecr.aws … 403 forbidden",
                "public.ecr.aws … unauthorized",
                "public.ecr.aws … not authorized",
                "public.ecr.aws … authorization failed",
            ),
            unless=("expired", "toomanyrequests"),
        ),
        Sign(
            confidence=0.6,
            why="The identity may not take a login from ECR.",
            text=(
                "not authorized to perform: ecr:getauthorizationtoken",
                "not authorized to perform: ecr-public:getauthorizationtoken",
                "cannotpullcontainererror … no basic auth",
                "cannotpullecrcontainererror",
                "resourceinitializationerror … |ecr|",
            ),
            unless=("i/o timeout", "context deadline"),
        ),
        Sign(
            confidence=0.7,
            why="The login itself did not work.",
            text=(
                "cannot perform an interactive login from a non tty",
                "error saving credentials: error storing credentials",
                "get-login-password … error",
                "login attempt to https://….dkr.ecr",
            ),
            beside=_ECR,
        ),
    ),
    clues=(
        Clue(
            text=("docker.io", "ghcr.io", "gcr.io", "quay.io", "azurecr.io", "registry.gitlab.com", "docker.pkg.dev"),
            weight=-1.8,
        ),
    ),
    cure=Cure(
        summary="Log in to exactly the registry that the message names.",
        commands=by_platform(
            posix=(_LOGIN,),
            cmd=(_LOGIN,),
            powershell=(
                (
                    "(Get-ECRLoginCommand).Password | docker login --username AWS --password-stdin "
                    "ACCOUNT.dkr.ecr.REGION.amazonaws.com"
                ),
            ),
        ),
    ),
    prove=prove,
)
