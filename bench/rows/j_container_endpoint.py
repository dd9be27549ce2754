"""How many requests the agent's container endpoint answers, each with its token checked; and nginx, the same bytes.

Both have a processor of their own, and one client on another: sixteen connections that are kept, a request on each at
any time. What counts is requests for each second of the server's processor time, where the system tells it (Linux): a
fast server waits for the client, and would look no faster than a slow one by the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.agent import agent, pinned
from bench.arena import arena

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "the container endpoint, authorised: requests a second"
BAR = ">= 0.4x nginx that gives the same bytes from memory"

_CONNECTIONS = 16
_SECONDS = {"full": 1.5, "tiny": 0.05}
_TURNS = {"full": 4, "tiny": 1}
_SERVER, _CLIENT = 0, 1
_AGENT = '[agent]\nrequests_per_second = 1000000\n[roles.job]\nprofile = "job"\ndoors = ["container", "socket"]\n'
# The quickest that nginx has: no file is opened, nothing is logged, one process that is its own master.
_NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 1000000000; types {{ }} default_type application/json;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port};
    location = /credentials/job {{
      if ($http_authorization != "{token}") {{ return 403; }}
      return 200 '{body}';
    }}
  }}
}}
"""


def measure(contender: ModuleType, size: Size) -> Measured:
    if contender.NAME != "unexpired":
        return {}
    with arena(contender), agent(_AGENT, processor=_SERVER) as running:
        pinned(0, _CLIENT)
        running.ask("/credentials/job")
        door = running.status()["job"]["container"]
        token = Path(door["token_file"]).read_text()
        port = int(door["uri"].split(":")[2].partition("/")[0])
        with _nginx(port, token) as peer:
            servers = {"agent": (running.pid, port), **peer}
            answered: dict[str, list[float]] = {name: [0.0, 0.0] for name in servers}
            for _ in range(_TURNS[size]):
                for name, (pid, its_port) in servers.items():
                    count, seconds = _load(pid, its_port, token, _SECONDS[size])
                    answered[name][0] += count
                    answered[name][1] += seconds
    return {name: count / max(seconds, 0.01) for name, (count, seconds) in answered.items()}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    if not measured:
        return "no such door"
    if "nginx" not in measured:
        return f"{measured['agent']:,.0f}/s; cannot compare: nginx is not installed"
    ratio = measured["agent"] / measured["nginx"]
    return f"{measured['agent']:,.0f}/s, {ratio:.2f}x nginx ({measured['nginx']:,.0f}/s)"


def kept(everybody: dict[str, Measured]) -> bool | None:
    ours = everybody["unexpired"]
    return ours["agent"] >= 0.4 * ours["nginx"] if "nginx" in ours else None


def versions() -> dict[str, str]:
    """What stands beside ours here, and is no package."""
    nginx = shutil.which("nginx")
    if nginx is None:
        return {"nginx": "not installed"}
    done = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False)
    return {"nginx": done.stderr.strip().rpartition("/")[2]}


@contextmanager
def _nginx(port_of_agent: int, token: str) -> Iterator[dict[str, tuple[int, int]]]:
    """An nginx that gives what the agent gives: its process and its port. Empty where there is none."""
    program = shutil.which("nginx")
    if program is None:
        yield {}
        return
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port_of_agent}/credentials/job", headers={"Authorization": token}
    )
    with urllib.request.urlopen(asked) as answer:
        body = json.dumps(json.load(answer), separators=(",", ":"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(_NGINX.format(folder=folder, port=port, token=token, body=body))
        command = [program, "-p", folder, "-e", "stderr", "-c", str(configuration)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                pinned(process.pid, _SERVER)
                _await_port(port)
                yield {"nginx": (process.pid, port)}
            finally:
                process.terminate()


def _await_port(port: int) -> None:
    for _ in range(250):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("nginx did not start")


def _load(pid: int, port: int, token: str, seconds: float) -> tuple[int, float]:
    """Ask for so many seconds. How many answers came, and in how many seconds of the server's."""
    request = f"GET /credentials/job HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n\r\n".encode()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(_CONNECTIONS)]
    try:
        length = _first_answer(connections[0], request)
        count, began, used = 0, time.monotonic(), _processor_seconds(pid)
        while time.monotonic() < began + seconds:
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                _receive(connection, length)
            count += _CONNECTIONS
        spent = time.monotonic() - began
    finally:
        for connection in connections:
            connection.close()
    after = _processor_seconds(pid)
    return count, spent if used is None or after is None else after - used


def _receive(connection: socket.socket, length: int) -> None:
    """An answer of so many bytes, without ever sleeping: to wake a client is work, and would be the server's."""
    while length:
        try:
            length -= len(connection.recv(length, socket.MSG_DONTWAIT))
        except BlockingIOError:
            continue


def _first_answer(connection: socket.socket, request: bytes) -> int:
    """How many bytes an answer has; it must be a good one."""
    connection.sendall(request)
    answer = connection.recv(65_536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"refused: {answer[:40]!r}")
    return len(answer)


def _processor_seconds(pid: int) -> float | None:
    """What a process has used so far, in user and system mode (proc(5)); None where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
