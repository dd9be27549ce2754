"""Starts the agent for those who would use it, where ``unexpired.toml`` says ``start_on_demand = true``; only there.

Whoever asks is never held up by it and never depends on it: it goes on by itself, and finds in the store what the agent
renews from then on, as the agent finds what it has just renewed. The next ``credential-process`` is answered by the
agent. What is wrong with the file the agent itself says, in its log; it is asked again only after a minute.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.channels.environment import CREDENTIAL_VARIABLES
from unexpired.disk.places import configuration_file, store_directory
from unexpired.disk.private import prepared, replace_private
from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.errors import UnexpiredError
from unexpired_start import socket_path

if TYPE_CHECKING:
    from collections.abc import Mapping

_SWITCH = b"start_on_demand"
_LARGEST_BYTES = 16 * 1024 * 1024
_AGAIN_SECONDS = 60.0
# The machine's own way to credentials, which an agent on it needs as well; the others are somebody's session.
_OF_THE_MACHINE = ("AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_")
_NOT_THE_AGENTS = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID"}

# Popen complains of a child that is forgotten while it runs.
_started: list[subprocess.Popen[bytes]] = []


def start_agent_for(
    profile: str | None, environ: Mapping[str, str] = os.environ, *, clock: Clock = SYSTEM_CLOCK
) -> bool:
    """Start the agent if it is wanted, serves this profile, and does not run. Waits for nothing; never raises.

    Args:
        profile: as it was asked for; None for the one that the environment names.
        environ: names the files, and is the agent's without any session in it.
        clock: tells when it was last tried.

    Returns:
        Whether one was started.
    """
    if os.name != "posix":
        return False  # its socket is a unix socket
    with contextlib.suppress(OSError, ValueError, UnexpiredError):
        path = configuration_file(environ)
        table = _wanted(path)
        named = profile or environ.get("AWS_PROFILE") or "default"
        if table is None or not _serves(table, named) or _answers(_socket(table, path, environ)):
            return False
        program = _program()
        if program is None or not _due(store_directory(environ), clock):
            return False
        _started.append(
            subprocess.Popen(
                [*program, "agent", "run", "--config", str(path)],
                env=_environment(environ),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return True
    return False


def _wanted(path: Path) -> dict[str, Any] | None:
    """The file, if it turns this on; most users have none, and pay for one look."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES)
    except OSError:
        return None
    if _SWITCH not in data:
        return None
    try:
        toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ImportError:
        return None
    table: dict[str, Any] = toml.loads(data.decode("utf-8-sig"))
    agent = table.get("agent")
    return table if isinstance(agent, dict) and agent.get(_SWITCH.decode()) is True else None


def _serves(table: Mapping[str, Any], profile: str) -> bool:
    roles = table.get("roles")
    found = roles.values() if isinstance(roles, dict) else ()
    return any(isinstance(role, dict) and role.get("profile") == profile for role in found)


def _socket(table: Mapping[str, Any], path: Path, environ: Mapping[str, str]) -> str | None:
    """Where that agent listens: what its file says goes first, as in ``agent/state.py``."""
    agent = table["agent"]
    if isinstance(agent.get("socket"), str):
        return str(path.parent / Path(agent["socket"]).expanduser())
    if isinstance(agent.get("state"), str) and not environ.get("UNEXPIRED_AGENT_SOCKET"):
        return str(path.parent / Path(agent["state"]).expanduser() / "agent.sock")
    return socket_path(environ)


def _answers(path: str | None) -> bool:
    if path is None:
        return True  # there is no place for it
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        try:
            connection.connect(path)
        except BlockingIOError:
            return True  # its queue is full
        except OSError:
            return False
    return True


def _program() -> tuple[str, ...] | None:
    """What runs this package: its script, or the Python that it is installed in; not a program that embeds one."""
    script = shutil.which("unexpired", path=str(Path(sys.executable).parent))
    if script is not None:
        return (script,)
    return (sys.executable, "-m", "unexpired") if Path(sys.executable).name.startswith("python") else None


def _due(folder: Path, clock: Clock) -> bool:
    """Whether it has not been tried just now, by anybody: a file that is wrong would have it tried at every call."""
    mark = folder / "agent.started"
    now = clock.wall()
    with contextlib.suppress(OSError):
        if abs(now - mark.stat().st_mtime) < _AGAIN_SECONDS:
            return False
    prepared(folder)
    replace_private(mark, b"", modified_at=now)
    return True


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without anybody's session: the agent outlives it, and serves what the files say."""
    sessions = {name for name in CREDENTIAL_VARIABLES if not name.startswith(_OF_THE_MACHINE)}
    return {name: value for name, value in environ.items() if name.upper() not in sessions | _NOT_THE_AGENTS}
