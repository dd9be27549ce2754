"""What can be seen of a refresher from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from unexpired.engine.errors import UnexpiredError
    from unexpired.engine.policy import Freshness


@dataclass(frozen=True, slots=True)
class RefresherStatus:
    """One refresher at one moment, without a secret.

    Attributes:
        source: the name of the file in ``sources/``.
        access_key_id: masked; ``-`` when nothing is in hand.
        expires_at: end of the session in hand, aware UTC; None without one.
        next_renewal: when the background renews, or tries again after a failure; None when it will not.
        freshness: what a caller would meet now.
        extended: the session in hand is past its end, and its issuer goes on serving it (an outage at AWS).
        renewing: a renewal is under way.
        renewals: sessions obtained so far, those taken from a store included.
        failures: failed attempts so far.
        last_error: why the last attempt failed; None once one has succeeded again.
        longest_wait_seconds: the longest that a caller had to wait for a renewal.
    """

    source: str
    access_key_id: str
    expires_at: datetime | None
    next_renewal: datetime | None
    freshness: Freshness
    renewing: bool
    renewals: int
    failures: int
    last_error: UnexpiredError | None
    longest_wait_seconds: float
    extended: bool = False
