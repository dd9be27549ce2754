"""How fast issuers are asked, for all roles together: a token bucket that slows down when an issuer says *slower*.

STS throttles an account, not a caller (IAM and STS quotas: 600 AssumeRole a second and account where nothing else
is said), so ten thousand roles that woke together would throttle the rest of the company too.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.events import RenewalDetails
    from unexpired.engine.protocols import Prompter, Source

# So many may go at once after a pause: a laptop with a handful of roles never waits.
_BURST_SECONDS = 1.0
_LEAST_BURST = 4
# After "slower": half as fast, never below a twentieth, and back to full speed over two minutes.
_SLOWER = 0.5
_SLOWEST = 0.05
_RECOVERY_SECONDS = 120.0
_PAUSE_SECONDS = 1.0

THROTTLED = "sts-throttled"


class Pace:
    """Hands out moments at which an issuer may be asked. Safe from any thread.

    Args:
        per_second: calls; more than 0.
        clock: injected by tests.
    """

    def __init__(self, per_second: float, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._waiting = threading.Condition()
        self._next = clock.monotonic() - _BURST_SECONDS
        self._slowed_at = float("-inf")
        self._part = 1.0
        self.per_second = per_second

    def take(self) -> None:
        """Wait for the next moment. Those who wait go in their order."""
        with self._waiting:
            now = self._clock.monotonic()
            step = 1.0 / (self.per_second * self._speed(now))
            mine = max(self._next, now - max(_BURST_SECONDS, _LEAST_BURST * step))
            self._next = mine + step
            while (left := mine - self._clock.monotonic()) > 0:
                self._clock.wait(self._waiting, left)

    def heed(self, details: RenewalDetails) -> None:
        """A refresher's hook: slow down when its issuer throttles."""
        if details.error is None or details.error.cause != THROTTLED:
            return
        with self._waiting:
            now = self._clock.monotonic()
            self._part = max(self._speed(now) * _SLOWER, _SLOWEST)
            self._slowed_at = now
            self._next = max(self._next, now + _PAUSE_SECONDS)

    def speed(self) -> float:
        """Calls a second that are made now at the most."""
        with self._waiting:
            return self.per_second * self._speed(self._clock.monotonic())

    def _speed(self, now: float) -> float:
        recovered = min((now - self._slowed_at) / _RECOVERY_SECONDS, 1.0)
        return self._part + (1.0 - self._part) * recovered


class Paced:
    """A source that asks its issuer when it is its turn. What another process has put into the store costs no turn.

    Args:
        source: everything but :meth:`fetch` is its own.
        pace: for all sources together.
        at_once: so many of them ask at the same time.
    """

    __slots__ = ("_at_once", "_pace", "_source")

    def __init__(self, source: Source, pace: Pace, at_once: threading.BoundedSemaphore) -> None:
        self._source, self._pace, self._at_once = source, pace, at_once

    @property
    def name(self) -> str:
        """See :class:`unexpired.engine.protocols.Source`, also for the others."""
        return self._source.name

    @property
    def key(self) -> str:
        """The source's."""
        return self._source.key

    @property
    def shareable(self) -> bool:
        """The source's."""
        return self._source.shareable

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A session from the issuer, after a wait for the turn: seconds where very many ask at one moment."""
        with self._at_once:
            self._pace.take()
            return self._source.fetch(prompter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)
