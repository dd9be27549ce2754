"""Says in time that a chain of credentials will end before the job that runs in it.

A sign-in that ends in 40 minutes is no news to a job of six hours when it fails then; now a person can still sign in
again, in another terminal. Whoever does needs to restart nothing: sources keep no sign-in, and the next renewal reads
the new one.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.events import EventHook, HorizonEnd, RenewalDetails, log_event, notify
from unexpired.engine.scheduler import Scheduler, shared_scheduler
from unexpired.sources.aws.horizon import horizon

if TYPE_CHECKING:
    from datetime import timedelta

    from unexpired.engine.horizon import Link
    from unexpired.engine.protocols import Store
    from unexpired.engine.refresher import Refresher

_log = logging.getLogger("unexpired")

# How often the sign-ins on disk are looked at: somebody may have signed in, or out.
_LOOK_SECONDS = 60.0
# What is said at the start is said again with an hour left, and with a quarter of one: to whom it was too early.
_MOMENTS_SECONDS = (900.0, 3600.0, float("inf"))


class Foresight:
    """Looks every minute, from :meth:`start` to the job's end, and says each thing once.

    It runs on the process's scheduler, which holds it weakly: keep it for as long as the job runs.

    Args:
        refresher: whose source's horizon is looked at, with the session in hand.
        keep_for: how long the job runs, from now.
        store: where the sessions of the chain's other links are kept.
        hooks: given a :class:`RenewalDetails` of the kind ``horizon_ends``, after the ``unexpired`` logger.
        clock, scheduler: injected by tests.
    """

    def __init__(
        self,
        refresher: Refresher,
        keep_for: timedelta,
        *,
        store: Store | None = None,
        hooks: tuple[EventHook, ...] = (),
        clock: Clock = SYSTEM_CLOCK,
        scheduler: Scheduler | None = None,
    ) -> None:
        self._refresher = refresher
        self._keep_for = keep_for
        self._over_at = moment(clock.wall()) + keep_for
        self._store = store
        self._hooks = (log_event, *hooks)
        self._clock = clock
        self._scheduler = scheduler
        self._closed = False
        self._said: dict[tuple[str, str | None], tuple[datetime, float]] = {}

    def start(self) -> None:
        """Look now, and then every minute. Never blocks: the looking is done on a thread of ours."""
        self._wake_in(0.0)

    def close(self) -> None:
        """Look no more."""
        self._closed = True

    def due(self) -> None:
        """The scheduler's call: look, and ask to be called again."""
        if self._closed or moment(self._clock.wall()) >= self._over_at:
            return
        try:
            self._look()
        except Exception:  # noqa: BLE001 - a warning that cannot be given must not end those to come
            _log.exception("looking ahead failed and goes on; please report this")
        self._wake_in(_LOOK_SECONDS)

    def _wake_in(self, delay: float) -> None:
        if self._scheduler is None:
            self._scheduler = shared_scheduler()
        self._scheduler.wake(self, delay)

    def _look(self) -> None:
        held = self._refresher.in_hand()
        if held is not None and held.expires_at is not None and held.expires_at >= self._over_at:
            return
        found = horizon(self._refresher.source, store=self._store, clock=self._clock, held=held)
        if isinstance(found.until, datetime) and found.until < self._over_at and found.limited_by is not None:
            self._consider(found.limited_by, found.until)

    def _consider(self, link: Link, until: datetime) -> None:
        """Say it, unless it has been said: once a link at first, then once for each end at each of the moments."""
        left = (until - moment(self._clock.wall())).total_seconds()
        now = next(seconds for seconds in _MOMENTS_SECONDS if left <= seconds)
        name = (link.link, link.profile)
        last_until, last = self._said.get(name, (until, None))
        if last is not None and until > last_until:
            last = _MOMENTS_SECONDS[-1]  # it was put off, though not for long enough
        news = last is None or now < last
        self._said[name] = (until, now if last is None else min(now, last))
        if news:
            self._say(link, left)

    def _say(self, link: Link, left: float) -> None:
        ends = HorizonEnd(link, in_seconds=left, job_seconds=self._keep_for.total_seconds())
        details = RenewalDetails("horizon_ends", self._refresher.source.name, "schedule", horizon=ends)
        notify(self._hooks, details)
