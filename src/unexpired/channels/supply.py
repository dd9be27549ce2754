"""What a channel hands out: the refresher's session, until the time is over for which renewing was asked.

``--for 6h`` is a lower bound (the job is not started if it cannot be kept alive that long) and an upper one: after it
nothing is renewed any more. What is in hand then is still handed out until its own end.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.duration import written
from unexpired.engine.errors import RenewalRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.refresher import Refresher

# How often the end is looked for: a suspended machine's wall clock leaps, and no waiting thread notices.
_LOOK_SECONDS = 30.0


class Supply:
    """Calling it gives a valid session, or raises as :meth:`Refresher.credentials` does. Safe from any thread.

    Args:
        refresher: closed when the time is over, and by :meth:`close`.
        renew_for: from now; None has no end.
        on_end: told once, on a thread of ours, with what is in hand, when the time is over.
    """

    def __init__(
        self,
        refresher: Refresher,
        *,
        renew_for: timedelta | None = None,
        on_end: Callable[[Credentials | None], None] = lambda _credentials: None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._refresher = refresher
        self._clock = clock
        self._renew_for = renew_for
        self._ends_at = float("inf") if renew_for is None else clock.wall() + renew_for.total_seconds()
        self._on_end = on_end
        self._last: Credentials | None = None
        self._changed = threading.Condition()
        self._closed = False
        if renew_for is not None:
            threading.Thread(target=self._watch, name="unexpired-for", daemon=True).start()

    def __call__(self) -> Credentials:
        """A valid session; see the class."""
        if self._clock.wall() < self._ends_at:
            self._last = self._refresher.credentials()
            return self._last
        held = self._last
        remaining = held.remaining(moment(self._clock.wall())) if held else 0.0
        if held is not None and (remaining is None or remaining > 0):
            return held
        raise RenewalRefused(
            f"The {written(self._renew_for)} are over for which credentials were to be renewed"
            if self._renew_for
            else "Nothing is renewed any more",
            why="`unexpired exec --for` is an upper bound as well: nothing is renewed for a job that should have ended",
            next_steps="start the job with a longer --for",
        )

    def close(self) -> None:
        """Renew no more, and say nothing about it."""
        self._refresher.close()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed and (left := self._ends_at - self._clock.wall()) > 0:
                self._clock.wait(self._changed, min(left, _LOOK_SECONDS))
            if self._closed:
                return
        self._refresher.close()
        self._on_end(self._last)
