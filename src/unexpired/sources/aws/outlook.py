"""Looking ahead without asking anybody: what files on this machine betray of when a session or a sign-in ends.

A key id says whether it is a session's (``ASIA…``) and nothing of its end; but whoever made the session may have kept
it, end and all, in a cache of the AWS CLI's. Only what a file says is believed; the rest is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unexpired.disk.places import cli_cache_directory
from unexpired.engine.credentials import masked, parse_timestamp
from unexpired.engine.horizon import Link
from unexpired.sources.aws.sign_in_cache import login_cache_directory, read_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Source

# IAM User Guide, "unique identifiers": AKIA… is a long-term key, ASIA… a session's.
_SESSION_PREFIX = "ASIA"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a source may look at when it says how long it can go on.

    Attributes:
        now: aware UTC.
        kept: the session kept under a source's key in the store, or None.
        asked: what a source that can be asked without anybody's help gives now; None where it must not be asked, or
            gives nothing.
    """

    now: datetime
    kept: Callable[[str], Credentials | None] = lambda _key: None
    asked: Callable[[Source], Credentials | None] = lambda _source: None


def static_link(
    link: str,
    key_id: str,
    *,
    session: bool,
    cause: str,
    where: str,
    profile: str | None = None,
    end: object = None,
    extend: tuple[str, ...] = ("put role_arn and source_profile, or SSO, in place of the copy",),
) -> Link:
    """The link of keys that somebody put where they are: a long-term key, or a session that nothing renews.

    Args:
        link: the source's name.
        key_id: the access key id.
        session: whether a session token stands beside it.
        cause: what its lapse will be called.
        where: the place, for the sentence.
        profile: the profile that holds it, or None.
        end: what stands beside the keys as their end, if anything does; believed before any cache.
        extend: what to do for a session that goes on.
    """
    if not session and not key_id.startswith(_SESSION_PREFIX):
        return Link(link, None, why=f"{masked(key_id)} is a long-term key, which has no end", profile=profile)
    until, betrayed_by = _believed(end), "it says so itself"
    if until is None:
        until, betrayed_by = session_end(key_id)
    if until is None:
        why = f"{masked(key_id)} in {where} is a copy of a session, and no cache on this machine says when it ends"
        return Link(link, "unknown", cause, why, extend, profile=profile)
    why = f"{masked(key_id)} in {where} is a copy of a session; its end: {betrayed_by}"
    return Link(link, until, cause, why, extend, profile=profile)


def session_end(key_id: str) -> tuple[datetime | None, str]:
    """The end of a session that the AWS CLI has kept, and the file that says it; (None, "") where none does."""
    for directory in (cli_cache_directory(), login_cache_directory()):
        for path, entry in _entries(directory):
            keys = entry.get("Credentials") or entry.get("accessToken")
            if isinstance(keys, dict) and key_id in (keys.get("AccessKeyId"), keys.get("accessKeyId")):
                end = _believed(keys.get("Expiration") or keys.get("expiresAt"))
                if end is not None:
                    return end, str(path)
    return None, ""


def moment_in(entry: dict[str, Any], field: str) -> datetime | None:
    """A time that an entry holds under a name, or None: absent, or no time."""
    return _believed(entry.get(field))


def _entries(directory: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    try:
        paths = sorted(directory.glob("*.json"))
    except OSError:
        return
    for path in paths:
        yield path, read_entry(path)


def _believed(end: object) -> datetime | None:
    if end is None or end == "":
        return None
    try:
        return parse_timestamp(end)
    except ValueError:
        return None
