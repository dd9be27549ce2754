"""One thread a process that knows when every refresher is due, and a few workers that do what is due.

The thread only looks: it collects what is due under its lock, lets go, and hands the work over, so a slow issuer delays
nobody else. Threads are daemons and start when there is something to do: an interpreter that wants to exit exits, and a
forked child starts its own (``fork`` copies no thread but the caller's).
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from unexpired.engine.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("unexpired")

# A wait on the monotonic clock sleeps through a suspended machine's night (Linux stops it): look at the wall this
# often.
_LONGEST_WAIT_SECONDS = 30.0
# The two clocks drift by less than this between two looks; more is a jump.
_JUMP_SECONDS = 1.0
# Renewals under way at once. More would only queue at STS, which throttles an account, not a caller.
_MOST_WORKERS = 8


class Due(Protocol):
    """Something that wants to be woken. Held weakly: what nobody uses any more is not woken."""

    def due(self) -> None:
        """Do it. Runs on a worker; may block on the network."""


class Scheduler:
    """Wakes each registered object at its moment, by whichever of the two clocks gets there first.

    Args:
        clock: injected by tests.
        workers: how many objects are awake at once.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK, *, workers: int = _MOST_WORKERS) -> None:
        self._clock = clock
        self._most_workers = workers
        self._reset()
        _schedulers.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)  # the watcher waits here
        self._ready = threading.Condition(self._lock)  # the workers wait here
        self._turns = itertools.count()
        self._heap: list[_Entry] = []
        self._latest: weakref.WeakKeyDictionary[Due, int] = weakref.WeakKeyDictionary()
        self._work: deque[weakref.ref[Due]] = deque()
        self._workers = self._idle = self._starting = 0
        self._watching = False
        self._offset = self._clock.wall() - self._clock.monotonic()

    def wake(self, owner: Due, in_seconds: float) -> None:
        """Call ``owner.due()`` in so many seconds, instead of whenever it was to be called before.

        At interpreter shutdown no thread can be started any more: then nothing is woken, and callers renew for
        themselves.
        """
        with self._lock:
            turn = next(self._turns)
            self._latest[owner] = turn
            entry = _Entry(
                self._clock.monotonic() + in_seconds, turn, self._clock.wall() + in_seconds, weakref.ref(owner)
            )
            heapq.heappush(self._heap, entry)
            if not self._watching:
                self._watching = start_thread(self._watch, "unexpired-scheduler")
            if self._heap[0] is entry:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            try:
                with self._lock:
                    self._clock.wait(self._changed, self._collect())
            except Exception:  # noqa: BLE001 - a Session must not go on looking healthy without its scheduler
                _log.exception("the scheduler stumbled and goes on; please report this")

    def _collect(self) -> float:
        """Hand what is due to the workers; the seconds until the next look. The caller holds the lock."""
        monotonic, wall = self._clock.monotonic(), self._clock.wall()
        if abs(wall - monotonic - self._offset) > _JUMP_SECONDS:
            # The machine slept, or somebody set the clock: what the wall says is due has moved up to now.
            self._offset = wall - monotonic
            self._heap = [e._replace(monotonic=monotonic) if wall >= e.wall else e for e in self._heap]
            heapq.heapify(self._heap)
        while self._heap and self._heap[0].monotonic <= monotonic:
            entry = heapq.heappop(self._heap)
            owner = entry.owner()
            if owner is not None and self._latest.get(owner) == entry.turn:
                del self._latest[owner]
                self._work.append(entry.owner)
        while self._workers < self._most_workers and len(self._work) > self._idle + self._starting:
            if not start_thread(self._labour, "unexpired-renewal"):
                break
            self._workers += 1
            self._starting += 1
        self._ready.notify(len(self._work))
        next_due = self._heap[0].monotonic - monotonic if self._heap else _LONGEST_WAIT_SECONDS
        return min(next_due, _LONGEST_WAIT_SECONDS)

    def _labour(self) -> None:
        with self._lock:
            self._starting -= 1
        while True:
            with self._lock:
                while not self._work:
                    self._idle += 1
                    told = self._clock.wait(self._ready, _LONGEST_WAIT_SECONDS)
                    self._idle -= 1
                    if not told and not self._work:
                        self._workers -= 1
                        return
                owner = self._work.popleft()()
            try:
                if owner is not None:
                    owner.due()
            except Exception:  # noqa: BLE001 - the next refresher's turn comes all the same
                _log.exception("a renewal raised what no renewal may raise; please report this")
            del owner


class _Entry(NamedTuple):
    monotonic: float
    turn: int
    wall: float
    owner: weakref.ref[Due]


def start_thread(target: Callable[[], None], name: str) -> bool:
    """Run something on a daemon thread; False where no thread can be had (at interpreter shutdown, at a limit)."""
    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except RuntimeError:  # "can't start new thread", or "... at interpreter shutdown"
        return False
    return True


_schedulers: weakref.WeakSet[Scheduler] = weakref.WeakSet()
_shared: Scheduler | None = None
_sharing = threading.Lock()


def shared_scheduler() -> Scheduler:
    """The process's own scheduler, on the machine's clocks."""
    global _shared  # noqa: PLW0603 - one a process is the point
    with _sharing:
        if _shared is None:
            _shared = Scheduler()
        return _shared


def _forget_threads() -> None:
    """In a forked child: no thread came along, and a lock may have been copied while somebody held it."""
    global _sharing  # noqa: PLW0603
    _sharing = threading.Lock()
    for scheduler in list(_schedulers):
        scheduler._reset()  # noqa: SLF001 - our own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
