"""The session in hand: one immutable record, which callers read and a renewal replaces in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.policy import Schedule

_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Held:
    """A session, its moments, and how long the fast path may serve it without asking (on both clocks)."""

    credentials: Credentials
    schedule: Schedule
    fresh_until_wall: float = _NEVER
    fresh_until_monotonic: float = _NEVER

    def served_until(self, end: float, offset: float) -> Held:
        """The same, served without asking until ``end``, and never past the session's own.

        Args:
            end: seconds since the epoch.
            offset: the wall clock's reading less the monotonic clock's.
        """
        end = min(end, self.schedule.expires_at)
        return replace(self, fresh_until_wall=end, fresh_until_monotonic=end - offset)

    def judged_anew(self) -> Held:
        """The same, about which the next caller must ask: a service refused it, or the process was forked."""
        return replace(self, fresh_until_wall=_NEVER, fresh_until_monotonic=_NEVER)
