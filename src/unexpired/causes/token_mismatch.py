"""Key id, secret and token do not belong together, or the token was cut.

## What happened

A session is three strings that were issued together. Here one of them is from another session, or the token (hundreds
of characters) lost some on the way: a line break, a missing `=`, a shell's quoting, a database column that was too
short.

## Why AWS says this

The token says for which key id it was made. If it does not fit, or cannot be decoded at all, S3 answers
*InvalidToken: The provided token is malformed or otherwise invalid*, the others *The security token included in the
request is invalid*.

## How to recognise it

    InvalidToken: The provided token is malformed or otherwise invalid.
    The security token included in the request is invalid.      (with a key id ASIA… and a token set)

after editing variables by hand, exporting only two of the three, or copying out of a terminal that wraps.

## Cure

Take all three anew, from one source, and let no person copy them. Not done by `--fix`: which of them is wrong cannot
be seen.

## Confirm

`doctor` checks that the three come from one place, and looks at the token's length and characters.

## Sources

- [S3 error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)
- [Using temporary credentials](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import S3_TOKEN_INVALID, TOKEN_INVALID
from unexpired.causes._cures import retaken
from unexpired.causes._proofs import answered, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence, Keys


def prove(evidence: Evidence) -> Finding | None:
    """STS does not know the winner's session; or a cache holds the same key id with other parts; or one was altered."""
    keys = next((step.keys for step in plan(evidence) if step.keys is not None), None)
    other = _cached_otherwise(evidence, keys) if keys is not None and keys.token else ()
    odd: tuple[str, ...] = ()
    if keys is not None and keys.token and keys.token.odd:
        odd = (f"the session token beside {keys.place} has blanks, quotes or other signs that no token has",)
    cure = retaken(CAUSE.cure, evidence)
    finding = answered(evidence, CAUSE, cure, (*other, *odd))
    if finding is not None or not (other or odd):
        return finding
    return CAUSE.found("error", "proven" if other else "likely", other or odd, cure)


def _cached_otherwise(evidence: Evidence, keys: Keys) -> tuple[str, ...]:
    """What the AWS CLI's cache has beside the same key id, where that is something else."""
    for entry in evidence.cached_roles:
        cached = entry.keys
        if cached is not None and cached.identity == keys.identity and cached.token and cached.secret:
            parts = {"secret": cached.secret != keys.secret, "session token": cached.token != keys.token}
            others = [name for name, differs in parts.items() if differs]
            if others:
                return (f"{keys.place} is {keys.key_id}; {entry.place} has it with another {' and '.join(others)}",)
    return ()


CAUSE = Cause(
    slug="token-mismatch",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.75,
            why="S3 could not read the token, or it is not that of this key id.",
            answer=S3_TOKEN_INVALID,
            unless=("jwt", "oauth", "github", "gcp", "azure", "slack", "discord"),
        ),
        Sign(
            confidence=0.3,
            why="The service does not accept the token with this key id.",
            answer=TOKEN_INVALID,
        ),
        Sign(
            confidence=0.8,
            why="The token cannot be what STS issued.",
            text=(
                "security token … malformed",
                "malformed security token",
                "security token … truncated",
                "session token … truncated",
                "session token … malformed",
                "session token … invalid character",
                "invalid header value … token",
                "illegal header value … x-amz-security-token",
                "invalid character in header content [x-amz-security-token]",
                "x-amz-security-token … invalid header",
                "invalid value for header x-amz-security-token",
                "invalid header value: b",
            ),
            beside=("|aws|", "amz", "amazon", "|s3|", "|sts|", "session token", "security token"),
        ),
    ),
    clues=(
        Clue(text=("@session-key",), weight=0.5, why="The key id is that of a session (ASIA…).", anywhere=True),
        Clue(text=("@session-token",), weight=0.5, anywhere=True),
        Clue(text=("@long-term-key",), weight=-0.6, anywhere=True),
        Clue(text=("@opt-in-region",), weight=-0.6, anywhere=True),
        Clue(
            text=("truncat", "cut off", "copy and paste", "copy-paste", "copied", "line break", "newline", "trailing"),
            weight=1.0,
            why="The text speaks of copying.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Take key id, secret and token anew, all three from one source.",
        commands=by_platform(
            posix=(
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
                "unexpired exec --profile PROFILE -- COMMAND",
            ),
            cmd=(
                "set AWS_ACCESS_KEY_ID=",
                "set AWS_SECRET_ACCESS_KEY=",
                "set AWS_SESSION_TOKEN=",
                "unexpired exec --profile PROFILE -- COMMAND",
            ),
            powershell=(
                "Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY, Env:AWS_SESSION_TOKEN",
                "unexpired exec --profile PROFILE -- COMMAND",
            ),
        ),
    ),
    prove=prove,
)
