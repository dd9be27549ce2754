"""What the agent tells of itself: the object of ``unexpired agent status --json``, and how a client asks for it.

The object's shape is a contract (``docs/contracts.md``): fields are added, never changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket as sockets
from typing import TYPE_CHECKING, Any, Literal

from unexpired.engine.clock import moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError, RenewalError, UnexpiredError
from unexpired.engine.policy import Freshness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent
    from unexpired.engine.status import RefresherStatus

VERSION = 1
# serving: something valid is in hand. renewing: nothing is, and a renewal is under way. resting: nobody has asked for a
# while, the next request wakes it. expired: nobody has asked since it lapsed. failed: nothing valid, and an error says
# why. extended: past its end, and its issuer goes on serving it.
State = Literal["serving", "renewing", "resting", "expired", "failed", "extended"]
# The agent answers from memory; ten thousand roles take it a tenth of a second.
_ASK_SECONDS = 10.0
_LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


def status_of(agent: Agent) -> dict[str, Any]:
    """Everything that is to be seen of an agent at this moment. Never waits, holds no secret."""
    return {
        "version": VERSION,
        "pid": os.getpid(),
        "socket": str(agent.socket),
        "started_at": timestamp(moment(agent.started_at)),
        "config": {"path": str(agent.config.path), "error": str(agent.mistake) if agent.mistake else None},
        "complaints": list(agent.state.complaints),
        "connections": len(agent.connections),
        "roles": {role.config.name: _role_status(agent, role) for role in agent.roles},
    }


def _role_status(agent: Agent, role: Role) -> dict[str, Any]:
    name, found = role.config.name, role.status()
    error = found.last_error if found is not None else role.last_error
    doors = {kind: door.describe(name) for kind, door in agent.doors.items()}
    container = doors.pop("container", None)
    imds = doors.pop("imds", None)
    return {
        "container": dict(container) if container is not None else None,
        "imds": dict(imds) if imds is not None else None,
        "doors": {kind: dict(where) for kind, where in doors.items() if where is not None},
        "state": _state(found, error),
        "source": found.source if found else None,
        "access_key_id": found.access_key_id if found else "-",
        "expires_at": _when(found.expires_at if found else None),
        "next_renewal": _when(found.next_renewal if found else None),
        "renewals": found.renewals if found else 0,
        "failures": found.failures if found else 0,
        "last_error": _error(error),
        "horizon": role.horizon.to_json() if role.horizon is not None else None,
        "clients": len(role.clients),
        "requests": role.requests,
        "refused": role.refused,
    }


def _state(found: RefresherStatus | None, error: UnexpiredError | None) -> State:
    if found is None:
        return "resting" if error is None else "failed"
    if found.extended:
        return "extended"
    if found.freshness is not Freshness.EXPIRED:
        return "serving"
    if found.renewing:
        return "renewing"
    return "expired" if error is None else "failed"


def _error(error: UnexpiredError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"what": error.what, "why": error.why, "next": list(error.next_steps), "cause": error.cause}


def _when(at: datetime | None) -> str | None:
    return timestamp(at) if at is not None else None


class NotRunning(RenewalError):
    """No agent answers at the socket."""

    default_cause = None


def ask(path: Path, method: str, target: str) -> tuple[int, Any]:
    """One question to the agent of this user: the status and the JSON object of its answer.

    Raises:
        NotRunning: nobody answers there.
        ConfigurationError: what is there is not this user's.
    """
    if not hasattr(sockets, "AF_UNIX"):
        raise NotRunning("The agent cannot be asked on this system", why="Python has no unix sockets here")
    request = f"{method} {target} HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n".encode("ascii")
    received = bytearray()
    try:
        if path.lstat().st_uid not in (os.geteuid(), 0):
            raise ConfigurationError(
                f"{path} belongs to another user", why="whoever listens there could hand out anything"
            )
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
            connection.settimeout(_ASK_SECONDS)
            connection.connect(str(path))
            connection.sendall(request)
            while (part := connection.recv(1 << 16)) and len(received) < _LARGEST_ANSWER_BYTES:
                received += part
    except OSError as error:
        raise _nobody(path, error) from error
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    with contextlib.suppress(ValueError, IndexError):
        return int(head.split(b" ", 2)[1]), json.loads(body)
    raise _nobody(path, None)


def status(path: Path) -> Mapping[str, Any]:
    """The running agent's status.

    Raises:
        NotRunning, ConfigurationError: see :func:`ask`.
    """
    code, answer = ask(path, "GET", "/status")
    if code != 200:  # noqa: PLR2004 - HTTP's OK
        raise NotRunning(f"The agent at {path} does not answer", why=str(answer.get("message", code)))
    found: Mapping[str, Any] = answer
    return found


def _nobody(path: Path, error: OSError | None) -> NotRunning:
    return NotRunning(
        f"No agent answers at {path}",
        why=(error.strerror or type(error).__name__) if error is not None else "what came back is no answer of ours",
        next_steps=("unexpired agent run", "unexpired agent logs"),
    )
