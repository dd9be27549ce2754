"""A session was pasted into the shared files, and it lapsed there.

## What happened

A profile in `~/.aws/credentials` (or `~/.aws/config`) has `aws_access_key_id`, `aws_secret_access_key` and
`aws_session_token`: a session that was copied in from the access portal, or written by a login tool. It lapsed. Every
program that uses the profile goes on reading the same three lines.

## Why AWS says this

Three keys in a file are static to every SDK: none of them looks for an end beside them (a comment or an
`x_security_token_expires` line is the tool's own note, not AWS's), so they are sent until somebody replaces them, and
the service answers that the token has expired.

## How to recognise it

*ExpiredToken* together with `Found credentials in shared credentials file: ~/.aws/credentials`, with
`SharedCredentialsProvider` or `ProfileCredentialsProvider` in a stack trace, or with `--profile` on the command line
of a tool that has no sign-in of its own. The key id in the profile begins with `ASIA`.

## Cure

Replace the pasted session by what can renew it: `aws configure sso`, a `role_arn` with `source_profile`, or a
`credential_process`. `doctor --fix` may take the three lines out by itself when they are proven to have lapsed: they
are worth nothing any more, the file is kept as a backup, and `--undo` brings them back.

## Confirm

`doctor` finds the profile that wins, sees that it has a session token and no source, and asks STS whether it still
works.

## Sources

- [Configuration and credential file settings](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html)
- [Static credentials in the SDKs](https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html)
- [boto/botocore#2158: honour an expiry beside static keys](https://github.com/boto/botocore/issues/2158)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import HEAD_REFUSED, RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._cached import is_of, role_of
from unexpired.causes._cures import fixing, then
from unexpired.causes._proofs import (
    TOKEN_SETTINGS,
    edit_section,
    end_of,
    ended,
    for_profile,
    is_session,
    lapsed,
    moment,
    plan,
    quoted,
)
from unexpired.causes._surroundings import AWS_CLI, CLOUD_MACHINE

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence, Keys
    from unexpired.causes._files import Profile


_PASTED = (
    *("aws_access_key_id", "aws_secret_access_key", *TOKEN_SETTINGS, "x_security_token_expires", "x_principal_arn"),
    *("expiration", "aws_expiration", "aws_session_expiration", "aws_session_token_expiration"),
    "aws_credential_expiration",
)
_ROLE = (
    *("role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name"),
    "duration_seconds",
)
_RENEWING = ("role_arn", "credential_process", "login_session", "web_identity_token_file", "sso_account_id")


def prove(evidence: Evidence) -> Finding | None:
    """What is used begins with a session that somebody, or some tool, wrote into a shared file."""
    base = plan(evidence)[:1]
    if not base or base[0].kind != "static_profile" or not is_session(base[0].keys):
        return None
    keys = base[0].keys
    assert keys is not None  # noqa: S101 - is_session has looked
    seen = [f"{keys.place} is {keys.key_id}, a session; no SDK renews what stands in a file"]
    past = lapsed(evidence, keys)
    end = past or end_of(evidence, keys)
    cure = for_profile(CAUSE.cure, keys.profile)
    if end is None:
        seen.append("nothing on this machine says when it ends")
        return CAUSE.found("warning", "likely", tuple(seen), cure)
    seen.append(ended(end, evidence.now) if past else f"it lapses at {moment(end[0])}: {end[1]}")
    if not past:
        return CAUSE.found("warning", "proven", tuple(seen), cure)
    proof = _renewed_as(evidence, keys)
    seen += [proof[0]] if proof else []
    edits = edit_section(evidence, keys, _PASTED, proof[1] if proof else ())
    if edits and proof:
        cure = replace(cure, summary="Replace the pasted session by what renews it.", commands=fixing(evidence))
    elif edits:
        summary = "Take the dead session out, then let the profile renew (sign-in, role or process)."
        cure = replace(cure, summary=summary, commands=then(fixing(evidence), cure.commands))
    return CAUSE.found("error", "proven", tuple(seen), cure, edits)


def _renewed_as(evidence: Evidence, keys: Keys) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """How the session was made, where another profile and the CLI's cache prove it: the settings that make the next."""
    entries = [entry for entry in evidence.cached_roles if entry.keys and entry.keys.identity == keys.identity]
    own = evidence.profiles.get(keys.profile or "")
    principal = role_of(own.get("x_principal_arn")) if own else None
    if own is None or any(setting in own.settings for setting in _RENEWING):
        return None  # what renews stands in this profile already, and is seen once the keys are gone
    for profile in evidence.profiles.values():
        entry = next((entry for entry in entries if is_of(entry, profile)), None)
        if profile.name == keys.profile or not (entry or (principal and principal == profile.get("role_arn"))):
            continue
        if _leads_to(evidence, profile, keys.profile):
            continue
        place = entry.place if entry else own.settings["x_principal_arn"].place
        sentence = f"{place} proves that it was made by profile {profile.name}"
        if "role_arn" in profile.settings:
            return sentence, tuple((key, value) for key in _ROLE if (value := profile.get(key)) and "\n" not in value)
        return sentence, (("credential_process", f"unexpired credential-process --profile {quoted(profile.name)}"),)
    return None


