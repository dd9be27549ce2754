"""The agent's private folder: what makes a killed and restarted agent the same agent to its clients.

::

    STATE/               0700, this user's
      agent.lock         held while an agent lives; the system lets go of it however the agent ends
      agent.sock         the unix socket, where no other place is configured
      agent.log          see journal.py
      ports.json         which port each door had: the next agent asks for the same
      tokens/ROLE        0600: the value of Authorization, and the file for AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE

No session is kept here: those are in the store that all of this user's processes share.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.disk.private import read_private, replace_private
from unexpired.engine.errors import ConfigurationError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from filelock import BaseFileLock

SOCKET_VARIABLE = "UNEXPIRED_AGENT_SOCKET"

_TOKEN_BYTES = 32
_SHORTEST_TOKEN = 32
_OTHERS = 0o077
_OTHERS_WRITE = 0o022
# struct sockaddr_un: 108 bytes on Linux, 104 on macOS, a zero byte included.
_LONGEST_SOCKET_PATH = 103


def state_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the folder is when the configuration names none: ``agent`` in the user's state directory."""
    if environ.get("XDG_STATE_HOME"):
        return Path(environ["XDG_STATE_HOME"], "unexpired", "agent")
    from platformdirs import user_state_path

    return user_state_path("unexpired", appauthor=False) / "agent"


def socket_path(environ: Mapping[str, str] = os.environ, *, state: Path | None = None) -> Path:
    """Where clients look for the socket, and the agent puts it when its configuration names no place.

    ``UNEXPIRED_AGENT_SOCKET``; else ``unexpired/agent.sock`` below ``XDG_RUNTIME_DIR``, which is this user's and in
    memory; else ``agent.sock`` in the state folder. A configured state folder has its socket inside.
    """
    if environ.get(SOCKET_VARIABLE):
        return Path(environ[SOCKET_VARIABLE])
    if state is None and environ.get("XDG_RUNTIME_DIR"):
        return Path(environ["XDG_RUNTIME_DIR"], "unexpired", "agent.sock")
    return (state or state_directory(environ)) / "agent.sock"


class StateFolder:
    """The folder, held by this process until :meth:`close`.

    Args:
        path: made when it does not exist.

    Attributes:
        complaints: what could not be written, most recent last; the agent goes on from memory.

    Raises:
        ConfigurationError: it is a link, not this user's, open to others, or held by another agent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.complaints: list[str] = []
        private_directory(path)
        private_directory(path / "tokens")
        self._lock = _held(path / "agent.lock", f"Another agent uses the state folder {path}")
        self._ports: dict[str, int] = self._read_ports()
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        """Let another agent have it."""
        self._lock.release()

    def token_file(self, role: str) -> Path:
        """For ``AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE``."""
        return self.path / "tokens" / role

    def token(self, role: str) -> str:
        """The role's token: the one that is kept, or a new one. A secret."""
        if role not in self._tokens:
            kept = (read_private(self.token_file(role)) or b"").decode("ascii", "replace").strip()
            usable = len(kept) >= _SHORTEST_TOKEN and kept.isascii()
            self._tokens[role] = kept if usable else self._new_token(role)
        return self._tokens[role]

    def renew_token(self, role: str) -> str:
        """A new token in the old one's place: whoever knew the old one has no more use of it."""
        self._tokens[role] = self._new_token(role)
        return self._tokens[role]

    def forget_all_but(self, roles: Collection[str]) -> None:
        """Remove the tokens of roles that are no longer served, also of those that left while no agent ran."""
        with contextlib.suppress(OSError):
            for file in list((self.path / "tokens").iterdir()):
                if file.name not in roles:
                    self._tokens.pop(file.name, None)
                    file.unlink()

    def port(self, door: str) -> int:
        """The port that a door had before, or 0."""
        return self._ports.get(door, 0)

    def keep_port(self, door: str, port: int) -> None:
        """Ask for this port again next time."""
        if self._ports.get(door) == port:
            return
        self._ports[door] = port
        self._write(self.path / "ports.json", json.dumps(self._ports))

    def _new_token(self, role: str) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._write(self.token_file(role), token)
        return token

    def _read_ports(self) -> dict[str, int]:
        try:
            kept = json.loads(read_private(self.path / "ports.json") or b"{}")
            return {str(door): int(port) for door, port in kept.items() if 0 < int(port) < 1 << 16}
        except (ValueError, TypeError, AttributeError):
            return {}

    def _write(self, path: Path, text: str) -> None:
        try:
            replace_private(path, text.encode())
        except StoreUnavailable as error:
            self.complaints.append(f"{path} cannot be written ({error.why}): kept in memory until the agent ends")
            del self.complaints[:-10]


def private_directory(path: Path) -> None:
    """Make a directory of mode 0700, or see that the one which is there is this user's alone.

    Raises:
        ConfigurationError: it is neither.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be used as the agent's folder", why=error.strerror or type(error).__name__
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(
            f"{path} is not a directory but a link or a file",
            why="somebody could point it elsewhere while tokens are written there",
            next_steps="name the real directory: state = ... in unexpired.toml",
        )
    if os.name == "posix" and (found.st_uid != os.geteuid() or found.st_mode & _OTHERS):
        raise ConfigurationError(
            f"{path} is open to others",
            why="it belongs to another user" if found.st_uid != os.geteuid() else "its mode lets others in",
            next_steps=f"chmod 700 {path}",
        )


def bound_unix_socket(path: Path, *, mode: int) -> tuple[socket.socket, BaseFileLock]:
    """A listening unix socket, and the lock that says whose it is.

    What a killed agent left is replaced; anything else at that path is not touched.

    Args:
        path: where.
        mode: of the socket's file: 0600, or 0666 when a role lets other users ask (each is then judged by its uid).

    Raises:
        ConfigurationError: another agent has it, the path is no socket of ours, or others could put one there.
    """
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise ConfigurationError(
            f"The socket's path is longer than {_LONGEST_SOCKET_PATH} bytes: {path}",
            why="the operating system allows no longer one",
            next_steps=f"name a shorter one: socket = ... in unexpired.toml, or {SOCKET_VARIABLE}",
        )
    _trusted_parent(path.parent)
    lock = _held(path.with_name(f"{path.name}.lock"), f"Another agent has the socket {path}")
    try:
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            _left_by_an_agent(path, found)
            path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o777 & ~mode)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(1024)
        listening.setblocking(False)
    except OSError as error:
        lock.release()
        raise ConfigurationError(f"No socket can be opened at {path}", why=error.strerror or str(error)) from error
    except ConfigurationError:
        lock.release()
        raise
    return listening, lock


def _left_by_an_agent(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"{path} is there already, and is not a socket of an agent of yours",
            why="a link there could lead clients to somebody else",
            next_steps=f"see what it is: ls -l {path}",
        )


def _trusted_parent(directory: Path) -> None:
    """The socket's directory: made for this user alone, or such that nobody else can replace what is in it."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        raise ConfigurationError(f"{directory} cannot hold the socket", why=error.strerror or str(error)) from error
    ours = found.st_uid in (os.geteuid(), 0)
    if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & _OTHERS_WRITE:
        raise ConfigurationError(
            f"{directory} is no place for the socket",
            why="it is a link, or somebody else can put something there first",
            next_steps="name a directory that only you can write: socket = ... in unexpired.toml",
        )


def _held(path: Path, taken: str) -> BaseFileLock:
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigurationError(
            taken, why="one agent serves all", next_steps=("unexpired agent status", "unexpired agent stop")
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be locked", why=error.strerror or str(error)) from error
    return lock
