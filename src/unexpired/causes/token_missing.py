"""A session's key id is used without its token.

## What happened

The key id begins with `ASIA`, so it belongs to a session, and the session token that goes with it was not sent: it
was not exported, not pasted, or the tool has no field for it.

## Why AWS says this

An `ASIA…` key id means nothing without its token. S3 answers *InvalidAccessKeyId* (it looks like a key that nobody
has), the others *InvalidClientTokenId: The security token included in the request is invalid*, which says *token*
because one was expected.

## How to recognise it

`ASIA…` in the text of *InvalidAccessKeyId* or *InvalidClientTokenId*, and no token anywhere: two lines in a
credentials file, two `--env` options, two fields in a form, `"AWS_SESSION_TOKEN": null`.

## Cure

Pass all three. Where a tool takes only two, give it a profile or an endpoint instead. Not done by `--fix`: the token
is not there to be added.

## Confirm

`doctor` sees an `ASIA…` key id in a provider that has no token.

## Sources

- [Unique identifiers: AKIA and ASIA](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids)
- [Using temporary credentials](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import KEY_NOT_FOUND, NOT_VALIDATED, TOKEN_INVALID
from unexpired.causes._proofs import plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The prefix says *session*, and no token stands beside it."""
    keys = next((step.keys for step in plan(evidence) if step.keys is not None), None)
    if keys is None or keys.kind != "session" or keys.token:
        return None
    return CAUSE.found(
        "error", "proven", (f"{keys.place} is {keys.key_id}, a session, and there is no token beside it",)
    )


CAUSE = Cause(
    slug="token-missing",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.88,
            why="The key id is that of a session (ASIA…), and the service did not find it: its token was not sent.",
            answer=KEY_NOT_FOUND,
            beside=("@session-key",),
        ),
        Sign(
            confidence=0.5,
            why="The key id is that of a session (ASIA…), and the service does not accept it as it came.",
            answer=TOKEN_INVALID,
            beside=("@session-key",),
        ),
        Sign(
            confidence=0.24,
            why="The service does not accept what came; a session's key id without its token gives this.",
            answer=TOKEN_INVALID,
        ),
        Sign(
            confidence=0.2,
            why="The service does not know the key id; a session's id without its token gives this.",
            answer=KEY_NOT_FOUND,
        ),
        Sign(confidence=0.15, why="EC2 does not accept what came.", answer=NOT_VALIDATED),
        Sign(
            confidence=0.8,
            why="The text says that the token is not there.",
            text=(
                "aws_session_token: null",
                "aws_session_token is not set",
                "aws_session_token not set",
                "missing aws_session_token",
                "without aws_session_token",
                "missing session token",
                "session token is missing",
                "session token missing",
                "no session token",
                "session token is required",
                "requires a session token",
                "must include a session token",
                "missingsecuritytoken … aws",
                "aws … missingsecuritytoken",
            ),
            beside=("aws", "amazon", "asia", "|s3|", "|sts|"),
            unless=("aliyun", "alibaba", "tencent"),
        ),
    ),
    clues=(
        Clue(text=("@session-token",), weight=-0.7, anywhere=True),
        Clue(text=("@long-term-key",), weight=-1.2, anywhere=True),
        Clue(
            text=(
                "session_token=none",
                "session_token: none",
                "token: undefined",
                "token=none",
                "sessiontoken: undefined",
                "sessiontoken: null",
            ),
            weight=2.2,
            why="The token's place is empty.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Pass the session token along with the key id and the secret.",
        commands=by_platform(
            posix=(
                'eval "$(aws configure export-credentials --profile PROFILE --format env)"',
                "unexpired exec --profile PROFILE -- COMMAND",
            ),
            cmd=("unexpired exec --profile PROFILE -- COMMAND",),
            powershell=(
                "aws configure export-credentials --profile PROFILE --format powershell | Invoke-Expression",
                "unexpired exec --profile PROFILE -- COMMAND",
            ),
        ),
    ),
    prove=prove,
)
