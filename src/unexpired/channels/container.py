"""The container endpoint: a private door on loopback at which every AWS SDK asks for credentials by itself.

What stands behind ``AWS_CONTAINER_CREDENTIALS_FULL_URI`` on ECS, EKS Pod Identity and Greengrass ("Container credential
provider", AWS SDKs and Tools Reference Guide) is here a thread of ours. The program that asks needs no change, and asks
again when what it has comes to its end, which no variable and few files can do. What the clients do with it (measured):

- boto3, aiobotocore and the AWS CLI ask on every request once less than 15 minutes are left, JavaScript and
  object_store (obstore, polars, deltalake) once less than 5 are, C++ every 300 s: see :data:`DOOR_RESERVE_SECONDS`.
- botocore waits 2 s for an answer, three times, and in the last 10 minutes of what it has it fails without one: answers
  come from memory.
- An answer without ``Expiration`` is a KeyError in botocore and "missing field" in object_store; with one in the past
  botocore raises and JavaScript asks twice a request: it is always sent, and nothing lapsed is.
- Errors are read as ``code``/``message`` by Go and as ``Code``/``Message`` by JavaScript; botocore shows it all.

Each connection carries one request and is then closed: no client meets a door that has just closed an idle one.
"""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import logging
import secrets
import socket
import socketserver
import sys
import threading
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from unexpired.channels.admission import Asked, Refusal, judge
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from unexpired.engine.credentials import Credentials

_log = logging.getLogger("unexpired")

# Within 15 minutes of the end boto3 asks before every request; a minute more, so that a renewal under way is not felt.
DOOR_RESERVE_SECONDS = 16 * 60.0
# When to ask again for credentials that have no end: an answer must name a moment. It is no promise of theirs.
ASK_AGAIN_SECONDS = 3600.0

_PATH = "/credentials"
_TOKEN_BYTES = 32
# An SDK's request is some 300 bytes and comes at once. What is longer or slower is no SDK.
_LONGEST_HEAD_BYTES = 16 * 1024
_REQUEST_SECONDS = 5.0
# One thread each. A pool of workers that starts together is served; more wait in the listening queue.
_MOST_CONNECTIONS = 128
_QUEUE = 256
_LOOK_SECONDS = 5.0


class ContainerDoor:
    """A credentials endpoint on a random port of 127.0.0.1, opened by a random token. Use it as a context manager.

    Args:
        supply: what to hand out, called on the door's threads once a request is admitted; may block, and raises an
            :class:`UnexpiredError` when it has nothing valid.
        clock: for measuring, and for :data:`ASK_AGAIN_SECONDS`.

    Attributes:
        url: for ``AWS_CONTAINER_CREDENTIALS_FULL_URI``.
        token: for ``AWS_CONTAINER_AUTHORIZATION_TOKEN``; a secret.
        longest_wait_seconds: the longest that an admitted request waited for ``supply``.
    """

    def __init__(self, supply: Callable[[], Credentials], *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._supply = supply
        self._clock = clock
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.longest_wait_seconds = 0.0
        try:
            self._server = _Server(("127.0.0.1", 0), self._answer)
        except OSError as error:
            raise ConfigurationError(
                "No credentials endpoint can be opened on 127.0.0.1",
                why=error.strerror or str(error),
                next_steps="use --channel file, which needs no port",
            ) from error
        self._thread = threading.Thread(target=self._server.serve, name="unexpired-door", daemon=True)
        port = self._server.port
        self.url = f"http://127.0.0.1:{port}{_PATH}"
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    def __repr__(self) -> str:
        return f"<ContainerDoor at {self.url}>"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stopping = True
        with contextlib.suppress(OSError):  # a knock, or it would look only when somebody else comes
            socket.create_connection(("127.0.0.1", self._server.port), timeout=1.0).close()
        self._thread.join(_LOOK_SECONDS)
        self._server.server_close()

    def _answer(self, asked: Asked) -> tuple[int, dict[str, str]]:
        refusal = judge(asked, hosts=self._hosts, token_for=lambda path: self.token if path == _PATH else None)
        if refusal is not None:
            _log.info("the container endpoint refused a request: %s", refusal.code)
            return refused(refusal)
        began = self._clock.monotonic()
        try:
            credentials = self._supply()
        except UnexpiredError as error:
            return refused(Refusal(503, error.cause or type(error).__name__, str(error)))
        finally:
            self.longest_wait_seconds = max(self.longest_wait_seconds, self._clock.monotonic() - began)
        return 200, container_answer(credentials, self._clock.wall())


def container_answer(credentials: Credentials, now: float) -> dict[str, str]:
    """The JSON object that the SDKs' container provider reads.

    ``Token`` is empty for a long-term key: botocore wants the field, and sends no header for an empty one.
    ``AccountId`` (account-based endpoints) is there when it is known.

    Args:
        credentials: what to hand out.
        now: seconds since the epoch.
    """
    end = credentials.expires_at or moment(now + ASK_AGAIN_SECONDS)
    answer = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.session_token or "",
        "Expiration": _expiration(end),
    }
    return {**answer, "AccountId": credentials.account_id} if credentials.account_id else answer


