"""A clock that stands still until it is told to move.

Code under test waits on it as on the machine's own; the test waits until that code *is* waiting, and then advances::

    clock = FakeClock()
    refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock))
    refresher.credentials()
    clock.wait_until_sleeping(1)      # the scheduler has gone to sleep
    clock.advance(hours=1)            # and now an hour is gone, for everybody at once
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

from unexpired.engine.clock import moment, seconds

# A test whose threads have not come to rest within this much real time has found a deadlock, or the machine is on fire.
_PATIENCE_SECONDS = 30.0
_START = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


class FakeClock:
    """Both clocks of :class:`unexpired.engine.clock.Clock`, in the hands of a test. Safe to use from any thread.

    Args:
        start: what the wall clock says at first; an aware datetime.
    """

    def __init__(self, start: datetime = _START) -> None:
        self._wall = seconds(start)
        self._monotonic = 1000.0
        self._changed = threading.Condition()
        self._sleepers: dict[object, tuple[threading.Condition, float]] = {}

    def wall(self) -> float:
        """Seconds since the epoch."""
        return self._wall

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""
        return self._monotonic

    def now(self) -> datetime:
        """The wall clock as an aware datetime."""
        return moment(self._wall)

    def wait(self, condition: threading.Condition, timeout: float) -> bool:
        """Wait on a condition that the caller holds until it is notified, or until the clock is advanced far enough."""
        sleeper, wake_at = object(), self._monotonic + timeout
        with self._changed:
            self._sleepers[sleeper] = (condition, wake_at)
            self._changed.notify_all()
        try:
            if self._monotonic >= wake_at:
                return False
            condition.wait()
            return self._monotonic < wake_at
        finally:
            with self._changed:
                del self._sleepers[sleeper]
                self._changed.notify_all()

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Let time pass on both clocks, and wake whoever has slept long enough."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours).total_seconds()
        if step < 0:
            raise ValueError("a monotonic clock does not go back; use jump()")
        self._wall += step
        self._monotonic += step
        with self._changed:
            due = [condition for condition, wake_at in self._sleepers.values() if wake_at <= self._monotonic]
        for condition in due:
            with condition:
                condition.notify_all()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward (a laptop that slept, NTP) or back (NTP, a person); the monotonic one stays."""
        self._wall += seconds

    def wait_until_sleeping(self, count: int = 1) -> None:
        """Block, in real time, until so many threads are waiting on this clock.

        Raises:
            TimeoutError: they did not come to rest.
        """
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        with self._changed:
            while len(self._sleepers) < count:
                if not self._changed.wait(give_up_at - time.monotonic()):
                    message = f"{len(self._sleepers)} threads sleep on the clock, not {count}"
                    raise TimeoutError(message)
