"""Where the agent does what may block, so that its event loop never does.

Two pools, because a service that hangs (60 s to connect, 60 to answer) must hold up only those who wait for it: what
reads files has its own threads, and asking an issuer has as many as may ask at once (how fast: see ``pace.py``).
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from unexpired.engine.clock import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.engine.clock import Clock
    from unexpired.engine.protocols import Store
    from unexpired.engine.refresher import Refresher

T = TypeVar("T")

_FOR_FILES = 16
# What ends by itself within this ends orderly: a file that is being written.
_PATIENCE_SECONDS = 1.0
# Less than this, and the refresher may not want it: then an issuer is asked, which is the other pool's business.
_WORTH_SECONDS = 60.0


class Threads:
    """All roles' threads.

    Args:
        at_once: issuers asked at the same time.
        store: where a session may be had without asking.
        clock: tells which of those have lapsed.
    """

    def __init__(self, at_once: int, store: Store | None, clock: Clock) -> None:
        self._files = ThreadPoolExecutor(_FOR_FILES, thread_name_prefix="unexpired-role")
        self._issuers = ThreadPoolExecutor(at_once, thread_name_prefix="unexpired-issuer")
        self._store, self._clock = store, clock

    def reading(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do what reads files and asks nobody. Call it on the event loop."""
        return asyncio.get_running_loop().run_in_executor(self._files, work)

    def asking(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do what may ask an issuer. Call it on the event loop."""
        return asyncio.get_running_loop().run_in_executor(self._issuers, work)

    def kept(self, refresher: Refresher) -> bool:
        """Whether another process, or the agent before this one, has left a session that lives. Reads a file."""
        source = refresher.source
        if self._store is None or not source.shareable:
            return False
        kept = self._store.load(source.key)
        remaining = kept.remaining(moment(self._clock.wall())) if kept is not None else None
        return remaining is not None and remaining > _WORTH_SECONDS

    def close(self) -> None:
        """Wait for nothing."""
        for pool in (self._files, self._issuers):
            pool.shutdown(wait=False, cancel_futures=True)


def leave(status: int) -> None:
    """End the process although a thread may still wait for an issuer that hangs: Python would wait for it, a minute.

    To be called when all is closed. Returns where nothing holds the process up.

    Args:
        status: the process's exit status otherwise.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    others = [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]
    for thread in others:
        thread.join(max(until - time.monotonic(), 0.0))
    if any(thread.is_alive() for thread in others):
        os._exit(status)
