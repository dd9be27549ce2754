"""What the endpoints beside AWS's APIs are made of: a plain HTTP server on loopback that remembers and misbehaves."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self


@dataclass(frozen=True)
class Visit:
    """One request.

    Attributes:
        method: ``GET``, ``PUT`` …
        path: Without the query.
        query: Its parameters.
        headers: By lower-case name. May hold tokens.
        body: As it came.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_reply(content: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(content).encode(), "application/json", headers)


def text_reply(text: str, status: int = 200) -> Reply:
    """An answer in plain text."""
    return Reply(status, text.encode(), "text/plain")


class LocalEndpoint(ABC):
    """Serves on a loopback port, inside a ``with`` block. ``visits`` has every request, oldest first."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._server: ThreadingHTTPServer | None = None
        self._instead: Reply | None = None
        self._hanging = threading.Event()
        self._released = threading.Event()

    @abstractmethod
    def answer(self, visit: Visit) -> Reply:
        """What it says to a request when it behaves. Called on the request's own thread."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end.

        Raises:
            RuntimeError: It is not running.
        """
        if self._server is None:
            raise RuntimeError("the endpoint is not running: use it in a with block")
        return f"http://127.0.0.1:{self._server.server_port}"

    def say_instead(self, reply: Reply | None) -> None:
        """Give this answer to everything from now on; None to behave again."""
        self._instead = reply

    def hang(self) -> None:
        """Take requests and never answer, until ``behave``."""
        self._released.clear()
        self._hanging.set()

    def behave(self) -> None:
        """Answer properly again."""
        self._instead = None
        self._hanging.clear()
        self._released.set()

    def __enter__(self) -> Self:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                endpoint._serve(self, Visit(self.command, parts.path, query, headers, self.rfile.read(length)))

            do_GET = do_PUT = do_POST = handle_any  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Say nothing: ``visits`` knows."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that went away is its own affair."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="unexpired-endpoint", daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.behave()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, visit: Visit) -> None:
        self.visits.append(visit)
        if self._hanging.is_set():
            self._released.wait()
        reply = self._instead or self.answer(visit)
        handler.send_response(reply.status)
        for name, value in (("Content-Type", reply.content_type), *reply.headers):
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)
