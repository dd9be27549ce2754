"""The session is shorter than the SDK's renewal window, so it renews on every call.

## What happened

Sessions of fifteen minutes or less (STS's minimum, a cautious administrator, a test endpoint) fall into the window in
which the SDK thinks *soon over*. It renews before every request, until STS throttles it or the renewals get in each
other's way.

## Why AWS says this

The windows are minutes, not fractions: boto3 begins to renew 15 minutes before the end and insists at 10, JS and Rust
at 5. A session that never has more than that left is always due. The sign is a flood of renewals, then *Throttling*,
or warnings of failed advisory refreshes.

## How to recognise it

    Refreshing temporary credentials failed during advisory refresh period.

again and again, within seconds; `Rate exceeded` from `AssumeRole`; CloudTrail with one `AssumeRole` per request;
`duration_seconds = 900`.

## Cure

Ask for longer sessions (an hour is the default), or put something between that answers from memory. Not done by
`--fix`: who set the short duration may have meant it.

## Confirm

`doctor` compares the session's length with the windows of the SDKs it finds.

## Sources

- [boto/botocore#2189: fifteen-minute sessions are renewed at every call](https://github.com/boto/botocore/issues/2189)
- [API reference: AssumeRole, DurationSeconds](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import THROTTLED
from unexpired.causes._proofs import for_profile, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


# botocore 1.44.5: `_DEFAULT_ADVISORY_REFRESH_TIMEOUT`. A session that is never longer is renewed at every request.
_BOTOCORE_WINDOW_SECONDS = 900


def prove(evidence: Evidence) -> Finding | None:
    """The winner's sessions are no longer than the window in which botocore renews them."""
    role = plan(evidence)[-1:]
    if not role or role[0].kind != "assume_role" or (role[0].duration_seconds or 0) > _BOTOCORE_WINDOW_SECONDS:
        return None
    seen = (
        f"{role[0].place}: {role[0].role_arn} is asked for {role[0].duration_seconds} s",
        f"botocore renews a session that has less than {_BOTOCORE_WINDOW_SECONDS} s left: this one at every request",
    )
    return CAUSE.found("warning", "proven", seen, for_profile(CAUSE.cure, role[0].profile))


CAUSE = Cause(
    slug="renewal-window-too-short",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.75,
            why="The tool wants more time than the session has left, from the start.",
            text=(
                "minutes in the future. disabling auto-refresh",
                "is less than10 minutes",
                "is less than 10 minutes in the future",
            ),
        ),
        Sign(
            confidence=0.6,
            why="The SDK kept trying to renew a session that was still good: its window is longer than the session.",
            text=(
                "failed during advisory refresh period",
                "failed during the advisory refresh period",
                "advisory refresh",
            ),
        ),
        Sign(
            confidence=0.75,
            why="Amazon MSK turns a session away that is about to end, and this client came with one.",
            text=("session too short",),
            beside=("sasl", "kafka", "msk"),
        ),
        Sign(
            confidence=0.75,
            why="Credentials are renewed on every request.",
            text=(
                "refreshing on every request",
                "refreshed on every request",
                "refreshes on every call",
                "credentials on every request",
                "assumerole on every request",
                "assume role on every request",
                "assumerole for every request",
                "sts call per request",
                "calls sts for every",
                "refresh on every call",
            ),
        ),
        Sign(
            confidence=0.45,
            why="Renewals were throttled, and the sessions are as short as STS allows.",
            answer=THROTTLED,
            calling=("assumerole", "assumerolewithwebidentity", "sts"),
            beside=(
                "durationseconds: 900",
                "durationseconds=900",
                "duration_seconds = 900",
                "duration_seconds=900",
                "15 minutes",
                "15m",
            ),
        ),
    ),
    clues=(
        Clue(text=("mandatory refresh period", "invalidgrantexception", "sso"), weight=-1.2),
        Clue(
            text=("duration_seconds = 900", "duration_seconds=900", "durationseconds=900", "15-minute", "15 minute"),
            weight=1.0,
            why="The session is a quarter of an hour long.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Use sessions of an hour, or let something renew them behind a cache.",
        commands=everywhere(
            "aws configure set duration_seconds 3600 --profile PROFILE", "unexpired exec --profile PROFILE -- COMMAND"
        ),
    ),
    prove=prove,
)
