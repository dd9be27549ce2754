"""Who renews: an operating-system lock that dies with its holder, and is passed over when its holder is stopped.

A plain file lock has one weakness: a holder that lives but does nothing (SIGSTOP, a debugger, a container frozen by its
scheduler) holds it for ever. So a key has a row of locks, ``KEY.0.lock``, ``KEY.1.lock`` … Everybody queues at the
first; whoever has waited there for as long as patience lasts goes on to the next, where again one of them wins. Fifty
waiters behind a stopped holder thus make *one* more call, not fifty. The stopped holder that wakes up finishes a call
nobody needs any more.

What happens when two holders meet: one spare call to the issuer; see the head of ``stores/__init__.py``.

The lock files stay while they are used: removing one that somebody is opening would give two people *the* lock. Where
the file system has no ``flock``, filelock uses a marker file and finds out itself when its maker has died.
"""

from __future__ import annotations

import contextlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from unexpired.disk.private import cannot_write, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# STS answers in well under a second; with one retry, in under five. Whoever has not come back by then may be stopped.
PATIENCE_SECONDS = 5.0
# Behind this many stopped holders, go without a lock.
_GENERATIONS = 8
# A look at the lock and one at the entry cost some 50 µs; fifty waiters stay under a tenth of a core.
_SHORTEST_POLL_SECONDS = 0.02
_LONGEST_POLL_SECONDS = 0.05


@contextmanager
def held(path: Path, arrived: Callable[[], bool], *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[bool]:
    """Wait until the lock is won (True) or what it guards has been done by somebody else (False).

    Real time, not the engine's clock: what is waited for is another process.

    Args:
        path: the lock's name without its generation: ``…/KEY``.
        arrived: asked while waiting, every 20 to 50 ms; must be cheap.
        patience_seconds: how long a holder is given.

    Raises:
        StoreUnavailable: the directory cannot hold a lock.
    """
    from filelock import FileLock, Timeout  # 80 ms, and only a renewal needs it

    prepared(path.parent)
    poll = _SHORTEST_POLL_SECONDS
    for generation in range(_GENERATIONS):
        lock = FileLock(path.with_name(f"{path.name}.{generation}.lock"), mode=0o600, thread_local=False)
        patience_ends = time.monotonic() + patience_seconds
        while True:
            try:
                lock.acquire(timeout=0)
            except Timeout:
                pass
            except OSError as error:
                raise cannot_write(path.parent, error) from error
            else:
                with contextlib.suppress(OSError):
                    os.utime(lock.lock_file)  # in use: not to be swept
                try:
                    yield True
                finally:
                    lock.release()
                return
            if arrived():
                yield False
                return
            if time.monotonic() >= patience_ends:
                break
            time.sleep(poll)
            poll = min(poll * 1.2, _LONGEST_POLL_SECONDS)
    yield True
