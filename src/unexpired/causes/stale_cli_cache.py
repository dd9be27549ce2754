"""The AWS CLI's cache of role sessions is lapsed, broken, or about another role.

## What happened

The AWS CLI keeps the sessions it obtained for `role_arn` and SSO profiles as files in `~/.aws/cli/cache`. An entry
there is cut off, empty, from before the role was changed, or lapsed and copied by something that does not look at its
end.

## Why AWS says this

The CLI renews a cached entry when its `Expiration` is near. Parallel commands write the same file in place, without a
lock, so one can read what another has half written; and programs that read the folder themselves send what they find.
The first is a JSON error of the CLI, the second an *ExpiredToken* from the service.

## How to recognise it

A path with `.aws/cli/cache/….json` in the text; `Expecting value: line 1 column 1 (char 0)` or `Extra data` from a
command that has a role profile; `KeyError: 'Expiration'`; a role that was changed and still answers as before.

## Cure

Remove the entries; they are only copies. Safe to do by itself (`auto`): the next command makes them anew.

## Confirm

`doctor` reads every entry of the cache and names the ones that are lapsed, unreadable or of no profile any more.

## Sources

- [The CLI's credential cache](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-cache)
- [aws/aws-cli#9632: parallel commands corrupt the cache](https://github.com/aws/aws-cli/issues/9632)
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import AWS_CLI, RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._differences import used_profiles
from unexpired.causes._proofs import moment

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import CachedRole, Evidence, Profile


def prove(evidence: Evidence) -> Finding | None:
    """An entry that the CLI would use for this profile has lapsed, or an entry cannot be read at all."""
    wanted = {digest for profile in used_profiles(evidence) for digest in _digests(profile)}
    roles = {profile.get("role_arn") for profile in used_profiles(evidence)}
    seen, breaks = [], False
    for entry in evidence.cached_roles:
        ours = entry.name in wanted
        if entry.state != "read":
            seen.append(
                f"{entry.place} is {entry.state}" + (": the CLI cannot make this profile's session" if ours else "")
            )
            breaks = breaks or ours
        elif entry.expires_at and entry.expires_at <= evidence.now and (ours or _role_of(entry) in roles):
            seen.append(f"{entry.place}, a session of this profile's role, lapsed at {moment(entry.expires_at)}")
    if not seen:
        return None
    corrupt = any(entry.state != "read" for entry in evidence.cached_roles)
    return CAUSE.found("error" if breaks else "warning" if corrupt else "note", "proven", tuple(seen))


def _digests(profile: Profile) -> tuple[str, ...]:
    """The names under which botocore caches this profile's session (``_create_cache_key`` of its fetchers)."""
    asked = {
        "RoleArn": profile.get("role_arn"),
        "RoleSessionName": profile.get("role_session_name"),
        "ExternalId": profile.get("external_id"),
        "SerialNumber": profile.get("mfa_serial"),
    }
    role: dict[str, str | int] = {key: value for key, value in asked.items() if value is not None}
    seconds = profile.get("duration_seconds")
    if seconds is not None and seconds.isdigit():
        role["DurationSeconds"] = int(seconds)
    sign_in = {"roleName": profile.get("sso_role_name"), "accountId": profile.get("sso_account_id")}
    session = profile.get("sso_session")
    sign_in |= {"sessionName": session} if session else {"startUrl": profile.get("sso_start_url")}
    texts = (json.dumps(role, sort_keys=True), json.dumps(sign_in, sort_keys=True, separators=(",", ":")))
    return tuple(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts)


def _role_of(entry: CachedRole) -> str | None:
    """``arn:aws:sts::1:assumed-role/NAME/SESSION`` as ``arn:aws:iam::1:role/NAME``, which lacks a role's path."""
    parts = (entry.role_arn or "").split(":")
    name = parts[-1].split("/")
    return ":".join((*parts[:2], "iam", *parts[3:5], f"role/{name[1]}")) if len(parts) > 5 and len(name) > 1 else None  # noqa: PLR2004


CAUSE = Cause(
    slug="stale-cli-cache",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.85,
            why="The CLI printed the name of a cache entry and nothing else: the entry was gone when it was wanted.",
            text=("@cache-key",),
        ),
        Sign(
            confidence=0.9,
            why="An entry of the CLI's own cache cannot be read.",
            text=(
                "expecting value: line 1 column 1 … cli/cache",
                "cli/cache … expecting value: line",
                "cli/cache … jsondecodeerror",
                "jsondecodeerror … cli/cache",
                "cli\\cache … jsondecodeerror",
                "cli/cache … unterminated string",
                "cli/cache … extra data: line",
                "extra data: line … cli/cache",
                "cli/cache … keyerror",
                "cli/cache … invalid json",
                "cli/cache … corrupt",
                "corrupt … cli/cache",
                "raise keyerror(cache_key)",
                "cli\\cache … .json",
                "no such file or directory: … cli/cache",
                "no such file or directory: … cli\\cache",
                "read-only file system: … cli",
            ),
        ),
        Sign(
            confidence=0.55,
            why="The CLI could not understand its own JSON, and the only JSON it reads before a request is its cache.",
            text=(
                "expecting value: line 1 column 1 (char 0)",
                "extra data: line 1 column",
                "unterminated string starting at: line",
                "expecting property name enclosed in double",
            ),
            beside=(
                "$ aws ",
                "% aws ",
                "> aws ",
                "awscli",
                "aws-cli",
                "assume-role-with",
                "assume-role",
                "_load_from_cache",
                "cachedcredentialfetcher",
                "credentials.py",
            ),
            unless=("credential_process", "processprovider", "api.github.com"),
        ),
        Sign(
            confidence=0.62,
            why="The cache of the CLI stands beside a session that has lapsed.",
            answer=SESSION_EXPIRED,
            beside=("cli/cache", "cli\\cache"),
        ),
        Sign(
            confidence=0.13,
            why="A lapsed session was used; a cached one would look like this.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.5,
            why="A set that was cached, and is past its end, was served as if it were new.",
            text=("refreshed credentials are still expired",),
            beside=("assume-role", "cli/cache", "cached"),
        ),
    ),
    clues=(
        Clue(text=AWS_CLI, weight=0.4),
        Clue(text=("role_arn", "source_profile", "assume-role"), weight=0.4),
        Clue(
            text=(
                "clear the cache",
                "clearing the cache",
                "delete the cache",
                "rm -rf ~/.aws/cli/cache",
                "rm -r ~/.aws/cli/cache",
            ),
            weight=2.0,
            why="Clearing the cache is spoken of.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Remove the cached sessions; the next command makes them anew.",
        commands=by_platform(
            posix=("rm -f ~/.aws/cli/cache/*.json",),
            cmd=("del /q %USERPROFILE%\\.aws\\cli\\cache\\*.json",),
            powershell=("Remove-Item $HOME\\.aws\\cli\\cache\\*.json",),
        ),
        auto=True,
    ),
    prove=prove,
)
