"""Renewing asks a person for an MFA code, and no person is there.

## What happened

The role's trust requires multi-factor authentication. The first session was made with a code that somebody typed; the
renewal needs another code, and it happens in a background thread, a cron job or a tool that has no way to ask.

## Why AWS says this

A code is good for one session, so the SDKs do not keep it. boto3 refuses to renew such a role (*Cannot refresh
credentials: MFA token required*), the Go SDKs refuse to start without a token provider, and tools that read the
prompt from a closed input stop there. Without a code STS answers *AccessDenied*.

## How to recognise it

    RefreshWithMFAUnsupportedError: Cannot refresh credentials: MFA token required.
    AssumeRoleTokenProviderNotSetError: assume role with MFA enabled, but AssumeRoleTokenProvider session option not
        set.
    MultiFactorAuthentication failed with invalid MFA one time pass code.
    EOFError: EOF when reading a line   (after: Enter MFA code for arn:aws:iam::…)

## Cure

Type the code once for the whole job: an MFA'd session lasts up to the role's maximum (12 hours), or put the MFA on a
base session (`GetSessionToken`, up to 36 hours) from which the roles are renewed without asking. Not done by `--fix`:
it needs your device.

## Confirm

`doctor` finds `mfa_serial` in the winner's plan and says until when the present session lasts.

## Sources

- [MFA-protected API access](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html)
- [API reference: GetSessionToken](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html)
- [Using MFA with a role in the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-mfa)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import ACCESS_DENIED
from unexpired.causes._proofs import for_profile, plan
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """A role on the way asks for an MFA code each time it is assumed."""
    for role in plan(evidence):
        if role.mfa_serial is not None:
            seen = (
                f"{role.place}: {role.role_arn} asks for a code of {role.mfa_serial or 'a device without a name'}",
                f"a session lasts {role.duration_seconds} s; the next one needs a person",
            )
            return CAUSE.found("warning", "proven", seen, for_profile(CAUSE.cure, role.profile))
    return None


CAUSE = Cause(
    slug="mfa-cannot-renew",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="The SDK says that it would need an MFA code to go on, and has nobody to ask.",
            text=(
                "cannot refresh credentials: mfa token required",
                "refreshwithmfaunsupported",
                "assumeroletokenprovidernotset",
                "assume role with mfa enabled, but",
                "assumeroletokenprovider session option not set",
                "token provider required for assumerole with mfa",
                "assumerole with mfa| … token provider",
                "requires multi-factor authentication, but no mfa code callback",
                "no mfa code callback function was provided",
                "mfa code callback",
                "profile requires mfa| … no",
                "mfa required, but no",
                "|mfa is required … not interactive",
                "|mfa prompt … not … terminal",
                "cannot prompt for mfa",
                "cant prompt for mfa",
                "unable to prompt for mfa",
                "failed to prompt for mfa",
                "mfatokencodecallback",
                "mfa token required",
                "mfaauthenticationoptions",
                "|mfa token code … not provided",
                "missing mfa token",
                "|mfa serial … no token",
                "requires mfa| … noninteractive",
            ),
        ),
        Sign(
            confidence=0.85,
            why="A code was asked for, and the input had nobody at its other end.",
            text=(
                "enter mfa code … eof",
                "|mfa code for arn … eof",
                "enter mfa| … eoferror",
                "|mfa code … eof when reading",
                "eof when reading a line … |mfa|",
                "enter mfa code … inappropriate ioctl",
                "|mfa| … getpass",
                "enter mfa code … closed",
                "|mfa code … not a terminal",
                "|mfa| … stdin is not a terminal",
                "|mfa| … operation not supported by device",
            ),
        ),
        Sign(
            confidence=0.94,
            why="The code was refused: wrong, used before, or missing.",
            text=(
                "multifactorauthentication failed",
                "invalid mfa one time pass code",
                "mfa one time pass code",
                "multi-factor authentication failed",
                "|mfa code … invalid … |sts|",
                "unable to validate mfa code",
            ),
        ),
        Sign(
            confidence=0.4,
            why="Assuming the role was refused in a text that speaks of MFA.",
            answer=ACCESS_DENIED,
            calling=("assumerole",),
            beside=("|mfa|", "mfa_serial", "multifactorauthpresent", "aws:multifactorauth"),
        ),
        Sign(
            confidence=0.5,
            why="A prompt for an MFA code stands in the text of a program that failed.",
            text=("enter mfa code for arn:aws", "enter mfa code for", "assume role mfa token code", "mfa code: "),
            beside=("expired", "denied", "error", "failed", "eof", "timeout", "hang"),
        ),
        Sign(
            confidence=0.28,
            why="The text speaks of MFA and of a failure in one breath.",
            text=failing("|mfa|"),
            beside=AWS,
            unless=NOT_CREDENTIALS,
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=("cron", "background", "refresh", "non-interactive", "noninteractive", "daemon", "detached"),
            weight=0.4,
        ),
    ),
    cure=Cure(
        summary="Sign in with the code once, for as long as the job needs, and renew from that.",
        commands=everywhere(
            "unexpired horizon --profile PROFILE --for 6h",
            "unexpired exec --profile PROFILE --duration-seconds 43200 --for 6h -- COMMAND",
        ),
    ),
    prove=prove,
)
