"""Keeps one source's session fresh and hands it out: one refresher per (source, parameters) in a process.

What a caller gets, and what it costs:

- *fresh*: an attribute read and two clock readings; no lock, no allocation.
- *due* (a jittered fraction of the lifetime has gone): the same session, while the scheduler renews behind the caller.
- *about to end*: the caller waits for the renewal, and gets what is left if that fails.
- *lapsed, refused or not there yet*: one caller renews, the others join its flight and share its result or its failure.

A renewal looks in memory, then in the store, then takes the store's lock, looks in the store again, and only then asks
the issuer, so that one process of a host pays for all. Two that meet all the same (a lock whose holder was stopped is
passed over, see ``stores/file.py``) cost one spare call, never a wrong credential.

Everything that a caller reads is one immutable :class:`~unexpired.engine.held.Held`, replaced in one step.
"""

from __future__ import annotations

import os
import random
import threading
import weakref
from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment, seconds
from unexpired.engine.credentials import Credentials, masked
from unexpired.engine.events import CausedBy, EventHook, EventKind, RenewalDetails, log_event, notify
from unexpired.engine.flight import Flight, admitted, failure_kind, still_under_way, wrapped
from unexpired.engine.held import Held
from unexpired.engine.issuance import Issuance
from unexpired.engine.policy import Failure, Freshness, RefreshPolicy
from unexpired.engine.refusals import Refusals
from unexpired.engine.scheduler import Scheduler, shared_scheduler, start_thread
from unexpired.engine.status import RefresherStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.engine.errors import StoreUnavailable, UnexpiredError
    from unexpired.engine.protocols import Prompter, Source, Store

# How long a caller with nothing valid waits for a renewal that somebody else began. botocore gives one STS request 60 s
# to connect and 60 s to answer; a second request's worth is left to the retry.
_WAIT_SECONDS = 120.0


