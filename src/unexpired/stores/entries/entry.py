"""One session as JSON: what the AWS CLI keeps in ``~/.aws/cli/cache``, and what only we write.

::

    {"Credentials": {"AccessKeyId": "ASIA…", "SecretAccessKey": "…", "SessionToken": "…",
                     "Expiration": "2026-11-21T18:00:00Z", "AccountId": "123456789012"},
     "Unexpired": {"Version": 1, "Key": "<the entry's key>", "Source": "assume_role",
                   "IssuedAt": "2026-11-21T17:00:00Z"}}

botocore reads ``Credentials`` and ignores the rest (``CachedCredentialFetcher``), so one text serves both. The key
stands inside as well: an entry that was moved to another key's name is another role's session, and is not taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, parse_timestamp, timestamp
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_VERSION = 1


def written(key: str, credentials: Credentials) -> bytes:
    """The text of an entry."""
    body = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": timestamp(credentials.expires_at) if credentials.expires_at else None,
        "AccountId": credentials.account_id,
    }
    ours = {
        "Version": _VERSION,
        "Key": key,
        "Source": credentials.source,
        "IssuedAt": timestamp(credentials.issued_at) if credentials.issued_at else None,
    }
    present = {name: value for name, value in body.items() if value is not None}
    return json.dumps({"Credentials": present, "Unexpired": ours}).encode()


def read(key: str, text: bytes) -> Credentials | None:
    """The session of an entry of ours, or None for anything else: corrupt, foreign, half, another key's."""
    try:
        entry = json.loads(text)
        ours = entry["Unexpired"]
        if ours["Version"] != _VERSION or ours["Key"] != key:
            return None
        return _credentials(entry["Credentials"], source=ours["Source"], issued_at=ours["IssuedAt"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ConfigurationError):
        return None


def lapsed(text: bytes, at: float) -> bool:
    """Whether this is an entry of ours, any key's, that had ended by then (seconds since the epoch)."""
    try:
        content = json.loads(text)
        ends_at = parse_timestamp(content["Credentials"]["Expiration"])
        return content["Unexpired"]["Version"] == _VERSION and ends_at.timestamp() < at
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def read_any(
    key: str, text: bytes, *, source: str, written_at: datetime, is_theirs: Callable[[Mapping[str, Any]], bool]
) -> Credentials | None:
    """The session of an entry of the AWS CLI's, or of ours for this key, in the CLI's cache; None for anything else.

    Args:
        key: ours.
        text: what the file holds.
        source: whose session it is taken for.
        written_at: when, aware UTC: the CLI does not say when a session was issued.
        is_theirs: whether the content of an entry of the CLI's is the source's session.
    """
    try:
        content = json.loads(text)
        if "Unexpired" in content:
            return read(key, text)
        if not is_theirs(content):
            return None
        return _credentials(content["Credentials"], source=source, issued_at=written_at)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ConfigurationError):
        return None


def _credentials(body: dict[str, object], *, source: object, issued_at: object) -> Credentials:
    if not body.get("SessionToken") or "Expiration" not in body:
        raise ValueError("only sessions with an end are shared")
    account_id = body.get("AccountId")
    return Credentials(
        _text(body["AccessKeyId"]),
        _text(body["SecretAccessKey"]),
        _text(body["SessionToken"]),
        parse_timestamp(body["Expiration"]),
        account_id=_text(account_id) if account_id else None,
        source=_text(source),
        issued_at=parse_timestamp(issued_at) if issued_at else None,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value
