"""What the sources' tests share: shared files of their own, and the secret that must never show."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

from unexpired.sandbox.tls import Certificate

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canarySecret0123456789canarySecret012345"


@pytest.fixture(autouse=True)
def _no_aws_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def canary() -> str:
    return CANARY


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write the shared files and point this process at them; ``KEYS`` in them is a key pair with the canary."""

    def write(config: str = "", credentials: str = "") -> tuple[Path, Path]:
        written = []
        for variable, name, text in (
            ("AWS_CONFIG_FILE", "config", config),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
        ):
            path = tmp_path / name
            keys = f"aws_access_key_id = AKIATESTKEY000000001\naws_secret_access_key = {CANARY}"
            path.write_text(textwrap.dedent(text).replace("KEYS", keys))
            monkeypatch.setenv(variable, str(path))
            written.append(path)
        return written[0], written[1]

    return write


# A wildcard stands for one label (RFC 6125, section 6.4.3).
_NAMES = tuple(f"*{name}.com" for name in (".amazonaws", ".signin.aws.amazon")) + tuple(
    f"*.{name}.amazonaws.com" for name in ("us-east-1", "eu-west-1", "sso.us-east-1")
)


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTPS proxy (RFC 9110, "CONNECT") behind which AWS's own names are answered by servers of this machine.

    Attributes:
        behind: which port of this machine stands for which host; "" for every other host.
        asked: the hosts that were asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.certificate = Certificate.make(names=_NAMES)
        self.tls = self.certificate.server_context()
        self.behind: dict[str, int] = {}
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(65_536)
        host = head.split()[1].decode().rpartition(":")[0]
        self.server.asked.append(host)
        port = self.server.behind.get(host, self.server.behind.get("", 0))
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with (
            contextlib.suppress(OSError),
            self.server.tls.wrap_socket(self.request, server_side=True) as inside,
            socket.create_connection(("127.0.0.1", port)) as beyond,
        ):
            back = threading.Thread(target=_pipe, args=(beyond, inside), daemon=True)
            back.start()
            _pipe(inside, beyond)
            back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while chunk := source.recv(65_536):
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that this process and its children go through, with its certificates."""
    with Proxy() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(server.certificate.path))
        for name in ("https_proxy", "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server
        server.shutdown()
    server.certificate.remove()
