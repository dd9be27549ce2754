"""The sign-ins that ``aws sso login`` and ``aws login`` leave in files, which the CLI, boto3 and we all renew.

A refresh token is good for one use. The CLI writes these files in place and without a lock, so that two processes that
renew at once leave a torn file or use one token twice, and the sign-in is gone (aws-cli#9632, #10628). Ours take a lock
around reading, renewing and writing, look again once they have it, and replace the file in one step. The CLI does not
know our lock; when it was quicker, its newer token is in the file, and is tried before anybody is asked to sign in.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from unexpired.disk.places import home_path
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_log = logging.getLogger("unexpired")

# botocore: tokens.py, credentials.py, utils.get_login_token_cache_directory.
_SSO_DIRECTORY, _LOGIN_DIRECTORY = "~/.aws/sso/cache", "~/.aws/login/cache"
_LOGIN_DIRECTORY_VARIABLE = "AWS_LOGIN_CACHE_DIRECTORY"
_LONGEST_ENTRY_BYTES = 1 << 20

Entry = dict[str, Any]


def sso_cache_directory() -> Path:
    """Of ``aws sso login``."""
    return home_path(_SSO_DIRECTORY)


def login_cache_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Of ``aws login``: ``AWS_LOGIN_CACHE_DIRECTORY``, or its place below the home."""
    return home_path(os.path.expandvars(environ.get(_LOGIN_DIRECTORY_VARIABLE, _LOGIN_DIRECTORY)))


def sso_entry_path(name: str) -> Path:
    """The file of a sign-in by its ``sso_session``'s name or, in the legacy form, its start address."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return sso_cache_directory() / f"{digest}.json"


def login_entry_path(login_session: str, environ: Mapping[str, str] = os.environ) -> Path:
    """The file of a sign-in by its ``login_session``."""
    return login_cache_directory(environ) / f"{hashlib.sha256(login_session.encode()).hexdigest()}.json"


def read_entry(path: Path) -> Entry:
    """A cache's file, or an empty entry: absent, unreadable, torn and foreign all betray nothing."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_LONGEST_ENTRY_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_entry(path: Path, entry: Entry) -> None:
    """Replace a cache's file in one step, readable by its owner alone.

    Raises:
        StoreUnavailable: it cannot be written.
    """
    from unexpired.disk.private import cannot_write, replace_private

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    replace_private(path, json.dumps(entry, default=_as_text).encode())


class SignInCache:
    """A directory of sign-ins, as botocore's loaders use one: a mapping of file names to JSON objects."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __contains__(self, name: str) -> bool:
        return bool(read_entry(self._path(name)))

    def __getitem__(self, name: str) -> Entry:
        entry = read_entry(self._path(name))
        if not entry:
            raise KeyError(name)
        return entry

    def __setitem__(self, name: str, entry: Entry) -> None:
        try:
            write_entry(self._path(name), entry)
        except StoreUnavailable as error:
            # The new token is in hand and works; but the old refresh token in the file is spent.
            _log.warning("a renewed sign-in could not be kept in %s: the next one may need a person: %s", name, error)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.json"


@contextmanager
def renewing(path: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Be the only one of this user's processes that renews the sign-in in a file. Look into it again inside.

    Where no lock can be had, go on without: it is still right, unless two renew at once.
    """
    from unexpired.disk import generations, places

    held = generations.held(places.lock_path(path, environ), lambda: False)
    try:
        held.__enter__()
    except StoreUnavailable as error:
        _log.warning("%s is renewed without a lock: %s", path, error)
        yield
        return
    try:
        yield
    finally:
        held.__exit__(None, None, None)


def _as_text(value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return timestamp(value)
    raise TypeError(type(value).__name__)
