"""The key was made seconds ago, and has not reached every Region yet.

## What happened

An access key, a user or a role was created (by Terraform, Vault, a rotation script) and used at once. IAM is
eventually consistent: for some seconds, sometimes more, other Regions do not know it.

## Why AWS says this

The service that looks the key up asks its own copy of IAM, which has not heard of it: *InvalidClientTokenId* or
*InvalidAccessKeyId*, exactly as for a key that does not exist. The same call works a little later.

## How to recognise it

*InvalidClientTokenId* in the same breath as `CreateAccessKey`, *Created new key*, Vault's `aws/creds/…`, or a
rotation; it works when tried again.

## Cure

Wait and try again, a few times, before the new key is relied on and before the old one is deleted. Not done by
`--fix`: time does it.

## Confirm

`doctor` asks STS now, and says when the file with the key was written; if STS answers, this was the cause.

## Sources

- [IAM: changes are not always immediately visible](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency)
- [Vault's AWS secrets engine](https://developer.hashicorp.com/vault/docs/secrets/aws)
- [rhyeal/aws-rotate-iam-keys#81](https://github.com/rhyeal/aws-rotate-iam-keys/issues/81)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import KEY_NOT_FOUND, NOT_VALIDATED, TOKEN_INVALID
from unexpired.causes._proofs import moment, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_MADE = (
    "createaccesskey",
    "create-access-key",
    "created new key",
    "creating new access key",
    "new access key",
    "created access key",
    "newly created",
    "just created",
    "aws_iam_access_key",
    "iam_access_key",
    "rotated",
    "rotation",
    "vault read aws/creds",
    "aws/creds/",
    "vault lease",
    "eventual",
    "propagat",
    "creation complete",
    "freshly created",
)


_RECENT = timedelta(minutes=5)
"""IAM speaks of seconds; a file is written a little after the key was made, and read a little later still."""


def prove(evidence: Evidence) -> Finding | None:
    """AWS does not know the key, and the file that holds it was written moments ago."""
    refusal = evidence.online.refusal if evidence.online is not None else None
    base = plan(evidence)[:1]
    keys = base[0].keys if base else None
    if refusal is None or refusal.cause != "key-unknown" or keys is None or keys.kind == "session":
        return None
    for file in (evidence.credentials, evidence.config):
        written = file.changed_at
        if keys.place.path == file.path and written is not None and evidence.now - written <= _RECENT:
            seen = (refusal.said, f"{file.path} was written at {moment(written)}, moments ago: the key may be that new")
            return CAUSE.found("warning", "possible", seen)
    return None


CAUSE = Cause(
    slug="key-not-yet-active",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.72,
            why="The key was refused right after keys had been made.",
            answer=TOKEN_INVALID,
            beside=_MADE,
        ),
        Sign(
            confidence=0.72,
            why="The key was refused right after keys had been made.",
            answer=KEY_NOT_FOUND,
            beside=_MADE,
        ),
        Sign(
            confidence=0.6,
            why="The key was refused right after keys had been made.",
            answer=NOT_VALIDATED,
            beside=_MADE,
        ),
        Sign(confidence=0.08, why="A key that is seconds old gives this answer too.", answer=TOKEN_INVALID),
    ),
    clues=(
        Clue(
            text=(
                "works after",
                "retry succeeded",
                "worked on the second",
                "works on retry",
                "few seconds later",
                "sleep",
            ),
            weight=1.0,
            why="It works a little later.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Wait some seconds and try again, before the old key is given up.",
        commands=everywhere("aws sts get-caller-identity --profile PROFILE"),
    ),
    prove=prove,
)
