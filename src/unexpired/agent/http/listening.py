"""Opens what the doors answer at: ports of 127.0.0.1, the same ones after a restart, and the unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from typing import TYPE_CHECKING

from unexpired.agent.http.connection import Answering, Connection, Connections
from unexpired.agent.http.handover import Handover
from unexpired.agent.state import StateFolder, bound_unix_socket
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from filelock import BaseFileLock

    from unexpired.agent.journal import Journal

_QUEUE = 1024


class Listeners:
    """Opens them for an agent. Of the event loop's thread.

    Args:
        state: remembers the ports.
        connections: what each new connection joins.
        journal: hears of a port that was somebody else's.
        environ: where a service manager says what it has kept.
    """

    def __init__(
        self, state: StateFolder, connections: Connections, journal: Journal, environ: Mapping[str, str]
    ) -> None:
        self._state, self._connections, self._journal = state, connections, journal
        self._handover = Handover(environ)
        self._open: dict[str, Listener] = {}

    async def port(self, door: Answering, *, key: str, port: int | None, hops: int | None = None) -> Listener:
        """A port of 127.0.0.1 for a door: the configured one, or the one it had before, or a new one.

        Args:
            door: answers there.
            key: under which the port is kept.
            port: the configured one, or None.
            hops: how far answers travel (``IP_TTL``); None for the system's own.

        Raises:
            ConfigurationError: the configured port is taken, or there is none.
        """
        wanted = port or self._state.port(key)
        bound, moved = self._handover.take(key, wanted), False
        if bound is None:
            bound, moved = _bound(wanted, fixed=port is not None)
        if hops is not None:
            bound.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
        number = int(bound.getsockname()[1])
        self._state.keep_port(key, number)
        if moved:
            self._journal.say("port taken", level=logging.ERROR, door=door.name, port=wanted, instead=number)
        self._handover.keep(key, bound)
        serving = await self._served(door, bound)
        self._open[key] = Listener(serving, port=number, moved=moved)
        return self._open[key]

    async def unix(self, door: Answering, path: Path, *, mode: int) -> Listener:
        """The agent's unix socket.

        Raises:
            ConfigurationError: see :func:`unexpired.agent.state.bound_unix_socket`.
        """
        bound, lock = bound_unix_socket(path, mode=mode)
        loop = asyncio.get_running_loop()
        serving = await loop.create_unix_server(lambda: Connection(door, self._connections, loop), sock=bound)
        return Listener(serving, path=path, lock=lock)

    def settle(self) -> None:
        """All doors are as the configuration has them: what none of them answers at is not kept for the next agent."""
        self._handover.forget_rest()
        for key in [key for key, listener in self._open.items() if listener.closed]:
            del self._open[key]
            self._handover.forget(key)

    async def _served(self, door: Answering, bound: socket.socket) -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Connection(door, self._connections, loop), sock=bound, backlog=_QUEUE)


class Listener:
    """One port, or the unix socket, at which a door answers.

    Attributes:
        port: 0 for the unix socket.
        moved: the port that was kept from before was somebody else's.
        closed: it answers no more.
    """

    def __init__(
        self,
        serving: asyncio.AbstractServer,
        *,
        port: int = 0,
        moved: bool = False,
        path: Path | None = None,
        lock: BaseFileLock | None = None,
    ) -> None:
        self._serving, self._path, self._lock = serving, path, lock
        self.port, self.moved, self.closed = port, moved, False

    def admit_others(self, others: bool) -> None:  # noqa: FBT001 - one question, asked by name
        """Let other users reach the unix socket, or not; who of them is answered is another question."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.chmod(0o666 if others else 0o600)

    def close(self) -> None:
        """Answer no more."""
        self.closed = True
        self._serving.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        if self._lock is not None:
            self._lock.release()


def _bound(port: int, *, fixed: bool) -> tuple[socket.socket, bool]:
    """A bound socket of 127.0.0.1, and whether it had to be another port than the one asked for."""
    for wanted in dict.fromkeys((port, 0)):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # The last agent's connections linger; nobody else can listen there while one does. Windows means another
            # thing by the option: that two may listen.
            if sys.platform != "win32":
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(("127.0.0.1", wanted))
            bound.listen(_QUEUE)
        except OSError as error:
            bound.close()
            if fixed or not wanted:
                raise ConfigurationError(
                    f"Port {wanted} of 127.0.0.1 cannot be opened" if wanted else "No port can be opened on 127.0.0.1",
                    why=error.strerror or str(error),
                    next_steps="see who has it: ss -ltnp; or leave port out of unexpired.toml",
                ) from error
            continue
        bound.setblocking(False)
        return bound, bool(port) and wanted != port
    raise AssertionError  # 0 either works or raises
