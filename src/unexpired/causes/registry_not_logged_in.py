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

`doctor` compares the hosts in Docker's configuration with the account and Region of the winner.

## Sources

- [Docker commands and ECR: errors](https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform

_LOGIN = (
    "aws ecr get-login-password --region REGION"
    " | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com"
)
_ECR = ("dkr.ecr", "|ecr|", "public.ecr.aws", "amazonaws.com", "get-login-password", "get-login", "|aws|")

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
                "unauthorized: … dkr.ecr",
            ),
            unless=("expired",),
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
)
