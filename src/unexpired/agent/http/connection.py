"""One connection: heads are read within bounds, answers written; what waits for a renewal does so beside the others.

asyncio's protocol interface rather than a framework's: an answer from memory is one ``data_received``, one ``write``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from unexpired.agent.http.access import TOO_MANY
from unexpired.agent.http.peer import Peer, peer_of
from unexpired.agent.http.wire import LONGEST_HEAD_BYTES, BadRequest, Reply, Request, parsed, refusal_reply
from unexpired.channels.admission import Refusal
from unexpired.engine.errors import InternalError, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from unexpired.agent.http.access import Limits
    from unexpired.agent.journal import Journal

# A head comes at once; what trickles is no SDK. An idle connection is kept as long as nginx keeps one.
HEAD_SECONDS = 5.0
IDLE_SECONDS = 75.0

# Programs send the same bytes each time, which are then neither read nor judged again: half of what an answer costs.
_MOST_REMEMBERED = 1024

_END = b"\r\n\r\n"
_PHRASES = {400: "This is no request that is understood here.", 431: "The request's head is too long."}


class Answering(Protocol):
    """A door, as a connection sees it."""

    @property
    def name(self) -> str:
        """For the log."""

    def answer(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        """The answer at once, or a coroutine that waits for it; raises an UnexpiredError when there is none."""

    def role_of(self, request: Request) -> str | None:
        """Which role's path this is, for the log."""


class Connections:
    """Every connection there is: how many, and which have been silent for too long.

    Args:
        limits, journal: shared by all doors.
        most: connections at once; one more makes another go: first who has not asked yet, then who is idle, never
            before them who waits for an answer.
    """

    def __init__(self, limits: Limits, journal: Journal, most: int) -> None:
        self.limits, self.journal = limits, journal
        self._most = most
        self._open: dict[Connection, None] = {}
        self._remembered: dict[bytes, Request] = {}
        self.remembered = self._remembered.get

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """One more; the one that would be closed soonest makes room for it where there are too many."""
        if len(self._open) >= self._most:
            min(self._open, key=_deadline).drop()
        self._open[connection] = None

    def remove(self, connection: Connection) -> None:
        """It has ended."""
        self._open.pop(connection, None)

    def remember(self, whole: bytes, request: Request) -> None:
        """Take the same bytes for the same request. Only what a door has let in is kept, so strangers fill nothing.

        Python compares two byte strings only when their hashes agree, which are keyed and of 64 bits (PEP 456): how
        long a look takes says nothing about a token.
        """
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[whole] = request

    def sweep(self, now: float) -> None:
        """Close those that trickle, and those that have nothing to say."""
        for connection in [each for each in self._open if now > each.deadline]:
            connection.drop()

    def close(self) -> None:
        """End all."""
        for connection in list(self._open):
            connection.drop()


def _deadline(connection: Connection) -> float:
    return connection.deadline


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, in their order."""

    __slots__ = ("_all", "_buffer", "_door", "_loop", "_peer", "_task", "_transport", "deadline")

    def __init__(self, door: Answering, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        self._door, self._all, self._loop = door, connections, loop
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._peer: Peer | None = None
        self.deadline = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop's call: somebody has connected."""
        self._transport = transport  # type: ignore[assignment]  # asyncio types it as the base of all transports
        self.deadline = self._loop.time() + HEAD_SECONDS
        # At once: a client that has gone by the time it is refused could not be named any more.
        self._peer = peer_of(transport.get_extra_info("socket"))
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The loop's call: they have gone."""
        self._all.remove(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The loop's call: the client asks and does not read. Nothing more is taken from it, and not for long."""
        if self._transport is not None:
            self._transport.pause_reading()
            self.deadline = self._loop.time() + HEAD_SECONDS

    def resume_writing(self) -> None:
        """The loop's call: it has read."""
        if self._transport is not None:
            self._transport.resume_reading()
            self.deadline = self._loop.time() + IDLE_SECONDS

    def drop(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()
        self._all.remove(self)

    def data_received(self, data: bytes) -> None:
        """The loop's call: a head, a part of one, or several."""
        if not self._buffer and self._task is None and (known := self._all.remembered(data)) is not None:
            self._answer(known)
        elif self._buffer or self._task is not None:
            self._buffer += data
            if len(self._buffer) > 2 * LONGEST_HEAD_BYTES:
                self._refuse(431)
            elif self._task is None:
                self._next()
        elif data.endswith(_END) and data.find(_END) == len(data) - 4 and len(data) <= LONGEST_HEAD_BYTES:
            self._take(data[:-4])
        else:
            self._buffer = data
            self._next()

    def _next(self) -> None:
        """Answer what is whole in the buffer, up to the first request that has to wait."""
        while self._task is None and self._buffer and self._transport is not None:
            end = self._buffer.find(_END, 0, LONGEST_HEAD_BYTES)
            if end < 0:
                if len(self._buffer) >= LONGEST_HEAD_BYTES:
                    self._refuse(431)
                return
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._take(head)

    def _take(self, head: bytes) -> None:
        try:
            request = parsed(head)
        except BadRequest as bad:
            self._refuse(bad.status)
            return
        self._answer(request)
        if request.admitted is not None:
            self._all.remember(head + _END, request)

    def _answer(self, request: Request) -> None:
        assert self._peer is not None  # noqa: S101 - set when the connection was made
        try:
            answer = self._door.answer(request, self._peer)
        except Exception as error:  # noqa: BLE001 - one request's fault is not the agent's end
            answer = self._failed(error)
        if isinstance(answer, Reply):
            self._send(answer, request)
        else:
            self.deadline = float("inf")
            self._task = self._loop.create_task(self._wait(answer, request))

    async def _wait(self, answer: Coroutine[None, None, Reply], request: Request) -> None:
        try:
            reply = await answer
        except Exception as error:  # noqa: BLE001 - as above
            reply = self._failed(error)
        self._task = None
        self._send(reply, request)
        self._next()

    def _failed(self, error: Exception) -> Reply:
        if not isinstance(error, UnexpiredError):
            # Its text stays out: nobody has checked it for secrets.
            self._all.journal.say("failed", door=self._door.name, exception=type(error).__name__)
            error = InternalError("The agent failed to answer", next_steps="see `unexpired agent logs`")
        return refusal_reply(Refusal(503, error.cause or type(error).__name__, str(error)))

    def _send(self, reply: Reply, request: Request) -> None:
        transport = self._transport
        if transport is None:
            return
        if reply.denied is not None and self._peer is not None and reply.status != 503:  # noqa: PLR2004 - nothing valid in hand is no denial
            self._all.journal.denied(self._door.name, reply.denied, self._peer, self._door.role_of(request))
            if not self._all.limits.refuse(self._peer):
                reply = refusal_reply(TOO_MANY)
        if request.closing:
            whole = reply.closing()
            transport.write(whole[: len(whole) - len(reply.body)] if request.method == "HEAD" else whole)
            transport.close()
            self._buffer = b""
            self.deadline = self._loop.time() + HEAD_SECONDS  # for it to be read
        else:
            transport.write(reply.wire)
            self.deadline = self._loop.time() + IDLE_SECONDS

    def _refuse(self, status: int) -> None:
        """The last word to a client whose request was none."""
        self._buffer = b""
        if self._transport is None or self._peer is None:
            return
        reply = refusal_reply(Refusal(status, "BadRequest", _PHRASES.get(status, _PHRASES[400])))
        self._all.limits.refuse(self._peer)
        self._all.journal.denied(self._door.name, "BadRequest", self._peer, None)
        self._transport.write(reply.closing())
        self._transport.close()
