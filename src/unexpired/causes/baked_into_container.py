"""A session was copied into an image, a compose file, a pod or `docker run -e`.

## What happened

The three variables of your shell were passed into a container: with `-e`, an `environment:` block, a Kubernetes
Secret, an `ARG` or a copied `~/.aws`. The container keeps the copy from the moment it was made; renewing on the host
does not reach it.

## Why AWS says this

Inside the container they are static, like any variables. An hour or so later every call is answered with
*ExpiredToken*; a new container, started from a renewed shell, works again.

## How to recognise it

*ExpiredToken* next to `docker run … -e AWS_SESSION_TOKEN`, `environment: - AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN}`,
`ENV AWS_SESSION_TOKEN`, `secretKeyRef`, or a devcontainer that was working this morning.

## Cure

Give the container a door that is asked again (`unexpired exec` opens the container endpoint and passes its address),
or its own role (ECS task role, IRSA, pod identity). A session in an image is also a leaked one: rebuild without it.
Not done by `--fix`: it is a change of your deployment.

## Confirm

`doctor` inside the container shows the variables as the winner, and that nothing behind them renews.

## Sources

- [Task IAM roles](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
- [EKS Pod Identity](https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html)
- [Container credential provider](https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._proofs import is_session, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """A container's first process was started with the very session that is used."""
    container, base = evidence.container, plan(evidence)[:1]
    if container is None or not base or base[0].kind != "environment" or not is_session(base[0].keys):
        return None
    keys = base[0].keys
    assert keys is not None  # noqa: S101 - is_session has looked
    if container.keys is None or container.keys.identity != keys.identity:
        return None
    seen = (
        f"this is a container ({container.sign})",
        f"its first process was started with {keys.key_id}, a session that nothing inside renews",
    )
    return CAUSE.found("warning", "proven", seen)


CAUSE = Cause(
    slug="baked-into-container",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.13,
            why="A session lapsed; one that was copied into a container is never renewed there.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=(
                "docker run … aws_session_token",
                "docker run … -e aws_",
                "docker run … --env aws_",
                "docker run … --env-file",
                "docker-compose … aws_session_token",
                "docker compose … aws_session_token",
                "environment: … aws_session_token",
                "environment: - aws_",
                "env aws_session_token",
                "arg aws_session_token",
                "- aws_session_token=",
                "- name: aws_session_token",
                "secretkeyref … aws_session_token",
                "podman run … aws_",
                "/root/.aws:",
                ".aws:/root/.aws",
                "~/.aws:/",
                "--build-arg aws_",
                "copy .aws",
            ),
            weight=3.2,
            why="The session is passed into a container.",
            anywhere=True,
        ),
        Clue(
            text=(
                "|docker|",
                "docker-compose",
                "dockerfile",
                "|podman|",
                "devcontainer",
                "kubernetes secret",
                "|container|",
            ),
            weight=0.9,
            why="A container stands in the text.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Give the container an endpoint that is asked again, or a role of its own.",
        commands=everywhere("unexpired exec --profile PROFILE --channel container --for 6h -- docker run IMAGE"),
    ),
    prove=prove,
)
