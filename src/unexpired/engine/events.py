"""What the engine reports: frozen records that only inform.

A hook is any callable that takes a :class:`RenewalDetails`. It is called synchronously, on the thread that renewed,
with no lock held; one that raises is logged and cannot break a renewal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from unexpired.engine.credentials import masked
from unexpired.engine.duration import written

if TYPE_CHECKING:
    from datetime import datetime

    from unexpired.engine.errors import UnexpiredError
    from unexpired.engine.horizon import Link

_log = logging.getLogger("unexpired")

# Above this, nobody counts seconds.
_SECONDS_SHOWN = 120.0

EventKind = Literal["renewed", "renewal_failed", "expired", "invalidated", "store_unavailable", "horizon_ends"]
CausedBy = Literal["first use", "schedule", "lapse", "invalidated", "requested"]


@dataclass(frozen=True, slots=True)
class HorizonEnd:
    """A link that ends before the job that needs it.

    Attributes:
        link: what ends, with the commands that put it off.
        in_seconds: until then; negative when it has ended already.
        job_seconds: how long the job was to run in all (``--for``).
    """

    link: Link
    in_seconds: float
    job_seconds: float

    def __str__(self) -> str:
        """*sso-session ends in 40m, before the job's 6h are over: aws sso login --profile etl*."""
        left = self.in_seconds if self.in_seconds < _SECONDS_SHOWN else round(self.in_seconds / 60) * 60
        ends = f"ends in {written(timedelta(seconds=left))}" if left > 0 else "has ended"
        # `unexpired exec` is how the job runs already; another of it would not help this one.
        steps = [step for step in self.link.extend if not step.startswith("unexpired exec")]
        cure = f": {steps[0]}" if steps else f": {self.link.why}"
        job = written(timedelta(seconds=self.job_seconds))
        return f"{self.link.link} {ends}, before the job's {job} are over{cure}"


@dataclass(frozen=True, slots=True)
class RenewalDetails:
    """One thing that happened to the session of one source. No field can hold a secret.

    Attributes:
        kind: ``renewed``; ``renewal_failed`` (the session in hand goes on being served while it lives); ``expired`` (it
            ended with no successor); ``invalidated`` (a service refused it before its end); ``store_unavailable``
            (renewing goes on, in this process's memory); ``horizon_ends`` (a link of the chain will end before the job
            does, and then nothing can be renewed).
        source: the name of the file in ``sources/``.
        caused_by: why a session was wanted.
        attempt: attempts since the last success, this one included.
        took_seconds: how long the attempt lasted.
        remaining_seconds: what the session in hand has left after this; None without a known end, negative when lapsed,
            0 when a service has refused it.
        access_key_id: masked, of the session in hand; ``-`` when there is none.
        expires_at: its end, aware UTC.
        shared: the session was made by another process and taken from the store.
        error: what went wrong, for the kinds that fail.
        retry_in_seconds: when the next attempt comes, for ``renewal_failed``.
        horizon: which link ends, and when, for ``horizon_ends``; that kind says nothing of the session in hand.
    """

    kind: EventKind
    source: str
    caused_by: CausedBy
    attempt: int = 1
    took_seconds: float = 0.0
    remaining_seconds: float | None = None
    access_key_id: str = masked(None)
    expires_at: datetime | None = None
    shared: bool = False
    error: UnexpiredError | None = None
    retry_in_seconds: float | None = None
    horizon: HorizonEnd | None = None


EventHook = Callable[[RenewalDetails], None]


def log_event(details: RenewalDetails) -> None:
    """The hook that every refresher has: one line on the ``unexpired`` logger, in the past tense.

    The record of a failure has the details as its attribute ``renewal``.
    """
    end = "no known end" if details.expires_at is None else f"until {details.expires_at:%H:%M:%S} UTC"
    if details.kind == "renewed":
        how = "taken from the shared store" if details.shared else f"renewed in {details.took_seconds:.1f} s"
        _log.info("%s: %s %s (%s), %s", details.source, details.access_key_id, how, details.caused_by, end)
    elif details.kind == "renewal_failed":
        _log.warning(
            "%s: attempt %d to renew failed after %.1f s, next in %.0f s, %s: %s",
            details.source,
            details.attempt,
            details.took_seconds,
            details.retry_in_seconds or 0.0,
            _still(details.remaining_seconds),
            details.error,
            extra={"renewal": details},
        )
    elif details.kind == "expired":
        _log.error("%s: %s expired and could not be renewed: %s", details.source, details.access_key_id, details.error)
    elif details.kind == "invalidated":
        _log.warning("%s: a service refused %s before its end: renewing", details.source, details.access_key_id)
    elif details.kind == "horizon_ends":
        _log.warning("%s", details.horizon)
    else:
        _log.warning("%s: going on in memory, not shared with other processes: %s", details.source, details.error)


def notify(hooks: tuple[EventHook, ...], details: RenewalDetails) -> None:
    """Call every hook; one that raises is logged and the others still run."""
    for hook in hooks:
        try:
            hook(details)
        except Exception:  # noqa: BLE001 - see the head of this module
            _log.exception("the event hook %r raised on %r and was ignored", hook, details.kind)


def _still(remaining: float | None) -> str:
    if remaining is None:
        return "nothing in hand"
    return f"{remaining:.0f} s left" if remaining > 0 else "nothing valid in hand"