def _expiration(end: datetime) -> str:
    """The end as AWS writes it, and with the issuer's milliseconds, or the last second would already be past."""
    if not end.microsecond:
        return timestamp(end)
    return end.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def refused(refusal: Refusal) -> tuple[int, dict[str, str]]:
    """A status and the JSON object in which the SDKs look for the reason."""
    code, message = refusal.code, refusal.message
    return refusal.status, {"code": code, "message": message, "Code": code, "Message": message}


class _Server(socketserver.ThreadingTCPServer):
    """Not ``http.server.HTTPServer``, whose ``server_bind`` asks DNS for the machine's name."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = _QUEUE
    # False, or another program on Windows could listen on the same port and be asked instead of us.
    allow_reuse_address = False

    def __init__(self, address: tuple[str, int], answer: Callable[[Asked], tuple[int, dict[str, str]]]) -> None:
        self.answer = answer
        self._places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self.stopping = False
        super().__init__(address, _Connection)
        self.port = int(self.server_address[1])

    def serve(self) -> None:
        """Answer until ``stopping`` is set and somebody knocks."""
        with contextlib.suppress(_Stopped):
            self.serve_forever(_LOOK_SECONDS)

    def service_actions(self) -> None:
        if self.stopping:
            raise _Stopped

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        # Its text stays out: nobody has checked it for secrets.
        _log.error("the container endpoint failed to answer one request: %s", type(sys.exc_info()[1]).__name__)


class _Stopped(Exception):
    """The way out of ``serve_forever`` that does not wait for its next look (``shutdown`` does)."""


class _Connection(http.server.BaseHTTPRequestHandler):
    """One request, read within bounds and answered in JSON."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_BoundedReader(self.connection))

    def handle(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(_LONGEST_HEAD_BYTES)
            if not self.raw_requestline or not self.parse_request():
                return
            asked = Asked(self.command, self._target(), self.headers.items())
            status, body = self.server.answer(asked)
            self._send(status, body)
        except _HeadTooLong:
            self.send_error(431)
        except (TimeoutError, ConnectionError):
            _log.debug("a client of the container endpoint was too slow, or left")

    def handle_expect_100(self) -> bool:
        """Nobody is told to go on and send a body."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What ``parse_request`` says of a request that is none, in our shape and without repeating it."""
        self.request_version = self.protocol_version
        self._send(*refused(Refusal(code, "BadRequest", HTTPStatus(code).phrase)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a request line may hold what should not be logged, and stderr is the child's."""

    def _target(self) -> str:
        # The base class collapses leading slashes in ``path``; judge what was sent.
        return self.requestline.split(" ")[1]

    def _send(self, status: int, body: dict[str, str]) -> None:
        payload = json.dumps(body).encode()
        self.connection.settimeout(_REQUEST_SECONDS)
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()
        if getattr(self, "command", None) != "HEAD":
            self.wfile.write(payload)


class _HeadTooLong(Exception):
    """More was sent than any SDK sends."""


class _BoundedReader(io.RawIOBase):
    """Reads from a socket at most so many bytes, within so many seconds from now in all, however they trickle in."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = SYSTEM_CLOCK.monotonic() + _REQUEST_SECONDS
        self._bytes_left = _LONGEST_HEAD_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        seconds_left = self._deadline - SYSTEM_CLOCK.monotonic()
        if seconds_left <= 0:
            raise TimeoutError
        if self._bytes_left <= 0:
            raise _HeadTooLong
        self._connection.settimeout(seconds_left)
        received = self._connection.recv_into(memoryview(buffer)[: self._bytes_left])
        self._bytes_left -= received
        return received
