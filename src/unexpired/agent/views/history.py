"""What became of each role's last renewals, for the page's picture: a few moments a role, in memory only."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from unexpired.engine.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from unexpired.engine.events import RenewalDetails

# Of a role whose sessions last an hour: more than a day.
_MOST = 32


class Attempt(NamedTuple):
    """One attempt to renew: when it ended (seconds since the epoch), and whether it gave a session."""

    at: float
    renewed: bool


class History:
    """The last attempts of each role; a role without any takes no memory. Safe from any thread."""

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._wall = clock.wall
        self._attempts: dict[str, deque[Attempt]] = {}

    def renewal(self, role: str, details: RenewalDetails) -> None:
        """Remember it, if it is the end of an attempt."""
        if details.kind in ("renewed", "renewal_failed"):
            kept = self._attempts.setdefault(role, deque(maxlen=_MOST))
            kept.append(Attempt(self._wall(), details.kind == "renewed"))

    def forget_all_but(self, roles: Collection[str]) -> None:
        """Forget those of roles that are no longer served."""
        for gone in self._attempts.keys() - set(roles):
            self._attempts.pop(gone, None)

    def of(self, role: str) -> Sequence[Attempt]:
        """A role's attempts, the oldest first."""
        return tuple(self._attempts.get(role, ()))
