"""Stale variables win over the profile that was meant.

## What happened

`AWS_PROFILE` (or `[default]`) names a profile that could renew, but `AWS_ACCESS_KEY_ID` and its two companions are
still set from an earlier login. In nearly every SDK the variables come first: the lapsed session is used, and the
good profile is never asked.

## Why AWS says this

The provider chain begins with the environment. Only an *explicit* profile (`--profile`, `profile_name=`) sets the
variables aside in boto3 and the AWS CLI; `AWS_PROFILE` does not. The service sees a lapsed token and says so.

## How to recognise it

A sign-in that reports success, and right after it *ExpiredToken*; `aws sso login` works, everything else fails; a
debug log with `Found credentials in environment variables.` although `AWS_PROFILE` is set; Terraform's *both
credentials and a profile*; the JS SDK's *Multiple credential sources detected*.

## Cure

Unset the three variables. Safe to do by itself (`auto`) when they are proven to have lapsed: nothing of value is
lost, and the profile that then wins is the one that you named. A program cannot change its parent's environment, so
`--fix` prints the line to evaluate.

## Confirm

`doctor` shows the chain with the environment as *used* and your profile as *shadowed*.

## Sources

- [Precedence of settings](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html#precedenceOfSettings)
- [Credential provider chain](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
- [aws/aws-cli#9845: a cached role hides a dead sign-in](https://github.com/aws/aws-cli/issues/9845)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import SESSION_EXPIRED, TOKEN_INVALID
from unexpired.causes._proofs import KEY_VARIABLES, ended, is_session, lapsed, plan, unset

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


_RENEWING = ("assume_role", "web_identity", "sso", "login", "process")


def prove(evidence: Evidence) -> Finding | None:
    """The environment's keys win, and a profile that was meant, or that would have renewed, is not asked."""
    steps = plan(evidence)
    if [step.kind for step in steps] != ["environment"] or steps[0].keys is None:
        return None
    hidden = [
        candidate for candidate in evidence.chain.candidates if candidate.state == "shadowed" and candidate.profile
    ]
    if not hidden:
        return None
    keys, first, chosen_by = steps[0].keys, hidden[0], evidence.chain.chosen_by
    renews = first.source in _RENEWING
    if not renews and chosen_by is None:
        return None
    meant = f", which {chosen_by} names," if chosen_by else ""
    seen = [
        f"AWS_ACCESS_KEY_ID ({keys.key_id}) wins over profile {first.profile}{meant} in {first.location}",
        f"that profile would give: {first.detail}",
    ]
    end = lapsed(evidence, keys)
    if end is not None:
        seen.append(f"the variables hold a session, and {ended(end, evidence.now)}")
        return CAUSE.found("error", "proven", tuple(seen), edits=unset(evidence, KEY_VARIABLES))
    if chosen_by is not None:
        return CAUSE.found("warning", "proven", tuple(seen))
    return CAUSE.found("warning", "possible", tuple(seen)) if is_session(keys) else None


CAUSE = Cause(
    slug="env-shadows-profile",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.15,
            why="A lapsed session was used although another provider could have renewed.",
            answer=SESSION_EXPIRED,
            not_calling=("assumerolewithwebidentity", "assumerolewithsaml", "getrolecredentials", "createtoken"),
        ),
        Sign(
            confidence=0.72,
            why="The SDK says that it found both variables and a profile, and which it took.",
            text=(
                "multiple credential sources detected",
                "both aws_profile and",
                "aws_profile is set, but",
                "environment variables take precedence",
                "env vars take precedence",
                "aws … will take precedence",
                "takes precedence over the profile",
                "already has aws access keys set",
                "aws credentials are set in your environment",
                "credentials in your environment … override",
                "overriding profile",
                "credentials in environment … override",
                "please unset aws_",
                "aws_access_key_id … environment … profile … ignored",
            ),
        ),
        Sign(
            confidence=0.12,
            why="Variables were found although a profile was named, and the service does not accept them.",
            answer=TOKEN_INVALID,
            beside=("found credentials in environment variables",),
        ),
    ),
    clues=(
        Clue(
            text=(
                "aws_profile … aws_session_token",
                "aws_session_token … aws_profile",
                "aws_profile … aws_access_key_id",
                "aws_access_key_id … aws_profile",
            ),
            weight=2.3,
            why="Both AWS_PROFILE and exported keys stand in the text.",
            anywhere=True,
        ),
        Clue(
            text=(
                "successfully logged in",
                "successfully logged into",
                "login succeeded",
                "login successful",
                "logged in to aws",
                "updated profile",
                "you are now logged in",
            ),
            weight=2.6,
            why="A sign-in succeeded just before: something else than its session was used.",
            anywhere=True,
        ),
        Clue(
            text=("found credentials in environment variables",),
            weight=1.2,
            why="The log says that the environment won.",
        ),
        Clue(text=("found credentials in shared credentials file",), weight=-1.5),
    ),
    cure=Cure(
        summary="Unset the stale variables, so that the profile is used.",
        commands=by_platform(
            posix=("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",),
            cmd=("set AWS_ACCESS_KEY_ID=", "set AWS_SECRET_ACCESS_KEY=", "set AWS_SESSION_TOKEN="),
            powershell=("Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY, Env:AWS_SESSION_TOKEN",),
        ),
        auto=True,
    ),
    prove=prove,
)
