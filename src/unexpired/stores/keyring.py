"""Sessions shared through the operating system's keyring: macOS's Keychain, Windows' Credential Locker, Secret Service.

For whoever wants no session in a file. An item may hold some 1,200 characters (Windows: 2,560 bytes), so an entry is
cut into parts; a header that is written last names them and has their digest, so that a reader sees one entry, whole,
or none. Two sets of parts take turns. The lock is the file store's: an empty file.

Needs ``pip install 'unexpired[keyring]'``; see https://keyring.readthedocs.io
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from unexpired.disk.places import store_directory
from unexpired.engine.errors import ConfigurationError, StoreUnavailable
from unexpired.stores.entries import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Store

_SERVICE = "unexpired"
# Windows' CredWrite: CRED_MAX_CREDENTIAL_BLOB_SIZE is 2,560 bytes, of UTF-16.
_PART_CHARACTERS = 1_200
_MOST_PARTS = 64


class KeyringStore:
    """Entries in the keyring of whoever is logged in.

    Args:
        keyring: the module, or a backend of it.
        locks: a directory for the lock files.
    """

    def __init__(self, keyring: Any, locks: Path) -> None:
        self._keyring = keyring
        self._locks = locks

    def load(self, key: str) -> Credentials | None:
        """The session kept under a key, or None; also where the keyring is locked or gone."""
        try:
            text = self._text(self._header(key), key)
        except Exception:  # noqa: BLE001 - backends raise what they like: all of it is *absent*
            return None
        return None if text is None else entry.read(key, text.encode())

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep a session, unless what is there ends later.

        Raises:
            StoreUnavailable: the keyring is locked, missing or full.
        """
        if credentials.session_token is None or credentials.expires_at is None:
            return
        held = self.load(key)
        if held is not None and held.expires_at is not None and held.expires_at > credentials.expires_at:
            return
        text = entry.written(key, credentials).decode()
        parts = [text[start : start + _PART_CHARACTERS] for start in range(0, len(text), _PART_CHARACTERS)]
        try:
            before = self._header(key)
            turn = "b" if before.get("Turn") == "a" else "a"
            for number, part in enumerate(parts):
                self._keyring.set_password(_SERVICE, _name(key, turn, number), part)
            header = {"Turn": turn, "Parts": len(parts), "Digest": _digest(text)}
            self._keyring.set_password(_SERVICE, key, json.dumps(header))
            self._forget(key, before)
        except Exception as error:
            raise StoreUnavailable(
                "Sessions are not shared: the keyring does not take them",
                why=f"{type(error).__name__}: is it locked, or is there none?",
                next_steps=("unlock it", "or share through a file: unset UNEXPIRED_STORE"),
            ) from error

    def lock(self, key: str, arrived: Callable[[], bool]) -> AbstractContextManager[bool]:
        """Be the one process of this host that renews.

        Raises:
            StoreUnavailable: the directory cannot hold a lock.
        """
        from unexpired.disk import generations

        return generations.held(self._locks / key, arrived)

    def _header(self, key: str) -> dict[str, Any]:
        found = self._keyring.get_password(_SERVICE, key)
        try:
            header = json.loads(found or "{}")
        except ValueError:
            return {}
        return header if isinstance(header, dict) else {}

    def _text(self, header: dict[str, Any], key: str) -> str | None:
        if not header or not 0 < header["Parts"] <= _MOST_PARTS:
            return None
        names = (_name(key, header["Turn"], number) for number in range(header["Parts"]))
        text = "".join(self._keyring.get_password(_SERVICE, name) or "" for name in names)
        return text if _digest(text) == header["Digest"] else None

    def _forget(self, key: str, header: dict[str, Any]) -> None:
        for number in range(min(int(header.get("Parts", 0)), _MOST_PARTS)):
            with contextlib.suppress(Exception):  # what is left over is overwritten the turn after next
                self._keyring.delete_password(_SERVICE, _name(key, header["Turn"], number))


def open_store(environ: Mapping[str, str]) -> Store:
    """The keyring of whoever is logged in.

    Raises:
        ConfigurationError: the package is not installed.
    """
    try:
        import keyring
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            "UNEXPIRED_STORE=keyring needs a package that is not installed",
            why=f"no module named {missing.name!r}",
            next_steps="pip install 'unexpired[keyring]'",
        ) from missing
    return KeyringStore(keyring, store_directory(environ))


def _name(key: str, turn: str, number: int) -> str:
    return f"{key}.{turn}.{number}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
