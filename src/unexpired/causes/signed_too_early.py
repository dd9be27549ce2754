"""The clock is right, but the request waited between signing and arriving.

## What happened

A request was signed and then waited: in a queue of its own making, behind a slow upload, in a frozen Lambda, in a
laptop whose lid was shut. When it reached AWS the signature was older than it may be.

## Why AWS says this

A signature is dated when it is made, not when it is sent, and is good for five minutes (fifteen with S3). The server
cannot tell a late request from a slow clock: both get *Signature expired: … is now earlier than …*. Late by a little,
on a machine whose clock is kept, means it waited.

## How to recognise it

*Signature expired* with a difference of a few minutes, under load, in bursts, or after a wake-up; thousands of
requests started at once with few connections; `RequestTimeTooSkewed` late in a large upload.

## Cure

Sign closer to sending: fewer requests at once, more connections, smaller parts; begin anew after a thaw instead of
sending what was prepared before it. Not done by `--fix`: it is the program's own concurrency.

## Confirm

`doctor` compares the clock with AWS's: when a request is refused for its time and the clocks agree, this cause remains.

## Sources

- [Troubleshooting Signature Version 4](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)
- [Lambda execution environment: freeze and thaw](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import SIGNATURE_TOO_OLD
from unexpired.causes._other_systems.clouds import OBJECT_STORES
from unexpired.causes._proofs import is_on_time

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """A request was refused for its time just now, and the clocks agree: it was held up on its way."""
    online = evidence.online
    if online is None or online.refusal is None or online.refusal.cause != "clock-skew" or not is_on_time(online):
        return None
    seen = (online.refusal.said, f"this clock and that of {online.address} agree, so the request waited on its way")
    return CAUSE.found("error", "likely", seen)


CAUSE = Cause(
    slug="signed-too-early",
    family="skew",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.35,
            why="The signature was too old when it arrived; with a clock that is right, the request had been waiting.",
            answer=SIGNATURE_TOO_OLD,
        ),
        Sign(
            confidence=0.2,
            why=(
                "The request's time and the server's were too far apart; with a clock that is right, the request had "
                "been waiting."
            ),
            text=("requesttimetooskewed", "request time and the servers time is too large"),
            unless=OBJECT_STORES,
        ),
    ),
    clues=(
        Clue(text=("@late-by-minutes",), weight=0.4, why="It was late by minutes only.", anywhere=True),
        Clue(
            text=("lambda", "concurren", "promise.all", "enqueued", "queue", "uploadpart", "multipart", "batch"),
            weight=0.4,
            anywhere=True,
        ),
        Clue(
            text=(
                "socket usage at capacity",
                "connection pool is full",
                "additional requests are enqueued",
                "after sleep",
                "lid was closed",
                "frozen lambda",
                "lambda freeze",
                "lambda was frozen",
                "frozen between invocations",
                "large file",
                "slow network",
                "slow upload",
                "high load",
                "under load",
                "event loop was blocked",
                "event loop blocked",
                "clock is correct",
                "clock is right",
                "time is correct",
                "ntp is synchronized",
                "system clock synchronized: yes",
            ),
            weight=2.0,
            why="Requests were waiting for their turn, or the clock is said to be right.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Sign closer to sending: less at once, more connections, nothing kept across a freeze.",
        commands=everywhere(
            "unexpired doctor clock-skew", "aws configure set s3.max_concurrent_requests 5 --profile PROFILE"
        ),
    ),
    prove=prove,
)
