"""Sessions shared within one process: between two refreshers of one role, and in tests. Nothing touches the disk."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Store

_POLL_SECONDS = 0.02
# As long as botocore's own time-out for one answer: whoever needs longer is not coming back.
_PATIENCE_SECONDS = 60.0
_ENTRIES = ""


class MemoryStore:
    """A dictionary with the promises of a store. Safe between threads, and in a forked child."""

    def __init__(self) -> None:
        self._entries: dict[str, Credentials] = {}
        self._locks: dict[tuple[int, str], threading.Lock] = {}

    def load(self, key: str) -> Credentials | None:
        """The session kept under a key, or None."""
        return self._entries.get(key)

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep a session, unless what is there ends later."""
        with self._lock(_ENTRIES):
            held = self._entries.get(key)
            if held is None or ends_no_earlier(credentials, held):
                self._entries[key] = credentials

    @contextmanager
    def lock(self, key: str, arrived: Callable[[], bool]) -> Iterator[bool]:
        """Be the one that renews. A holder that takes longer than a minute is passed over."""
        lock = self._lock(key)
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while not lock.acquire(timeout=_POLL_SECONDS):
            if arrived():
                yield False
                return
            if time.monotonic() > give_up_at:
                yield True
                return
        try:
            yield True
        finally:
            lock.release()

    def _lock(self, name: str) -> threading.Lock:
        # By process: a fork copies a lock that another thread holds, and nobody in the child would release it.
        return self._locks.setdefault((os.getpid(), name), threading.Lock())


def ends_no_earlier(new: Credentials, held: Credentials) -> bool:
    """Whether a session may take another's place. One without a known end ends never."""
    if new.expires_at is None:
        return True
    return held.expires_at is not None and new.expires_at >= held.expires_at


def open_store(_environ: Mapping[str, str]) -> Store:
    """A store of this process alone."""
    return MemoryStore()