def _leads_to(evidence: Evidence, profile: Profile, name: str | None) -> bool:
    """Whether that profile's role is assumed, in the end, with the very profile that is to be changed."""
    seen: set[str] = set()
    source = profile.get("source_profile")
    while source is not None and source not in seen:
        if source == name:
            return True
        seen.add(source)
        below = evidence.profiles.get(source)
        source = below.get("source_profile") if below else None
    return False


CAUSE = Cause(
    slug="static-profile-session",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.3,
            why="A session lapsed and was not renewed. One that was pasted into the shared files never is.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.3,
            why="The session that was asked about has itself lapsed, and nothing renewed it.",
            answer=SESSION_EXPIRED,
            calling=("getcalleridentity", "getsessiontoken"),
        ),
        Sign(
            confidence=0.27,
            why="S3 answers HEAD without a body, and a lapsed session with 400; one that is merely denied with 403.",
            answer=HEAD_REFUSED,
        ),
    ),
    clues=(
        Clue(
            text=("found credentials in shared credentials file", "credentials found in config file"),
            weight=2.4,
            why="The log says that the credentials came, as they stand, from the shared files.",
            anywhere=True,
        ),
        Clue(
            text=("error aws credentials have expired",),
            weight=1.5,
            why="saml2aws found, in the shared files, what it had written there before.",
        ),
        Clue(text=("aws_session_token =", "aws_session_token=", "aws_security_token"), weight=0.4, anywhere=True),
        Clue(
            text=("~/.aws/credentials", ".aws/credentials", ".aws\\credentials"),
            weight=1.1,
            why="The shared credentials file stands in the text.",
            anywhere=True,
        ),
        Clue(
            text=(
                "sharedcredentialsprovider",
                "sharedcredsload",
                "profilecredentialsprovider",
                "profilecredentials",
                "shared-credentials-file",
                "sharedcredentials",
                "fromini",
            ),
            weight=1.0,
            why="The provider named is the one that reads the shared files.",
        ),
        Clue(
            text=("--profile ", "aws_profile", "profile_name="),
            weight=0.6,
            why="A profile was asked for by name.",
            anywhere=True,
        ),
        Clue(text=("|jdbc|", "athenajdbc", "simba"), weight=0.4),
        Clue(text=AWS_CLI, weight=0.2),
        Clue(text=("found credentials in environment variables",), weight=-1.5),
        Clue(
            text=("task role", "instance role", "aws_container_credentials", "aws_web_identity_token_file"),
            weight=-1.2,
            anywhere=True,
        ),
        Clue(text=CLOUD_MACHINE, weight=-0.5),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Replace the pasted session by a profile that renews (sign-in, role or process).",
        commands=everywhere("aws configure sso --profile PROFILE", "unexpired horizon --profile PROFILE --for 6h"),
        auto=True,
    ),
    prove=prove,
)
