"""A credential process gives no `Expiration`, or one that is past.

## What happened

The profile's `credential_process` (or a custom provider) returned a session without saying when it ends, or served
one that had already ended. In the first case the SDK never asks again; in the second it asks for ever, and in vain.

## Why AWS says this

Without `Expiration` an SDK must take the answer for long-term keys, and uses it until the service says
*ExpiredToken*. With a past one, boto3 stops with *Credentials were refreshed, but the refreshed credentials are still
expired*; others fetch on every request.

## How to recognise it

    RuntimeError: Credentials were refreshed, but the refreshed credentials are still expired.

*ExpiredToken* with `custom-process` in a debug log; `credential_process` in the profile and a program that works
again only after a restart; `KeyError: 'Expiration'` from a container endpoint that leaves it out.

## Cure

Have the program print `Expiration` (ISO 8601, with a time zone), and obtain a new session whenever the old has less
than a quarter of an hour left. Not done by `--fix`: the program is somebody's own. `unexpired credential-process`
does both.

## Confirm

`doctor` runs the process (not with `--offline`), and checks the shape and the end of what it prints.

## Sources

- [Process credential provider](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)
- [Sourcing credentials with an external process](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html)
- [99designs/aws-vault#331: *refreshed credentials are still expired*](https://github.com/99designs/aws-vault/issues/331)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._cures import opening
from unexpired.causes._proofs import LAPSED_CODES, answered, for_profile, moment, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The process was run: it gave a session without its end, one that is over, or nothing that can be used."""
    winner = plan(evidence)[-1:]
    online = evidence.online
    if not winner or winner[0].kind != "process" or online is None:
        return None
    cure = for_profile(CAUSE.cure, winner[0].profile)
    session = online.session
    if session is None:
        summary = "Run the program by hand, and mend what it complains of."
        return answered(evidence, CAUSE, Cure(summary, opening(winner[0].place.path)) if winner[0].place else cure)
    where = f"{winner[0].place}: the process gave {session.key_id}"
    refusal = online.refusal
    if session.expires_at is not None and session.expires_at <= evidence.now:
        return CAUSE.found("error", "proven", (f"{where}, which ended at {moment(session.expires_at)}",), cure)
    if refusal is not None and refusal.code in LAPSED_CODES:
        return CAUSE.found("error", "proven", (f"{where}, which has lapsed", refusal.said), cure)
    if session.expires_at is None and session.token:
        seen = (f"{where}, a session, without saying when it ends: SDKs never ask for the next one",)
        return CAUSE.found("warning", "proven", seen, cure)
    return None


CAUSE = Cause(
    slug="process-without-expiration",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.7,
            why="The source was asked, and what it served had already ended.",
            text=(
                "refreshed credentials are still expired",
                "but the refreshed credentials",
                "credential process … expired credentials",
                "credential_process … returned expired",
                "returned expired credentials",
                "provider returned expired credentials",
                "processcredentials … expired",
                "credentials retrieved from the credential_process … expired",
                "credentials returned … have already expired",
                "credentials … have already expired",
                "process … credentials … expired",
                "credentials from custom-process … expired",
                "credentials from custom-process … login required",
            ),
            unless=("retrieved credentials have already expired",),
        ),
        Sign(
            confidence=0.35,
            why=".NET asked a source that renews, and was given what had already ended.",
            text=("retrieved credentials have already expired",),
        ),
        Sign(
            confidence=0.75,
            why="The end of the session is missing in what the source gave.",
            text=(
                "keyerror: expiration",
                "keyerror: expiry_time",
                "missing field expiration",
                "missing expiration",
                "expiration is missing",
                "no expiration",
                "without expiration",
                "expiration field … missing",
                "process output … expiration",
                "process provider error: parse",
                "credentials from external process, could not parse",
                "external process … expiration",
                "expiration … cannot parse",
            ),
            beside=("credential", "provider", "token"),
            unless=("cache-control", "cookie", "/cli/cache", "gcloud", "no expiration time"),
        ),
        Sign(
            confidence=0.14,
            why="A session lapsed and was not renewed; a process that does not say when it ends causes this.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=(
                "credential_process",
                "credential-process",
                "custom-process",
                "credentialprocess",
                "processprovider",
                "processcredentials",
                "credential process",
            ),
            weight=2.4,
            why="A credential process stands in the text.",
            anywhere=True,
        ),
        Clue(text=("iam-role", "instance metadata", "container-role", "169.254."), weight=-0.8),
    ),
    cure=Cure(
        summary="Make the process print `Expiration` and renew early, or let `unexpired` be the process.",
        commands=everywhere(
            'aws configure set credential_process "unexpired credential-process --profile SOURCE_PROFILE" '
            "--profile PROFILE"
        ),
    ),
    prove=prove,
)
