"""What a running agent has in hand, found as if it stood in the store: by the entry's key, so it can be no other's.

An agent keeps its roles' sessions in memory and saves them in the same store; asked here, it also helps a program that
shares no disk with it, or when the disk is full. It gives what it has and never renews for it, or the two could wait
for each other: the one for an answer, the other for the store's lock.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unexpired.stores.entries import entry
from unexpired_start import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Source, Store

TARGET = "/sessions/"
# It answers from memory. A stopped one must not hold up whoever looks here again and again while it waits for a lock.
_PATIENCE_SECONDS = 0.25


class BesideAgent:
    """A store, and this user's agent where one runs.

    Args:
        store: saved in, locked, and looked in first.
        environ: names the agent's socket (see :func:`unexpired_start.socket_path`).
    """

    def __init__(self, store: Store, environ: Mapping[str, str] = os.environ) -> None:
        self._store = store
        self._environ = environ

    def __repr__(self) -> str:
        return f"BesideAgent({self._store!r})"

    def load(self, key: str) -> Credentials | None:
        """Whichever ends later: the store's, or the agent's."""
        kept, given = self._store.load(key), self._given(key)
        if kept is None or given is None:
            return kept or given
        return given if kept.expires_at and given.expires_at and given.expires_at > kept.expires_at else kept

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep it in the store, where the agent finds it.

        Raises:
            StoreUnavailable: see the store.
        """
        self._store.save(key, credentials)

    def lock(self, key: str, arrived: Callable[[], bool]) -> AbstractContextManager[bool]:
        """The store's lock.

        Raises:
            StoreUnavailable: see the store.
        """
        return self._store.lock(key, arrived)

    def for_source(self, source: Source) -> Store:
        """The same, around the store as the source sees it."""
        for_source = getattr(self._store, "for_source", None)
        return self if for_source is None else BesideAgent(for_source(source), self._environ)

    def _given(self, key: str) -> Credentials | None:
        answer = asked(TARGET + key, self._environ, _PATIENCE_SECONDS)
        return None if answer is None else entry.read(key, answer)
