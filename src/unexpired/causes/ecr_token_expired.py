"""The container registry's login has lapsed.

## What happened

`docker login` to ECR stored a password that is good for twelve hours. It is over, and Docker (or Podman, Helm,
Kaniko, containerd) goes on sending it.

## Why AWS says this

ECR's password is a token made by `GetAuthorizationToken`; the registry checks its end on every pull and push. Docker
keeps it in `~/.docker/config.json`, and Kubernetes in a pull secret, and neither knows how to renew it.

## How to recognise it

    denied: Your authorization token has expired. Reauthenticate and try again.
    failed to authorize: failed to fetch … 403 Forbidden     (a pull secret older than twelve hours)

## Cure

Log in again, or install the credential helper, which asks for a new token each time. Not done by `--fix`: it writes
into Docker's configuration.

## Confirm

`doctor` looks into Docker's configuration for ECR logins, and whether a helper is set.

## Sources

- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
- [Docker commands and ECR: errors](https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html)
- [Amazon ECR credential helper](https://github.com/awslabs/amazon-ecr-credential-helper)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, by_platform
from unexpired.causes._proofs import lapsed_bearers

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_LOGIN = (
    "aws ecr get-login-password --region REGION"
    " | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com"
)


def prove(evidence: Evidence) -> Finding | None:
    """Docker's configuration holds a login whose token has lapsed, and no helper that would renew it."""
    seen = lapsed_bearers(evidence, "ecr")
    if not seen:
        return None
    host = next(bearer.host for bearer in evidence.bearers if bearer.kind == "ecr" and bearer.host in seen[0])
    return CAUSE.found("error", "proven", seen, _for_registry(host))


def _for_registry(host: str) -> Cure:
    """The cure for the very registry: ``ACCOUNT.dkr.ecr.REGION.amazonaws.com``."""
    account, _, rest = host.partition(".dkr.ecr.")
    region = rest.partition(".")[0]
    if not account or not region:
        return CAUSE.cure
    commands = {
        platform: tuple(
            command.replace("ACCOUNT.dkr.ecr.REGION.amazonaws.com", host).replace("REGION", region) for command in typed
        )
        for platform, typed in CAUSE.cure.commands.items()
    }
    return replace(CAUSE.cure, commands=commands)


CAUSE = Cause(
    slug="ecr-token-expired",
    family="other",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.96,
            why="The registry says that the login has lapsed; ECR's last twelve hours.",
            text=(
                "your authorization token has expired",
                "your authorization token is invalid",
                "authorization token … invalid … dkr.ecr",
                "authorization token has expired. reauthenticate",
                "authorization token … expired … dkr.ecr",
                "dkr.ecr … authorization token … expired",
                "authorization token is expired … |ecr|",
                "dkr.ecr … token has expired",
                "public.ecr.aws … token has expired",
                "public.ecr.aws … token … expired",
            ),
            unless=("gitlab.com/v2", "ghcr.io", "expiredtokenexception"),
        ),
        Sign(
            confidence=0.6,
            why="Docker sent no login. AWS names a lapsed one among the reasons: they last twelve hours.",
            text=("no basic auth credentials", "no basic-auth credentials"),
            beside=("dkr.ecr", "|ecr|", "public.ecr.aws", "aws ecr get-login", "amazonaws.com"),
        ),
        Sign(
            confidence=0.5,
            why="ECR speaks of the login so; the rest of the sentence is missing.",
            text=("your authorization token",),
            unless=("gitlab", "ghcr.io", "expiredtokenexception"),
        ),
        Sign(
            confidence=0.5,
            why="The registry refused a login that it once accepted.",
            text=("dkr.ecr … 403 forbidden", "dkr.ecr … not authorized", "dkr.ecr … denied", "dkr.ecr … unauthorized"),
            beside=("12 hours", "12h", "worked yesterday", "imagepullsecret", "regcred", "after a while", "expired"),
        ),
    ),
    cure=Cure(
        summary="Log in again, or install the credential helper, which renews by itself.",
        commands=by_platform(
            linux=(_LOGIN, "sudo apt install amazon-ecr-credential-helper"),
            macos=(_LOGIN, "brew install docker-credential-helper-ecr"),
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
