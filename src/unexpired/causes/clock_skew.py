"""This machine's clock is off.

## What happened

Every AWS request carries the time of its signing. The machine that signed it is minutes or hours off, so the request
is from the past or from the future, and is refused before anybody looks at the credentials, which are fine.

## Why AWS says this

A signature is good for five minutes with most services and for fifteen with S3, either way. Outside that the answer
is *RequestTimeTooSkewed*, *Signature expired: … is now earlier than …* or *Signature not yet current: … is still
later than …*; EC2 says *RequestExpired* or only *AuthFailure*. Virtual machines that were paused, WSL after sleep,
and containers on a sleeping laptop are the usual suspects.

## How to recognise it

    RequestTimeTooSkewed: The difference between the request time and the server's time is too large.
    SignatureDoesNotMatch: Signature expired: 20180707T233021Z is now earlier than 20180710T071214Z (20180710T071714Z
        - 5 min.)
    Signature not yet current: 20260301T101500Z is still later than 20260301T100958Z (20260301T100458Z + 5 min.)

## Cure

Set the clock and keep it set. Not done by `--fix`: it needs the administrator's rights and moves every timer on the
machine.

## Confirm

`doctor` compares this clock with the `Date` header of an AWS endpoint.

## Sources

- [Troubleshooting Signature Version 4](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)
- [S3 error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)
- [Set the time of an EC2 instance](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Answer, Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import NOT_VALIDATED, SIGNATURE_TOO_OLD
from unexpired.causes._other_systems.clouds import OBJECT_STORES
from unexpired.causes._proofs import answered, is_on_time, moment

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_SKEWED = Answer(
    codes=("RequestTimeTooSkewed", "RequestInTheFuture", "RequestTimeTooSkewedException"),
    phrases=(
        "difference between the request time and the servers time is too large",
        "difference between the request time and the current time is too large",
        "difference between request time and server time is too large",
        "request time too skewed",
    ),
    unless=OBJECT_STORES,
)


# STS and most services take a signature for five minutes ("is now earlier than ... - 5 min."), S3 for fifteen.
_TOLERATED_SECONDS = 300
_NOTICED_SECONDS = 60


def prove(evidence: Evidence) -> Finding | None:
    """The date of an answer and this machine's clock are apart."""
    online = evidence.online
    offset = online.offset_seconds if online is not None else None
    if online is None or offset is None or abs(offset) < _NOTICED_SECONDS:
        return None if online is not None and is_on_time(online) else answered(evidence, CAUSE)
    where = "behind" if offset > 0 else "ahead of"
    seen = (
        f"this clock says {moment(evidence.now)}; it is {abs(offset):.0f} s {where} that of {online.address}",
        *((online.refusal.said,) if online.refusal else ()),
    )
    if abs(offset) > _TOLERATED_SECONDS:
        return CAUSE.found("error", "proven", seen)
    return CAUSE.found("warning", "likely", seen)


CAUSE = Cause(
    slug="clock-skew",
    family="skew",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="AWS compared the request's time with its own, and they are too far apart.",
            answer=_SKEWED,
        ),
        Sign(
            confidence=0.96,
            why="The signature comes from the future: only a clock that is ahead can do that.",
            text=("signature not yet current", "is still later than", "signature … not yet valid … amz"),
        ),
        Sign(
            confidence=0.85,
            why="The signature was too old when it arrived, by the difference that stands in the message.",
            answer=SIGNATURE_TOO_OLD,
        ),
        Sign(
            confidence=0.45,
            why="EC2 says that the request's time was over: a clock that is off, or a session that has lapsed.",
            text=("requestexpired",),
            unless=("<expires>", "x-amz-expires"),
        ),
        Sign(
            confidence=0.25,
            why="EC2 gives the same answer to a clock that is off as to a wrong key.",
            answer=NOT_VALIDATED,
        ),
        Sign(
            confidence=0.75,
            why="The text says that the clock is off.",
            text=(
                "clock skew",
                "clockskew",
                "clock is skewed",
                "clock is out of sync",
                "time is out of sync",
                "|system clock … signature",
                "signature … |system clock",
                "time drift … aws",
                "date header … too far",
                "check your system time",
                "check your clock",
            ),
            beside=("|aws|", "amazon", "signature", "|s3|", "|sts|", "skewed", "sigv4", "ntp … request"),
            unless=("skew … partition", "ntpd[", "chronyd["),
        ),
    ),
    clues=(
        Clue(
            text=(
                "|wsl",
                "virtualbox",
                "vmware",
                "suspend",
                "hibernat",
                "docker desktop",
                "colima",
                "raspberry",
                "|ntp|",
                "chrony",
                "timedatectl",
                "vagrant",
                "time sync",
            ),
            weight=0.6,
            why="A machine whose clock stops when it sleeps stands in the text.",
            anywhere=True,
        ),
        Clue(
            text=(
                "session … expired",
                "aws-vault",
                "credential_process",
                "assumed-role",
                "sso login",
                "session_token",
                "@session-key",
                "aws-okta",
                "saml2aws",
            ),
            weight=-0.9,
        ),
    ),
    cure=Cure(
        summary="Set the clock, and let it be kept.",
        commands=by_platform(
            linux=("timedatectl status", "sudo timedatectl set-ntp true", "sudo chronyc makestep"),
            macos=("sudo sntp -sS time.apple.com",),
            cmd=("w32tm /resync",),
            powershell=("w32tm /resync", "wsl --shutdown"),
        ),
    ),
    prove=prove,
)
