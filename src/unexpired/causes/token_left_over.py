"""A long-term key is used together with a session token that was left behind.

## What happened

Somebody put a user's own key (`AKIA…`) into the variables or the profile, and the session token of an earlier login
is still there. The SDK sends both, and they contradict each other.

## Why AWS says this

A request with a token is checked as a session: the token must be that of the key id. A long-term key has none. S3
answers *InvalidToken*, the others *The security token included in the request is invalid*.

## How to recognise it

`AKIA…` and an `AWS_SESSION_TOKEN` (or `aws_session_token =`) side by side; the same key works in a fresh shell.

## Cure

Remove the token. Safe to do by itself (`auto`) in a profile whose key id begins with `AKIA`: no token can belong to
it; the file is kept as a backup.

## Confirm

`doctor` sees an `AKIA…` key id in a provider that has a token.

## Sources

- [Unique identifiers: AKIA and ASIA](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids)
- [Environment variables of the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign
from unexpired.causes._answers import S3_TOKEN_INVALID, TOKEN_INVALID
from unexpired.causes._cures import fixing, opening, unsetting
from unexpired.causes._proofs import TOKEN_SETTINGS, edit_section, plan, unset

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The prefix says *long-term key*, and a token stands beside it."""
    keys = next((step.keys for step in plan(evidence) if step.keys is not None), None)
    if keys is None or keys.kind != "long-term" or not keys.token:
        return None
    seen = f"{keys.place} is {keys.key_id}, a long-term key, and a session token is sent along with it"
    in_file = edit_section(evidence, keys, TOKEN_SETTINGS)
    edits = in_file or unset(evidence, ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"))
    cure = None
    if keys.place.line:  # a file's, which no shell can unset
        commands = fixing(evidence) if in_file else opening(keys.place.path)
        cure = replace(CAUSE.cure, commands=commands)
    return CAUSE.found("error", "proven", (seen,), cure, edits if in_file or keys.profile is None else ())


CAUSE = Cause(
    slug="token-left-over",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.2,
            why="The token does not go with the key id.",
            answer=S3_TOKEN_INVALID,
        ),
        Sign(confidence=0.12, why="The token does not go with the key id.", answer=TOKEN_INVALID),
        Sign(
            confidence=0.85,
            why="A user's own key (AKIA…) was sent with a session token, and no token can belong to it.",
            answer=S3_TOKEN_INVALID,
            beside=("@long-term-key",),
        ),
        Sign(
            confidence=0.3,
            why="A user's own key (AKIA…) was refused with words about its token, and no token can belong to it.",
            answer=TOKEN_INVALID,
            beside=("@long-term-key",),
        ),
    ),
    clues=(
        Clue(text=("@session-key",), weight=-1.2, anywhere=True),
        Clue(text=("@session-token",), weight=1.4, why="A session token is set as well.", anywhere=True),
        Clue(
            text=(
                "old session token",
                "stale session token",
                "left over",
                "leftover",
                "unset aws_session_token",
                "remove … aws_session_token",
                "old aws_session_token",
            ),
            weight=2.4,
            why="A token from before is spoken of.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Remove the session token; a long-term key has none.",
        commands=unsetting("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
        auto=True,
    ),
    prove=prove,
)
