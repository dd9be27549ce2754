"""Reads the caches in which the AWS CLI and the SDKs keep sessions and sign-ins.

=====================  ==========================================  =====================================================
``~/.aws/cli/cache``   sessions of roles                           SHA-1 of the request (botocore ``_create_cache_key``)
``~/.aws/boto/cache``  the same, where a program asked for it
``~/.aws/sso/cache``   sign-ins at IAM Identity Center             SHA-1 of the session's name or the start address
``~/.aws/login/cache`` console sign-ins of ``aws login``           SHA-256 of the ``login_session``
=====================  ==========================================  =====================================================

Nothing is written, and no secret is kept.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from unexpired.causes._evidence import CachedRole, Keys, SignIn
from unexpired.causes._files import Place
from unexpired.doctor.paths import Paths, read_file
from unexpired.doctor.seal import kind_of, seal
from unexpired.doctor.tokens import claims_of
from unexpired.engine.credentials import masked, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

# An entry is a few kilobytes; a cache that somebody never cleaned is read from its newest end.
_LARGEST_ENTRY_BYTES = 2**20
_MOST_ENTRIES = 1000

ROLE_CACHES = ("~/.aws/cli/cache", "~/.aws/boto/cache")
SSO_CACHE = "~/.aws/sso/cache"
LOGIN_CACHE = "~/.aws/login/cache"

# AWS CLI User Guide, "Sign in with console credentials".
_LONGEST_CONSOLE_SIGN_IN = timedelta(hours=12)

# Without these botocore raises (SSOTokenLoader.__call__; LoginCredentialFetcher._REQUIRED_TOKEN_FIELDS).
_SSO_FIELDS = ("accessToken", "expiresAt")
_LOGIN_FIELDS = ("accessToken", "refreshToken", "dpopKey", "clientId")
# ... and with these it renews a sign-in by itself (SSOTokenProvider._refresh_access_token).
_SSO_RENEWAL_FIELDS = ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")


def read_role_caches(paths: Paths) -> tuple[CachedRole, ...]:
    """Every cached session of a role, newest first."""
    return tuple(
        _role(entry, place) for directory in ROLE_CACHES for entry, place in _entries(paths.expand(directory), paths)
    )


def read_sso_cache(paths: Paths, now: datetime) -> tuple[SignIn, ...]:
    """Every sign-in at IAM Identity Center, newest first, without the registrations of clients beside them."""
    found = (_sso(entry, place, now) for entry, place in _entries(paths.expand(SSO_CACHE), paths))
    return tuple(sign_in for sign_in in found if sign_in is not None)


def read_login_cache(paths: Paths, environ: Mapping[str, str]) -> tuple[SignIn, ...]:
    """Every console sign-in, newest first."""
    directory = paths.expand(environ.get("AWS_LOGIN_CACHE_DIRECTORY", LOGIN_CACHE))
    return tuple(_login(entry, place) for entry, place in _entries(directory, paths))


def _entries(directory: str, paths: Paths) -> Iterator[tuple[str, Place]]:
    try:
        with os.scandir(directory) as files:
            found = [(file.path, _changed_at(file)) for file in files if file.name.endswith(".json")]
    except (OSError, ValueError):
        return
    for path, _ in sorted(found, key=lambda entry: entry[1], reverse=True)[:_MOST_ENTRIES]:
        yield path, Place(paths.show(path))


def _changed_at(file: os.DirEntry[str]) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # gone since, or a link to nowhere
        return 0.0


_Read = tuple[Literal["read", "corrupt", "unreadable"], "dict[str, Any]"]


def _read(path: str) -> _Read:
    """An entry's content. Anything but a JSON object is *corrupt*: botocore takes it for no entry at all."""
    content = read_file(path, _LARGEST_ENTRY_BYTES)
    if content.state != "read":
        return "unreadable", {}
    try:
        entry = json.loads(content.data)
    except (ValueError, RecursionError):
        return "corrupt", {}
    return ("read", entry) if isinstance(entry, dict) else ("corrupt", {})


def _name(path: str) -> str:
    return os.path.basename(path)[: -len(".json")]  # noqa: PTH119 - a string in, a string out


def _role(path: str, place: Place) -> CachedRole:
    state, entry = _read(path)
    credentials = _object(entry, "Credentials")
    keys = _keys(place, credentials, ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"))
    expires_at = _time(credentials, "Expiration")
    if state == "read" and (keys is None or expires_at is None):
        state = "corrupt"
    return CachedRole(
        place,
        path,
        _name(path),
        state,
        keys,
        expires_at,
        role_arn=_text(_object(entry, "AssumedRoleUser"), "Arn"),
        provider=_text(entry, "ProviderType") or "sts",
    )


def _sso(path: str, place: Place, now: datetime) -> SignIn | None:
    state, entry = _read(path)
    if state == "read" and "accessToken" not in entry and ("clientSecret" in entry or "clientId" in entry):
        return None  # the client's registration
    until = _time(entry, "registrationExpiresAt")
    complete = all(_text(entry, field) for field in _SSO_RENEWAL_FIELDS)
    expires_at = _time(entry, "expiresAt")
    missing = tuple(field for field in _SSO_FIELDS if field not in entry) if state == "read" else ()
    if state == "read" and not missing and expires_at is None:
        state = "corrupt"  # an expiresAt that is not a time: botocore's parser raises
    return SignIn(
        place,
        path,
        _name(path),
        state,
        expires_at,
        renewable=complete and until is not None and until > now,
        until=until,
        start_url=_text(entry, "startUrl"),
        region=_text(entry, "region"),
        missing=missing,
    )


def _login(path: str, place: Place) -> SignIn:
    state, entry = _read(path)
    session = _object(entry, "accessToken")
    keys = _keys(place, session, ("accessKeyId", "secretAccessKey", "sessionToken", "expiresAt"))
    missing = tuple(field for field in _LOGIN_FIELDS if field not in entry) if state == "read" else ()
    if state == "read" and not missing and (keys is None or _time(session, "expiresAt") is None):
        state = "corrupt"
    return SignIn(
        place,
        path,
        _name(path),
        state,
        expires_at=_time(session, "expiresAt"),
        renewable=not missing and bool(_text(entry, "refreshToken")),
        until=_console_sign_in_ends(entry),
        region=_text(entry, "signInRegion"),
        missing=missing,
        keys=keys,
    )


def _console_sign_in_ends(entry: dict[str, Any]) -> datetime | None:
    """The ``idToken`` is as old as the sign-in: exchanging the refresh token leaves it as it was (botocore)."""
    claims = claims_of((_text(entry, "idToken") or "").encode()) or {}
    made_at = _time(claims, "iat")
    return made_at + _LONGEST_CONSOLE_SIGN_IN if made_at else None


def _keys(place: Place, found: dict[str, Any], names: tuple[str, str, str, str]) -> Keys | None:
    key_id, secret, token, end = names
    name, hidden = _text(found, key_id), _text(found, secret)
    if not name or not hidden:
        return None
    session = _text(found, token)
    return Keys(
        place,
        masked(name),
        kind_of(name),
        seal(name),
        secret=seal(hidden),
        token=seal(session) if session else None,
        expires_at=_time(found, end),
    )


def _object(entry: dict[str, Any], key: str) -> dict[str, Any]:
    inner = entry.get(key)
    return inner if isinstance(inner, dict) else {}


def _text(entry: dict[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def _time(entry: dict[str, Any], key: str) -> datetime | None:
    try:
        return parse_timestamp(entry[key]) if entry.get(key) is not None else None
    except ValueError:
        return None
