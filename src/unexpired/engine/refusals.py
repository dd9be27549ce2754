"""What is remembered of sessions that a service refused before their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.clock import seconds
from unexpired.engine.errors import RenewalRefused

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials

# Enough to know a late report, or a stale entry of a store, for what it is.
_KEPT = 16
# A session refused this early in its life, this often in a row, is not the session's fault: hold back, instead of
# renewing once for every request that is refused.
_YOUNG_SECONDS = 60.0
_IN_A_ROW = 3


class Refusals:
    """The sessions that a service refused, by access key id. Not thread-safe: its refresher holds the lock."""

    def __init__(self) -> None:
        self._key_ids: tuple[str, ...] = ()  # nearly always: an empty deque is 600 bytes
        self._young_in_a_row = 0

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._key_ids

    def add(self, credentials: Credentials, now: float) -> RenewalRefused | None:
        """Remember one; the error to give callers for a while if new sessions are refused one after the other.

        Args:
            credentials: what was refused.
            now: seconds since the epoch.
        """
        self._key_ids = (*self._key_ids, credentials.access_key_id)[-_KEPT:]
        young = credentials.issued_at is not None and now - seconds(credentials.issued_at) < _YOUNG_SECONDS
        self._young_in_a_row = self._young_in_a_row + 1 if young else 0
        if self._young_in_a_row <= _IN_A_ROW:
            return None
        return RenewalRefused(
            f"{self._young_in_a_row} new sessions of the {credentials.source} source were refused one after the other",
            why="a service says that they have expired, moments after they were issued",
            next_steps=("compare the clock with `date -u`", "see whether the role's sessions are being revoked"),
            cause="session-revoked",
            link=credentials.source,
        )