class Refresher:
    """Hands out one source's session, always fresh.

    Args:
        source: asked when a session is needed.
        store: shares sessions with the other processes of this user; None keeps them in memory only.
        policy: when to renew.
        clock, scheduler, draw: injected by tests; ``draw`` gives numbers in [0, 1).
        prompter: asks the person when a *caller* needs a session; the background never does. May be set to None later,
            when the person has gone, or the terminal is somebody else's.
        hooks: called with every :class:`RenewalDetails`, after the ``unexpired`` logger.
    """

    def __init__(
        self,
        source: Source,
        *,
        store: Store | None = None,
        policy: RefreshPolicy | None = None,
        clock: Clock = SYSTEM_CLOCK,
        scheduler: Scheduler | None = None,
        draw: Callable[[], float] = random.random,
        prompter: Prompter | None = None,
        hooks: tuple[EventHook, ...] = (),
    ) -> None:
        self.source = source
        self.policy = policy or RefreshPolicy()
        self._issuance = Issuance(source, store, clock)
        self._clock = clock
        self._wall, self._monotonic = clock.wall, clock.monotonic
        self._offset = clock.wall() - clock.monotonic()
        self._scheduler = scheduler
        self._draw = draw
        self.prompter = prompter
        self._hooks = (log_event, *hooks)
        self._lock = threading.RLock()
        self._held: Held | None = None
        self._flight: Flight | None = None
        self._failure: Failure | None = None
        self._last_error: UnexpiredError | None = None
        self._refused = Refusals()
        self._renewals = self._failures = 0
        self._longest_wait = 0.0
        self._lapse_reported = self._closed = False
        _refreshers.add(self)

    def credentials(self) -> Credentials:
        """A session with enough left to carry a request.

        Blocks only when there is none in hand (see the head of this module), and then at most two minutes.

        Raises:
            RenewalError, ConfigurationError: there is no valid session and none could be made.
        """
        held = self._held
        if held is not None and self._monotonic() < held.fresh_until_monotonic and self._wall() < held.fresh_until_wall:
            return held.credentials
        return self._not_fresh()

    def ready(self) -> Credentials | None:
        """What :meth:`credentials` would give at once, or None. Starts the renewal that is due; never blocks."""
        held = self._held
        if held is not None and self._monotonic() < held.fresh_until_monotonic and self._wall() < held.fresh_until_wall:
            return held.credentials
        with self._lock:
            held, freshness = self._held, self._freshness(self._held)
            if held is None or freshness not in (Freshness.FRESH, Freshness.RENEW_SOON):
                return None
            self._renew_behind(held, freshness)
            return held.credentials

    def in_hand(self) -> Credentials | None:
        """The session in hand, whatever is left of it; None before the first. Never blocks, asks nobody."""
        held = self._held
        return held.credentials if held is not None else None

    def invalidate(self, credentials: Credentials | str) -> bool:
        """A service refused this session although its end had not come: the next caller renews.

        However many threads report the same session, one renewal follows: a report of a session that is no longer the
        one in hand changes nothing. Never blocks on the network.

        Args:
            credentials: what was used, or its access key id. The answer is whether it was the session in hand.
        """
        key_id = credentials if isinstance(credentials, str) else credentials.access_key_id
        with self._lock:
            held = self._held
            if held is None or held.credentials.access_key_id != key_id or key_id in self._refused:
                return False
            standing = self._refused.add(held.credentials, self._now())
            self._held = held.judged_anew()
            if standing is not None:
                self._failure = self.policy.failed("refused", 1, self._now(), 0.0, self._draw())
                self._last_error = standing
        self._tell("invalidated", "invalidated", held.credentials)
        return True

    def renew(self) -> Credentials:
        """Make a new session now, whatever is left of the one in hand. Blocks; joins a renewal that is under way.

        Raises:
            RenewalError, ConfigurationError: none could be made; the one in hand stays in force.
        """
        with self._lock:
            flight, leading = self._join("requested")
        return self._outcome(flight, leading=leading)

    def status(self) -> RefresherStatus:
        """What a person or a metric wants to know, at this moment. Never waits for a renewal, holds no secret."""
        with self._lock:
            held, failure = self._held, self._failure
            next_renewal = failure.retry_at if failure else held.schedule.renew_at if held else None
            freshness = self._freshness(held)
            if self._closed or next_renewal == float("inf") or freshness is Freshness.EXPIRED:
                next_renewal = None  # a lapsed session is renewed when somebody asks for it
            return RefresherStatus(
                source=self.source.name,
                access_key_id=masked(held.credentials.access_key_id if held else None),
                expires_at=held.credentials.expires_at if held else None,
                next_renewal=None if next_renewal is None else moment(next_renewal),
                freshness=freshness,
                renewing=self._flight is not None,
                renewals=self._renewals,
                failures=self._failures,
                last_error=self._last_error,
                longest_wait_seconds=self._longest_wait,
                extended=held is not None and held.credentials.extended,
            )

    def close(self) -> None:
        """Renew behind nobody's back any more. What is in hand is served until its end."""
        self._closed = True

    def due(self) -> None:
        """The scheduler's call, on one of its workers: renew behind everybody's back."""
        with self._lock:
            if self._closed or self._freshness(self._held) in (Freshness.FRESH, Freshness.EXPIRED):
                return  # renewed meanwhile; or nobody has asked since it lapsed, and whoever asks next renews
            pause = self._failure.retry_at - self._now() if self._failure is not None else 0.0
            if pause > 0:  # a caller woke us for the very attempt that has failed since
                self._wake_in(pause)
                return
            flight, leading = self._join("schedule")
        if leading:
            self._fly(flight, None)

    # What a caller gets who does not find a fresh session.

    def _not_fresh(self) -> Credentials:
        with self._lock:  # which ready() may take again
            ready = self.ready()
            if ready is not None:
                return ready
            held, freshness = self._held, self._freshness(self._held)
            if freshness is Freshness.EXPIRED and self._flight is None:
                self._raise_what_stands()
            flight, leading = self._join(self._reason(held))
        if held is not None and freshness is Freshness.RENEW_NOW:
            return self._what_comes_in_time(held, flight, leading=leading)
        return self._outcome(flight, leading=leading)

    def _now(self) -> float:
        """The wall clock, or what it would say had nobody set it back: the later of the two clocks."""
        return max(self._wall(), self._monotonic() + self._offset)

    def _freshness(self, held: Held | None) -> Freshness:
        """The policy's word, overruled by a service's refusal. The caller holds the lock."""
        if held is None or held.credentials.access_key_id in self._refused:
            return Freshness.EXPIRED
        return self.policy.freshness(held.schedule, self._now(), self._failure)

    def _reason(self, held: Held | None) -> CausedBy:
        if held is None:
            return "first use"
        return "invalidated" if held.credentials.access_key_id in self._refused else "lapse"

    def _renew_behind(self, held: Held, freshness: Freshness) -> None:
        """Let the scheduler renew, and the fast path serve on until a caller would have to wait."""
        now = self._now()
        if freshness is Freshness.FRESH:  # the first call in a forked child: its scheduler knows nothing yet
            self._wake_in(held.schedule.renew_at - now)
            self._held = held.served_until(held.schedule.renew_at, self._offset)
        elif self._failure is not None:
            self._wake_in(self._failure.retry_at - now)
            self._held = held.served_until(max(self._failure.retry_at, held.schedule.block_at), self._offset)
        else:
            self._wake_in(0.0)
            self._held = held.served_until(held.schedule.block_at, self._offset)

    def _wake_in(self, delay: float) -> None:
        if self._closed or delay == float("inf"):
            return
        self._scheduler = self._scheduler or shared_scheduler()
        self._scheduler.wake(self, max(delay, 0.0))

    def _raise_what_stands(self) -> None:
        """A caller with nothing valid, moments after a failure, gets that failure: asking again would only hammer."""
        if self._failure is not None and self._last_error is not None and self._failure.stands(self._now()):
            raise self._last_error.copy()

    def _what_comes_in_time(self, held: Held, flight: Flight, *, leading: bool) -> Credentials:
        """Wait for the renewal no longer than the session in hand lives, and serve it if that fails."""
        if leading and not start_thread(lambda: self._fly(flight, None), "unexpired-renewal"):
            self._fly(flight, None)
        began = self._monotonic()
        arrived = flight.wait(self._clock, held.schedule.expires_at - self._now())
        self._waited(began)
        with self._lock:
            alive = self._freshness(held) is not Freshness.EXPIRED
        if alive and (not arrived or flight.failed):
            return held.credentials
        return self._outcome(flight, leading=False)

    def _outcome(self, flight: Flight, *, leading: bool) -> Credentials:
        began = self._monotonic()
        if leading:
            self._fly(flight, self.prompter)
        arrived = flight.wait(self._clock, _WAIT_SECONDS)
        self._waited(began)
        if not arrived:
            raise still_under_way(self.source.name, _WAIT_SECONDS)
        return flight.result()

    def _waited(self, began: float) -> None:
        with self._lock:
            self._longest_wait = max(self._longest_wait, self._monotonic() - began)

    # The renewal itself.

    def _join(self, caused_by: CausedBy) -> tuple[Flight, bool]:
        """The renewal under way, or a new one that the caller must fly. The caller holds the lock."""
        if self._flight is not None:
            return self._flight, False
        self._flight = Flight(caused_by)
        return self._flight, True

    def _fly(self, flight: Flight, prompter: Prompter | None) -> None:
        """Renew, and land the flight whatever happens."""
        began = self._monotonic()
        try:
            credentials, shared = self._issuance.obtain(prompter, self._better, self._store_failed)
            credentials = admitted(credentials, self._wall(), self._refused)
        except BaseException as error:
            self._failed(flight, wrapped(error, self.source.name), self._monotonic() - began)
            if not isinstance(error, Exception):
                raise
        else:
            self._renewed(flight, credentials, self._monotonic() - began, shared=shared)

    def _better(self, found: Credentials) -> bool:
        """Whether a session that another process has made is to be taken instead of asking the issuer."""
        if found.expires_at is None or found.access_key_id in self._refused:
            return False
        held, now = self._held, self._now()
        issued_at = seconds(found.issued_at) if found.issued_at else now
        state = self.policy.freshness(self.policy.schedule(issued_at, seconds(found.expires_at), 0.0), now)
        if held is None or self._freshness(held) is Freshness.EXPIRED:
            return state in (Freshness.FRESH, Freshness.RENEW_SOON)
        newer = held.credentials.expires_at is None or found.expires_at > held.credentials.expires_at
        return newer and state is Freshness.FRESH

    def _renewed(self, flight: Flight, credentials: Credentials, took: float, *, shared: bool) -> None:
        with self._lock:
            self._offset = self._wall() - self._monotonic()
            issued_at = seconds(credentials.issued_at) if credentials.issued_at else self._wall()
            expires_at = seconds(credentials.expires_at) if credentials.expires_at else None
            schedule = self.policy.schedule(issued_at, expires_at, self._draw())
            self._held = Held(credentials, schedule).served_until(schedule.renew_at, self._offset)
            attempt = self._failure.count + 1 if self._failure else 1
            self._failure = self._last_error = None
            self._lapse_reported = False
            self._renewals += 1
            self._flight = None
            self._wake_in(schedule.renew_at - self._now())
        flight.land(credentials)
        self._tell("renewed", flight.caused_by, credentials, attempt=attempt, took_seconds=took, shared=shared)

    def _failed(self, flight: Flight, error: UnexpiredError, took: float) -> None:
        with self._lock:
            held, now = self._held, self._now()
            alive = held is not None and self._freshness(held) is not Freshness.EXPIRED
            remaining = held.schedule.expires_at - now if held is not None and alive else 0.0
            count = self._failure.count + 1 if self._failure else 1
            failure = self.policy.failed(failure_kind(error), count, now, remaining, self._draw())
            self._failure, self._last_error = failure, error
            self._failures += 1
            self._flight = None
            lapsed_now = held is not None and not alive and not self._lapse_reported
            self._lapse_reported = self._lapse_reported or lapsed_now
            if alive:
                self._wake_in(failure.retry_at - now)
        flight.land(None, error)
        credentials = held.credentials if held else None
        self._tell(
            "renewal_failed",
            flight.caused_by,
            credentials,
            attempt=count,
            took_seconds=took,
            error=error,
            retry_in_seconds=failure.retry_at - now,
        )
        if lapsed_now:
            self._tell("expired", flight.caused_by, credentials, attempt=count, error=error)

    def _store_failed(self, error: StoreUnavailable) -> None:
        self._tell("store_unavailable", "requested", error=error)

    def _tell(self, kind: EventKind, caused_by: CausedBy, credentials: Credentials | None = None, **more: Any) -> None:
        """Report to the hooks, with no lock held. ``more`` are fields of :class:`RenewalDetails`."""
        remaining = credentials.remaining(moment(self._now())) if credentials else None
        if credentials is not None and kind != "renewed" and credentials.access_key_id in self._refused:
            remaining = 0.0  # whatever its end says, a service has refused it
        details = RenewalDetails(
            kind=kind,
            source=self.source.name,
            caused_by=caused_by,
            remaining_seconds=remaining,
            access_key_id=masked(credentials.access_key_id if credentials else None),
            expires_at=credentials.expires_at if credentials else None,
            **more,
        )
        notify(self._hooks, details)

    def _forget_other_threads(self) -> None:
        """In a forked child: no flight came along, and the lock may have been copied while somebody held it."""
        self._lock = threading.RLock()
        self._flight = None
        if self._held is not None:  # the next call goes the long way once, and starts this process's own scheduler
            self._held = self._held.judged_anew()


_refreshers: weakref.WeakSet[Refresher] = weakref.WeakSet()


def _after_fork() -> None:
    for refresher in list(_refreshers):
        refresher._forget_other_threads()  # noqa: SLF001 - our own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
