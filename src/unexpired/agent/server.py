"""The agent itself: roles, doors and listeners, from its start to its end, on one event loop.

uvloop carries the loop where it is installed (the ``agent`` extra), asyncio's own elsewhere; nothing else differs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from typing import TYPE_CHECKING, Any

from unexpired.agent.doors import Door, open_doors
from unexpired.agent.hardening import most_connections
from unexpired.agent.http.access import Limits
from unexpired.agent.http.connection import Connections
from unexpired.agent.http.listening import Listeners
from unexpired.agent.http.wire import Reply, json_reply
from unexpired.agent.journal import Journal, log
from unexpired.agent.roles.registry import Roles
from unexpired.agent.state import StateFolder, socket_path, state_directory
from unexpired.agent.views.history import History
from unexpired.agent.views.page.serving import Page
from unexpired.agent.views.status import status_of
from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.engine.events import RenewalDetails
    from unexpired.engine.protocols import Source, Store

_SWEEP_CONNECTIONS_SECONDS = 1.0
_SWEEP_ROLES_SECONDS = 15.0


class Agent:
    """One agent. Make it, :meth:`open` it on a running loop, and :meth:`close` it.

    Args:
        config: what to serve.
        store: where sessions are shared; None keeps them in memory.
        source_for: makes a role's source; None takes the shared configuration files.
        hooks: called with a role's name and every event of its renewals, on the thread where it happened.
        environ: names the platform's places for the state folder and the socket.
        clock: injected by tests.

    Attributes:
        config: what is in force.
        mistake: why a changed file is not in force, or None.
        roles, doors, state, limits, journal, connections, listeners: its parts.
        socket: the unix socket's path.
        started_at: seconds since the epoch.

    Raises:
        ConfigurationError: another agent runs, or there is no private place for its state.
    """

    def __init__(
        self,
        config: AgentConfig,
        *,
        store: Store | None = None,
        source_for: Callable[[RoleConfig], Source] | None = None,
        hooks: tuple[Callable[[str, RenewalDetails], None], ...] = (),
        environ: Mapping[str, str] = os.environ,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.config = config
        self.clock = clock
        self.mistake: ConfigurationError | None = None
        self.started_at = clock.wall()
        self.socket: Path = config.socket or socket_path(environ, state=config.state)
        self.state = StateFolder(config.state or state_directory(environ))
        self.journal = Journal(self.state.path / "agent.log", clock=clock)
        self.limits = Limits(config.requests_per_second, clock=clock)
        self.connections = Connections(self.limits, self.journal, most_connections())
        self.listeners = Listeners(self.state, self.connections, self.journal, environ)
        self.history = History(clock=clock)
        told = (self._renewal, self.history.renewal, *hooks)
        self.roles = Roles(config, store=store, source_for=source_for, hooks=told, clock=clock)
        self.page = Page(self)
        self.doors: dict[str, Door] = open_doors(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._timers: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open every door.

        Raises:
            ConfigurationError: one cannot be opened; nothing is served then.
        """
        self._loop = asyncio.get_running_loop()
        try:
            for door in self.doors.values():
                await door.apply(self.config)
            self.listeners.settle()
        except BaseException:
            self.close()
            raise
        self._timers = [
            self._loop.create_task(_every(_SWEEP_CONNECTIONS_SECONDS, self._sweep_connections)),
            self._loop.create_task(_every(_SWEEP_ROLES_SECONDS, self.roles.sweep)),
            self._loop.create_task(_every(_SWEEP_ROLES_SECONDS, self.roles.follow)),
            self._loop.create_task(self.roles.wake()),
        ]

    async def serve(self) -> None:
        """Serve until :meth:`stop`."""
        self.journal.say("started", pid=os.getpid(), socket=str(self.socket), roles=len(self.roles))
        await self._stopping.wait()

    def stop(self) -> None:
        """Let :meth:`serve` return. Safe from any thread once the agent is open."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def close(self) -> None:
        """Close every door, renew no more, forget the sessions, and let another agent have the folder."""
        for timer in self._timers:
            timer.cancel()
        for door in self.doors.values():
            door.close()
        self.page.close()
        self.connections.close()
        self.roles.close()
        self.journal.say("stopped", pid=os.getpid())
        self.journal.close()
        self.state.close()

    async def reload(self, config: AgentConfig) -> None:
        """Serve what a changed file says, without dropping a session that stays the same.

        Its ``socket`` and ``state`` hold from the next start: they are what clients know this agent by.
        """
        async with self._reloading:  # or doors that wait for one change would take up the next one before it
            self.roles.apply(config)
            self.history.forget_all_but(config.roles)
            self.limits.requests_per_second = config.requests_per_second
            self.config, self.mistake = config, None
            # All at once: none goes on with roles that have left while another waits for a disk.
            failures = await asyncio.gather(*(self._applied(name, config) for name in self.doors))
            for error in filter(None, failures):
                self.refuse(error)
            self.listeners.settle()
            self.journal.say("reloaded", roles=len(self.roles))

    async def _applied(self, door: str, config: AgentConfig) -> ConfigurationError | None:
        try:
            await self.doors[door].apply(config)
        except ConfigurationError as error:
            self.journal.say("door failed", level=logging.ERROR, door=door, error=str(error))
            return error
        return None

    def refuse(self, mistake: ConfigurationError) -> None:
        """A changed file cannot be followed: what is in force stays, and the status says why."""
        self.mistake = mistake
        self.journal.say("configuration refused", level=logging.ERROR, error=str(mistake))

    async def status_reply(self) -> Reply:
        """The status as the socket gives it: made on a thread, since of very many roles it takes a while."""
        return await asyncio.get_running_loop().run_in_executor(None, lambda: json_reply(status_of(self)))

    async def metrics_reply(self) -> Reply:
        """The same in Prometheus' words, made on a thread as well.

        Raises:
            ConfigurationError: see :func:`unexpired.agent.views.metrics.exposition`.
        """
        from unexpired.agent.views.metrics import exposition

        text, kind = await asyncio.get_running_loop().run_in_executor(None, lambda: exposition(status_of(self)))
        return Reply(200, text, kind)

    def _sweep_connections(self) -> None:
        assert self._loop is not None  # noqa: S101 - open() has set it
        self.connections.sweep(self._loop.time())

    def _renewal(self, role: str, details: RenewalDetails) -> None:
        self.journal.renewal(role, details)


async def _every(period: float, work: Callable[[], Awaitable[None] | None]) -> None:
    while True:
        await asyncio.sleep(period)
        try:
            under_way = work()
            if under_way is not None:
                await under_way
        except Exception:  # noqa: BLE001 - one time that goes wrong must not be the last one
            log.exception("a task of the agent stumbled and goes on; please report this")


def run(agent_of: Callable[[], Agent], *, opened: Callable[[Agent], Callable[[], None]] | None = None) -> None:
    """Run an agent until SIGTERM, SIGINT or its ``stop``. Call it on the main thread.

    Args:
        agent_of: makes it, on the loop.
        opened: told when every door is open; gives what is to be called at the end.

    Raises:
        ConfigurationError: it cannot be started.
    """
    loop = _new_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_run(agent_of, opened))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with contextlib.suppress(Exception):
            loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


async def _run(agent_of: Callable[[], Agent], opened: Callable[[Agent], Callable[[], None]] | None) -> None:
    agent = agent_of()
    await agent.open()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT"):
        with contextlib.suppress(NotImplementedError, AttributeError):  # Windows
            loop.add_signal_handler(getattr(signal, name), agent.stop)
    at_end: Any = opened(agent) if opened is not None else None
    try:
        await agent.serve()
    finally:
        if at_end is not None:
            at_end()
        agent.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
