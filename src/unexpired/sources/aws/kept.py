"""A role's base whose session is kept while it lives, so that renewing the role does not renew everything below it.

Sources are stateless, and this is the one exception: a base that asked a person for an MFA code, or an issuer over the
network, lends its session to as many renewals as it lasts for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Link
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook
    from unexpired.sources.aws.plan import PlannedSource, Step

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
        held = self._held
        if held is not None:
            credentials, enough_seconds = held
            remaining = credentials.remaining(moment(self._clock.wall()))
            if remaining is not None and remaining > enough_seconds:
                return credentials
        fetched = self._source.fetch(prompter)
        lifetime = fetched.remaining(moment(self._clock.wall()))
        if lifetime is not None:
            self._held = (fetched, min(_ENOUGH_SECONDS, lifetime * _ENOUGH_FRACTION))
        return fetched

    def forget(self, credentials: Credentials) -> bool:
        """An issuer refused a call signed with this session: whether a newer one is worth a try.

        True when it was the one kept, so that the next ``fetch`` brings another.
        """
        with self._mutex:
            if self._held is None or self._held[0].access_key_id != credentials.access_key_id:
                return False
            self._held = None
            return True
