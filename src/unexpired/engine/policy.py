"""When to renew, and when to ask again after a failure: pure functions of dates, without I/O and without a clock.

The window is a fraction of whatever lifetime was granted, so that sessions of 15 minutes and of 12 hours (the least and
the most that AssumeRole gives) run the same line. The moment inside the window is drawn once, when the session is
issued, and kept: asking twice gives the same answer, and ten thousand sessions issued together do not renew together.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

# No issuer of AWS's grants more than GetSessionToken's 129,600 s (STS API Reference); a later end is a mistake or a
# lie, and the session is renewed as though it had this one.
LONGEST_LIFETIME_SECONDS = 129_600

# Waits between attempts, by the number of failures so far; the last repeats.  elapsed: 1  3  8  18  38  68  128 s …
_RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
# A refusal is asked about more rarely: only a person can have changed it.     elapsed: 30  90  210 s …
_REFUSED_SECONDS = (30.0, 60.0, 120.0)
# Looking whether somebody has signed in meanwhile reads a local file.         elapsed: 5  15  30  45 s …
_PERSON_SECONDS = (5.0, 10.0, 15.0)
# How long a caller who has nothing valid is given the last failure instead of a new attempt.
_CALLER_SECONDS = {"unavailable": 1.0, "refused": 10.0, "person": 2.0}
# While the session lives, wait at most this part of what is left: a four-second session cannot wait a minute.
_RETRY_FRACTION_OF_REMAINING = 0.25

FailureKind = Literal["unavailable", "refused", "person"]


class Freshness(enum.Enum):
    """What a caller may do with a session now."""

    FRESH = "fresh"  # serve it
    RENEW_SOON = "renew soon"  # serve it, and renew behind the caller's back
    RENEW_NOW = "renew now"  # what is left may not carry one request: wait for the renewal, serve this if it fails
    EXPIRED = "expired"  # wait for the renewal, or raise


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments of one session, in seconds since the epoch; infinite for credentials that do not end."""

    renew_at: float
    block_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed renewal, as far as the policy cares.

    Attributes:
        kind: whether asking again can help (``unavailable``), or only somebody's doing (``refused``, ``person``).
        count: how many in a row, this one included.
        at: when it failed, seconds since the epoch.
        retry_at: when the background tries again.
    """

    kind: FailureKind
    count: int
    at: float
    retry_at: float

    def stands(self, now: float) -> bool:
        """Whether a caller with nothing valid gets this failure again instead of a new attempt."""
        return self.at <= now < self.at + min(self.retry_at - self.at, _CALLER_SECONDS[self.kind])


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """Decides; performs nothing.

    Attributes:
        earliest, latest: the window, as fractions of the lifetime, in which background renewal starts. The default
            leaves 18 minutes or more of an hour's session, which outlives an STS outage of that length and is more than
            the 15 minutes inside which boto3 would ask a door again on every call.
        reserve_seconds: what a channel promises to have left in whatever it serves, where the lifetime allows (see
            ``shortest_use``). 0 for callers in our own process.
        shortest_use: the fraction of a lifetime that is used whatever the reserve: a reserve that asked for less is
            not honoured, or a 15-minute session would be renewed the moment it came.
        request_seconds: what one request needs between being signed and being judged by the service; a caller waits for
            the renewal when less is left. Never more than ``request_fraction`` of the lifetime.
    """

    earliest: float = 0.60
    latest: float = 0.70
    reserve_seconds: float = 0.0
    shortest_use: float = 0.25
    request_seconds: float = 5.0
    request_fraction: float = 0.05

    def schedule(self, issued_at: float, expires_at: float | None, draw: float) -> Schedule:
        """The moments of a session.

        Args:
            issued_at: seconds since the epoch.
            expires_at: the same, or None for credentials without an end.
            draw: a number in [0, 1), drawn once for this session: where in the window its renewal starts.
        """
        if expires_at is None:
            return Schedule(*(float("inf"),) * 3)
        believed_end = min(expires_at, issued_at + LONGEST_LIFETIME_SECONDS)
        lifetime = max(believed_end - issued_at, 0.0)
        renew_at = issued_at + lifetime * (self.earliest + (self.latest - self.earliest) * draw)
        if self.reserve_seconds:
            # The draw spreads the reserve too, over a twentieth of the lifetime.
            reserved = believed_end - self.reserve_seconds - lifetime * 0.05 * draw
            if reserved >= issued_at + lifetime * self.shortest_use:
                renew_at = min(renew_at, reserved)
        block_at = believed_end - min(self.request_seconds, lifetime * self.request_fraction)
        return Schedule(min(renew_at, block_at), block_at, expires_at)

    def freshness(self, schedule: Schedule, now: float, failure: Failure | None = None) -> Freshness:
        """What a caller may do at ``now`` (seconds since the epoch), given the last failure to renew if there is one.

        While a failed renewal waits for its next attempt, nobody is made to wait for it as long as the session lives.
        """
        # The plain rule first: whatever is worked out below, a session past its end is past its end.
        if now >= schedule.expires_at:
            return Freshness.EXPIRED
        if now < schedule.renew_at:
            return Freshness.FRESH
        if now < schedule.block_at or (failure is not None and now < failure.retry_at):
            return Freshness.RENEW_SOON
        return Freshness.RENEW_NOW

    def failed(self, kind: FailureKind, count: int, now: float, remaining: float, draw: float) -> Failure:
        """The record of a failure, with the moment of the next attempt.

        Args:
            kind: see :class:`Failure`.
            count: failures in a row, this one included.
            now: seconds since the epoch.
            remaining: seconds that the session in hand still has; 0 or less when there is none.
            draw: a number in [0, 1): the wait is between half and one and a half of the table's.
        """
        table = {"unavailable": _RETRY_SECONDS, "refused": _REFUSED_SECONDS, "person": _PERSON_SECONDS}[kind]
        wait = table[min(count, len(table)) - 1] * (0.5 + draw)
        if remaining > 0:
            wait = min(wait, max(remaining * _RETRY_FRACTION_OF_REMAINING, 0.05))
        return Failure(kind, count, now, now + wait)
