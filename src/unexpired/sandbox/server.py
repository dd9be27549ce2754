"""The HTTP server around a WSGI application: a port of its own, a thread, a clean end.

werkzeug's server, as moto's own server uses it, because it keeps what signatures need: the raw request target and every
header line as it came.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from moto.moto_server import werkzeug_app
from werkzeug.serving import WSGIRequestHandler, make_server

from unexpired.sandbox.request import RAW_HEADERS, RAW_TARGET

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_logger = logging.getLogger(__name__)

_WAITING = 128
"""Connections that may wait to be accepted."""

_JOIN_S = 5.0
"""How long ``stop`` waits for the server's thread, in seconds."""


# moto has a handler of its own since 5.2.5, which keeps metadata names with underscores; before that they are lost.
_MotoHandler: type[WSGIRequestHandler] = getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)


class _Handler(_MotoHandler):  # type: ignore[misc, valid-type]  # a class that is chosen at run time
    def make_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().make_environ()
        # http.server squeezes leading slashes out of `path`; they are signed.
        environ[RAW_TARGET] = self.requestline.split(" ")[1]
        environ[RAW_HEADERS] = list(self.headers.items())
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer, without the ``Date`` of this machine that http.server would add: the gate sends its own."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's signature
        """Say nothing of requests, which the journal knows; a bug of ours or of moto's must show."""
        _logger.log(logging.ERROR if type == "error" else logging.DEBUG, message.rstrip(), *args)


class Server:
    """Serves an application on loopback until stopped."""

    def __init__(
        self, application: Application, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        """Bind, without serving yet.

        Args:
            application: The WSGI application.
            host: The address to listen on.
            port: 0 lets the system choose.
            tls: Serve HTTPS with this context.

        Raises:
            OSError: The port is taken.
        """
        # Bound here, because werkzeug ends the whole process over a port that is taken.
        with _bound(host, port) as listening:
            self._server = make_server(
                host, port, application, True, request_handler=_Handler, ssl_context=tls, fd=listening.fileno()
            )
        if tls is not None:
            # Shake hands in the request's own thread: who connects and says nothing must not keep others waiting.
            self._server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]  # it is an SSLSocket
        scheme = "https" if tls is not None else "http"
        self.port = self._server.port
        self.url = f"{scheme}://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="unexpired-sandbox", daemon=True
        )

    def start(self) -> None:
        """Begin to serve, in a thread. The port answers when this returns."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port. Requests under way are not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_JOIN_S)


def _bound(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows this option means that a port may be taken twice.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_WAITING)
    except OSError:
        listening.close()
        raise
    return listening
