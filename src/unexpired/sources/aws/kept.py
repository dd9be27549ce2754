"""A role's base whose session is kept while it lives, so that renewing the role does not renew everything below it.

Sources are stateless, and this is the one exception: a base that asked a person for an MFA code, or an issuer over the
network, lends its session to as many renewals as it lasts for.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.errors import StoreUnavailable

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Link
    from unexpired.engine.protocols import Prompter, Store
    from unexpired.sources.aws.outlook import Outlook
    from unexpired.sources.aws.plan import PlannedSource, Step

_log = logging.getLogger("unexpired")

# One signed call is all that the base must live for; STS allows a request five minutes of clock difference, but judges
# the session's end by its own clock. A tenth of the lifetime, for sessions that are over in seconds.
_ENOUGH_SECONDS = 60.0
_ENOUGH_FRACTION = 0.1


class Kept:
    """A source that hands out one session for as long as that can sign a call."""

    def __init__(self, source: PlannedSource, clock: Clock = SYSTEM_CLOCK) -> None:
        self._source = source
        self._clock = clock
        self._mutex = threading.Lock()
        self._held: tuple[Credentials, float] | None = None
        self._store: Store | None = None
        self._refused: set[str] = set()

    @property
    def name(self) -> str:
        """The base's kind."""
        return self._source.name

    @property
    def key(self) -> str:
        """The base's key."""
        return self._source.key

    @property
    def shareable(self) -> bool:
        """Whether the base's sessions may be shared."""
        return self._source.shareable

    def plan(self) -> tuple[Step, ...]:
        """The base's plan."""
        return self._source.plan()

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The base's links."""
        return self._source.links(outlook)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """The session in hand if it lives, or a new one."""
        for held in (self._held, self._shared()):
            if held is not None and self._lives(*held):
                self._held = held
                return held[0]
        fetched = self._source.fetch(prompter)
        self._held = self._judged(fetched)
        if self._store is not None and fetched.expires_at is not None:
            try:
                self._store.save(self.key, replace(fetched, issued_at=moment(self._clock.wall())))
            except StoreUnavailable as error:
                _log.debug("the base of a role is not shared: %s", error)
        return fetched

    def lend(self, store: Store) -> None:
        """Share the base's sessions with other processes: they need not ask the person, or the issuer, again."""
        for_source = getattr(store, "for_source", None)
        self._store = for_source(self._source) if for_source is not None else store

    def _shared(self) -> tuple[Credentials, float] | None:
        found = self._store.load(self.key) if self._store is not None else None
        if found is None or found.access_key_id in self._refused:
            return None
        return self._judged(found)

    def _judged(self, credentials: Credentials) -> tuple[Credentials, float] | None:
        """A session, and how much of it must be left; None for one without an end."""
        since = credentials.issued_at or moment(self._clock.wall())
        lifetime = credentials.remaining(since)
        return None if lifetime is None else (credentials, min(_ENOUGH_SECONDS, lifetime * _ENOUGH_FRACTION))

    def _lives(self, credentials: Credentials, enough_seconds: float) -> bool:
        remaining = credentials.remaining(moment(self._clock.wall()))
        return remaining is not None and remaining > enough_seconds

    def forget(self, credentials: Credentials) -> bool:
        """An issuer refused a call signed with this session: whether a newer one is worth a try.

        True when it was the one kept, so that the next ``fetch`` brings another.
        """
        with self._mutex:
            if self._held is None or self._held[0].access_key_id != credentials.access_key_id:
                return False
            self._held = None
            self._refused.add(credentials.access_key_id)
            return True
