"""One configured role: its session, who asked for it, and how an answer is had without making anybody wait.

The event loop only ever takes what is in hand. Whatever could block (the store's lock, the network) runs on a thread,
once for all who wait for it: a thousand clients that ask at one moment make one call.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from unexpired.channels.container import DOOR_RESERVE_SECONDS
from unexpired.engine.clock import Clock, seconds
from unexpired.engine.errors import ConfigurationError, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from unexpired.agent.config import RoleConfig
    from unexpired.agent.http.wire import Reply
    from unexpired.agent.roles.threads import Threads
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Horizon
    from unexpired.engine.refresher import Refresher
    from unexpired.engine.status import RefresherStatus

# How long a client waits for a longer session when a shorter one is in hand: botocore gives an endpoint 2 s
# (ContainerMetadataFetcher.TIMEOUT_SECONDS).
_WAIT_FOR_A_LONGER_SECONDS = 1.0
# The part of a session's life that may be kept in reserve: see RefreshPolicy.shortest_use, and its draw.
_MOST_RESERVED = 0.7
# Programs told apart in the status; more are not counted.
_MOST_CLIENTS = 64


class Role:
    """One role. All methods but :meth:`status` belong to the event loop's thread.

    Args:
        config: what the user wrote.
        refresher_for: makes its refresher; may raise a :class:`UnexpiredError`, and may block.
        threads: where that is done.
        clock: injected by tests.

    Attributes:
        requests: that were let in.
        refused: requests for it that were turned away.
        clients: the programs that were answered, as the door could tell them apart.
        horizon: until when it can be renewed with nobody present; None before anybody has looked.
        asked_at: monotonic seconds of the last request; the role rests when that is long ago.
        key: its source's, by which stores keep its sessions; None before it was first awake.
    """

    __slots__ = (
        "_clock",
        "_closed",
        "_error",
        "_flight",
        "_longer",
        "_refresher",
        "_refresher_for",
        "_rendered",
        "_rendered_for",
        "_short_at",
        "_threads",
        "_tried",
        "asked_at",
        "clients",
        "config",
        "horizon",
        "key",
        "refused",
        "requests",
    )

    def __init__(
        self,
        config: RoleConfig,
        refresher_for: Callable[[RoleConfig], Refresher],
        threads: Threads,
        clock: Clock,
    ) -> None:
        self.config = config
        self._refresher_for = refresher_for
        self._threads = threads
        self._clock = clock
        self._refresher: Refresher | None = None
        self._error: UnexpiredError | None = None
        self._flight: asyncio.Future[Credentials] | None = None
        self._longer: asyncio.Future[Credentials] | None = None
        self._rendered: dict[object, Reply] | None = None
        self._rendered_for: Credentials | None = None
        self._short_at = 0.0
        self._tried = ""
        self._closed = False
        self.horizon: Horizon | None = None
        self.requests = self.refused = 0
        self.clients: frozenset[str] = frozenset()
        self.asked_at = float("-inf")
        self.key: str | None = None

    @property
    def awake(self) -> bool:
        """Whether a session is kept fresh for it."""
        return self._refresher is not None

    def answered(self, client: str) -> None:
        """Count one request that was given credentials."""
        self.requests += 1
        if client not in self.clients and len(self.clients) < _MOST_CLIENTS:
            self.clients |= {client}

    def reply(self, render: Callable[[Credentials, float], Reply]) -> Reply | Coroutine[None, None, Reply]:
        """The answer at once, or a coroutine that waits for it.

        Args:
            render: makes the bytes of a session at a moment; called once for each session.
        """
        refresher = self._refresher
        self.asked_at = self._clock.monotonic()
        if refresher is not None and self._rendered is not None:
            held = refresher.in_hand()
            if held is self._rendered_for and self._clock.wall() < self._short_at and refresher.ready() is held:
                found = self._rendered.get(render)
                if found is not None:
                    return found
        return self._reply_later(render)

    async def _reply_later(self, render: Callable[[Credentials, float], Reply]) -> Reply:
        return self._reply_for(await self.obtain(), render)

    def _reply_for(self, credentials: Credentials, render: Callable[[Credentials, float], Reply]) -> Reply:
        if credentials is not self._rendered_for or self._rendered is None:
            self._rendered, self._rendered_for = {}, credentials
            self._short_at = self._short_from(credentials)
        if credentials.expires_at is None:
            return render(credentials, self._clock.wall())  # its answer names a moment that moves
        if render not in self._rendered:
            self._rendered[render] = render(credentials, self._clock.wall())
        return self._rendered[render]

    async def obtain(self) -> Credentials:
        """A session, with more than the doors' reserve left if one can be had shortly.

        Raises:
            RenewalError, ConfigurationError: there is none.
        """
        self.asked_at = self._clock.monotonic()
        credentials = self._ready()
        if credentials is None:
            joined = self._flight is not None
            credentials = await self._first()
            if joined and self._ready() is None:  # it had landed before we came, and its thread was not done yet
                credentials = await self._first()
        if self._clock.wall() < self._short_from(credentials):
            return credentials
        if credentials.access_key_id != self._tried:
            self._tried = credentials.access_key_id  # its issuer is asked for a longer one once, whatever comes of it
            self._longer = self._threads.asking(partial(self._other_than, credentials))
            self._longer.add_done_callback(asyncio.Future.exception)  # had by those who wait; with nobody left, lost
        if self._longer is not None and not self._longer.done():
            with contextlib.suppress(asyncio.TimeoutError, UnexpiredError):
                await asyncio.wait_for(asyncio.shield(self._longer), _WAIT_FOR_A_LONGER_SECONDS)
        return self._ready() or credentials

    def in_hand(self) -> Credentials | None:
        """The session in hand, whatever is left of it; None while there is none. Asks nobody."""
        self.asked_at = self._clock.monotonic()
        return self._refresher.in_hand() if self._refresher is not None else None

    async def renew(self) -> Credentials:
        """A new session now, whatever is left of the one in hand.

        Raises:
            RenewalError, ConfigurationError: none could be made; the one in hand stays in force.
        """
        self.asked_at = self._clock.monotonic()
        return await asyncio.shield(self._threads.asking(self._renew))

    def close(self) -> None:
        """Rest for good: it is served no more, and what is on its way to it is kept fresh for nobody."""
        self._closed = True
        self.rest()

    def rest(self) -> None:
        """Renew no more, and forget the session; the next request wakes it. The store keeps what it was given."""
        if self._refresher is not None:
            self._refresher.close()
        self._refresher = self._rendered = self._rendered_for = self._longer = None
        self._tried = ""

    def status(self) -> RefresherStatus | None:
        """What its refresher tells; None while it rests."""
        refresher = self._refresher
        return refresher.status() if refresher is not None else None

    @property
    def refresher(self) -> Refresher | None:
        """What keeps it fresh; None while it rests."""
        return self._refresher

    @property
    def last_error(self) -> UnexpiredError | None:
        """Why it has no session, or no new one."""
        status = self.status()
        return status.last_error if status is not None else self._error

    def _ready(self) -> Credentials | None:
        return self._refresher.ready() if self._refresher is not None else None

    async def _first(self) -> Credentials:
        """Wait for a session with all others who do."""
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._obtain())
            self._flight.add_done_callback(self._landed)
        return await asyncio.shield(self._flight)

    def _landed(self, flight: asyncio.Future[Credentials]) -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # those who waited have had it; with nobody left, it is in the status

    async def _obtain(self) -> Credentials:
        refresher, kept = await self._threads.reading(self._awake_and_kept)
        return await (self._threads.reading if kept else self._threads.asking)(refresher.credentials)

    def _awake_and_kept(self) -> tuple[Refresher, bool]:
        refresher = self._awake()
        return refresher, self._threads.kept(refresher)

    def _renew(self) -> Credentials:
        return self._awake().renew()

    def _other_than(self, short: Credentials) -> Credentials:
        """A new session, unless the scheduler has just made one."""
        refresher = self._awake()
        held = refresher.in_hand()
        return refresher.renew() if held is None or held is short else held

    def _awake(self) -> Refresher:
        refresher = self._refresher
        if self._closed:
            raise ConfigurationError(
                f"The role {self.config.name} is no longer served as it was", next_steps="ask again"
            )
        if refresher is None:
            try:
                self._refresher = refresher = self._refresher_for(self.config)
            except UnexpiredError as error:
                self._error = error
                raise
            self._error = None
            self.key = refresher.source.key
            if self._closed:  # meanwhile, on the event loop's thread
                self.rest()
        return refresher

    def _short_from(self, credentials: Credentials) -> float:
        """From when on a longer session is worth waiting for: not before its end, where the policy keeps no reserve."""
        if credentials.expires_at is None:
            return float("inf")
        end = seconds(credentials.expires_at)
        lifetime = end - (seconds(credentials.issued_at) if credentials.issued_at else self._clock.wall())
        return end - DOOR_RESERVE_SECONDS if lifetime * _MOST_RESERVED > DOOR_RESERVE_SECONDS else end
