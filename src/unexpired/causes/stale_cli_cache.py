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

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._cached import is_of
from unexpired.causes._differences import used_profiles
from unexpired.causes._edits import RemoveFile
from unexpired.causes._proofs import moment
from unexpired.causes._surroundings import AWS_CLI

if TYPE_CHECKING:
    from unexpired.causes import Finding, Severity
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """An entry that the CLI would use for this profile has lapsed, or an entry cannot be read at all."""
    profiles = used_profiles(evidence)
    corrupt = [entry for entry in evidence.cached_roles if entry.state != "read"]
    lapsed = [
        entry
        for entry in evidence.cached_roles
        if entry.state == "read"
        and entry.expires_at is not None
        and entry.expires_at <= evidence.now
        and any(is_of(entry, profile) for profile in profiles)
    ]
    if not corrupt and not lapsed:
        return None
    breaks = [entry for entry in corrupt if any(is_of(entry, profile) for profile in profiles)]
    seen = [f"{entry.place} is {entry.state}" for entry in corrupt]
    seen += [f"{entry.place} is this profile's: the CLI cannot make its session" for entry in breaks]
    seen += [
        f"{entry.place}, a session of this profile's role, lapsed at {moment(entry.expires_at)}"
        for entry in lapsed
        if entry.expires_at
    ]
    severity: Severity = "error" if breaks else "warning" if corrupt else "note"
    removable = [entry for entry in (*corrupt, *lapsed) if entry.state != "unreadable"]
    edits = tuple(RemoveFile(entry.place, entry.real) for entry in removable)
    return CAUSE.found(severity, "proven", tuple(seen), edits=edits)


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
            beside=("cli/cache", "cli\\cache", "credentials for role retrieved from cache"),
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
