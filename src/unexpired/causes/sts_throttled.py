"""The renewal itself is throttled.

## What happened

Too many sessions were asked for at once: every process of a fleet renewing by itself, a session per request, a retry
loop. STS, Identity Center or the metadata service answered *not so fast*, and what had to be renewed was not.

## Why AWS says this

STS counts per account and Region, Identity Center's portal and the instance metadata service much lower. Past the
quota the answer is *Throttling: Rate exceeded* or *TooManyRequestsException*; the SDK retries a few times, which adds
to the load, then gives up.

## How to recognise it

    An error occurred (Throttling) when calling the AssumeRole operation (reached max retries: 4): Rate exceeded
    operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 3 … api error Throttling: Rate exceeded
    operation error SSO: GetRoleCredentials … TooManyRequestsException: HTTP 429 Unknown Code

## Cure

Ask once and share: one renewer per host (`unexpired exec` and `unexpired.Session` share through a store), sessions of
an hour instead of a quarter, a cache between runs. Not done by `--fix`.

## Confirm

`doctor` counts the processes on this host that renew the same role, and says how long their sessions last.

## Sources

- [IAM and STS quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)
- [aws/aws-sdk-go-v2#2481](https://github.com/aws/aws-sdk-go-v2/issues/2481)
- [aws/rolesanywhere-credential-helper#31](https://github.com/aws/rolesanywhere-credential-helper/issues/31)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, RENEWAL_HOSTS, THROTTLED
from unexpired.causes._proofs import answered, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """STS answered that it is asked too often."""
    also = tuple(
        f"sessions of {step.role_arn} last {step.duration_seconds} s" for step in plan(evidence) if step.role_arn
    )
    return answered(evidence, CAUSE, also=also)


CAUSE = Cause(
    slug="sts-throttled",
    family="unreachable",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.94,
            why="The operation that makes a session was throttled.",
            answer=THROTTLED,
            calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.85,
            why="The endpoint that renews sessions was asked too often.",
            answer=THROTTLED,
            beside=RENEWAL_HOSTS,
        ),
        Sign(
            confidence=0.8,
            why="The source of the credentials was asked too often.",
            text=(
                "169.254.169.254 … 429",
                "429 … 169.254.169.254",
                "credentialsproviderwrapper … too many requests",
                "credentialsprovider … too many requests",
                "instance metadata … too many requests",
                "169.254.170.2 … 429",
                "169.254.170.23 … 429",
                "container metadata … 429",
                "non 200 response 429",
                "|imds| … throttl",
                "throttl … |imds|",
                "webidentityerr … throttl",
                "assumerole … throttl",
                "assume role … rate exceeded",
                "createsession … throttl",
                "credentials … throttl … |sts|",
                "getrolecredentials … 429",
                "getrolecredentials … toomanyrequests",
                "operation error sts: … failed to get rate limit token",
                "operation error sts: … retry quota exceeded",
                "operation error sso: … retry quota exceeded",
            ),
        ),
        Sign(
            confidence=0.55,
            why="STS answers AssumeRole with 400 when it throttles; a lapsed or refused caller gets 403.",
            text=("assumerole call completed with http status 400",),
        ),
        Sign(
            confidence=0.45,
            why="The renewal was put off because too many were asked for.",
            text=("slow_down", "throttl", "rate exceeded"),
            beside=(
                "refresh credentials",
                "failed to refresh cached credentials",
                "failed to retrieve credentials",
                "fetching credentials",
                "get credentials: ",
                "retrieving credentials",
            ),
        ),
    ),
    cure=Cure(
        summary="Renew once per host and share the session.",
        commands=everywhere(
            "unexpired exec --profile PROFILE -- COMMAND", "aws configure set duration_seconds 3600 --profile PROFILE"
        ),
    ),
    prove=prove,
)
