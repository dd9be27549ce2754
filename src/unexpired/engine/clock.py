"""Time, as three questions that can be answered by a machine or by a test.

Two clocks are needed because each fails where the other holds: the wall clock is what AWS measures ``Expiration`` by,
but it jumps (NTP, a person, a suspended laptop); the monotonic clock never goes back, but on Linux it stands still
while the machine sleeps. The engine asks both and believes the one that says *later*.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Clock(Protocol):
    """What the engine may ask of time. ``wall`` and ``monotonic`` stand on the fast path: they must be cheap."""

    def wall(self) -> float:
        """Seconds since the Unix epoch, UTC. May jump either way."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment. Never goes back."""

    def wait(self, condition: threading.Condition, timeout: float) -> bool:
        """Wait on a condition that the caller holds, at most ``timeout`` seconds; False when the time ran out."""


class SystemClock:
    """The machine's own clocks."""

    wall = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    @staticmethod
    def wait(condition: threading.Condition, timeout: float) -> bool:
        """Wait on a condition that the caller holds, at most ``timeout`` seconds; False when the time ran out."""
        return condition.wait(timeout)


SYSTEM_CLOCK: Clock = SystemClock()


def moment(seconds: float) -> datetime:
    """The aware UTC datetime of a wall-clock reading."""
    return _EPOCH + timedelta(seconds=seconds)


def seconds(moment: datetime) -> float:
    """The wall-clock reading (seconds since the epoch) of an aware datetime."""
    return (moment - _EPOCH).total_seconds()
