"""Where the ``unexpired`` command begins: ``credential-process`` asks the agent, all else goes to ``unexpired.cli``.

An SDK starts ``unexpired credential-process --profile P`` whenever it wants credentials, and waits for it. Bare Python
needs 10 ms; our package, click and botocore need hundreds more. So this file stands beside the package and imports
nothing but what every Python has loaded already, and the C half of ``socket``.

The agent's answer is taken when all of this holds. Otherwise the command goes on as if there were no agent: from the
store that this user's processes share, or by renewing.

- What is at the path is a socket and no link, and the process that listens there is this user's or root's. The kernel
  says so (Linux: SO_PEERCRED, unix(7); macOS and the BSDs: LOCAL_PEERCRED, unix(4)), whoever may write to the folder.
- The agent means the same by the profile's name (see :func:`target`).
- It answers 200, whole, within :data:`PATIENCE_SECONDS`: a stopped agent accepts a connection and says nothing.
"""

import os
import sys

# Type checkers take the name for true; importing it from typing would cost more than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable, Mapping

SOCKET_VARIABLE = "UNEXPIRED_AGENT_SOCKET"
# What decides which role a profile's name means; HOME says where the files are that no variable names.
DECIDING_VARIABLES = (
    *("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"),
)
# For all of it together. An agent answers in a millisecond, or after it has asked STS for a role that rested.
PATIENCE_SECONDS = 2.0

# An answer has about 1.5 kB (STS API Reference, of a session token: "do not assume a maximum size").
_LONGEST_ANSWER = 65_536
_READER_LEFT_STATUS = 141  # 128 + SIGPIPE, as after every other command
# RFC 3986, 2.3, and the slash, which a query may hold.
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
# inode(7): S_IFMT and S_IFSOCK, without the stat module.
_KIND, _SOCKET = 0o170000, 0o140000
# Linux: struct ucred {pid, uid, gid}. macOS, BSDs: SOL_LOCAL, LOCAL_PEERCRED, struct xucred {version, uid, ...}.
# In both the uid stands in the bytes 4 to 7.
_UCRED_BYTES, _SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES = 12, 0, 1, 76
_UID = slice(4, 8)


def main() -> int:
    """Run the command line and return its exit status, which ``docs/contracts.md`` explains."""
    profile = asked_for(sys.argv[1:])
    answer = None if profile is None else asked(target(profile))
    if answer is not None and (status := _printed(answer)) is not None:
        # Nothing of ours is open or buffered, and to take an interpreter down orderly is a sixth of the whole.
        os._exit(status)
    from unexpired.cli import main as run

    return run()


def asked_for(arguments: "list[str]") -> "str | None":
    """The profile of ``credential-process --profile P``; None for every other command line."""
    command, rest = arguments[:1], "=".join(arguments[1:])
    # Whatever else is on the line, click is to judge. A name with "=" in it could be two words.
    if command != ["credential-process"] or not rest.startswith("--profile=") or rest.count("=") > 1:
        return None
    return rest[len("--profile=") :]


def target(profile: str, environ: "Mapping[str, str]" = os.environ) -> str:
    """The request target at which the agent's socket has a profile's credentials in ``credential_process``'s form.

    Both ends write it and nobody reads it: it is compared as a whole. So an agent that reads another config file, or
    asks another STS, has no answer for a process to which the same name means another role.

    Args:
        profile: its name in the config file.
        environ: whose meaning of the name.
    """
    words = ["profile=" + _quoted(profile)]
    words += [f"{name}={_quoted(environ[name])}" for name in DECIDING_VARIABLES if environ.get(name)]
    return "/process?" + "&".join(words)


def socket_path(environ: "Mapping[str, str]" = os.environ) -> "str | None":
    """Where an agent has its socket unless its configuration names another place; None where there is no home."""
    if environ.get(SOCKET_VARIABLE):
        return environ[SOCKET_VARIABLE]
    if environ.get("XDG_RUNTIME_DIR"):
        return environ["XDG_RUNTIME_DIR"] + "/unexpired/agent.sock"
    if environ.get("XDG_STATE_HOME"):
        return environ["XDG_STATE_HOME"] + "/unexpired/agent/agent.sock"
    if not environ.get("HOME"):
        return None
    state = "/Library/Application Support" if sys.platform == "darwin" else "/.local/state"
    return environ["HOME"] + state + "/unexpired/agent/agent.sock"


def asked(
    request_target: str, environ: "Mapping[str, str]" = os.environ, patience_seconds: float = PATIENCE_SECONDS
) -> "bytes | None":
    """What an agent of this user has at a target of its socket. None when there is no such agent or answer.

    Args:
        request_target: :func:`target`'s, or another of the socket door's.
        environ: names the socket.
        patience_seconds: how long it may take, all in all.
    """
    path = socket_path(environ)
    if path is None or os.name != "posix":
        return None
    try:
        if os.lstat(path).st_mode & _KIND != _SOCKET:
            return None
        from _socket import AF_UNIX, SOCK_STREAM, socket
        from time import monotonic

        until = monotonic() + patience_seconds
        with_agent = socket(AF_UNIX, SOCK_STREAM)
        try:
            with_agent.settimeout(patience_seconds)
            with_agent.connect(path)
            if _uid_of_peer(with_agent) not in (os.geteuid(), 0):
                return None
            return _answer(with_agent, request_target, lambda: max(until - monotonic(), 0.001))
        finally:
            with_agent.close()
    except (OSError, ValueError, ImportError):  # nobody there, no answer in time; no path that could be one; no sockets
        return None


def _uid_of_peer(connection: "socket") -> int:
    """Whose process listens at the other end."""
    import _socket

    if hasattr(_socket, "SO_PEERCRED"):
        found = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, _UCRED_BYTES)
    else:
        found = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES)
    if len(found) < _UID.stop:
        raise OSError("the system does not say who listens")
    return int.from_bytes(found[_UID], sys.byteorder)


def _answer(connection: "socket", asked: str, left: "Callable[[], float]") -> "bytes | None":
    """The body of a 200, whole; None for any other answer. Raises OSError when it does not come in time."""
    connection.settimeout(left())
    connection.sendall(f"GET {asked} HTTP/1.1\r\nHost: unexpired\r\nConnection: close\r\n\r\n".encode("ascii"))
    received = b""
    while len(received) <= _LONGEST_ANSWER:
        connection.settimeout(left())
        piece = connection.recv(_LONGEST_ANSWER)
        received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        if body and len(body) == _announced(head):
            return body if head.startswith(b"HTTP/1.1 200 ") else None
        if not piece:
            return None
    return None


def _announced(head: bytes) -> int:
    """How long the body is going to be; -1 where that is not said."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[len(b"content-length:") :])
    return -1


def _printed(answer: bytes) -> "int | None":
    """Write the answer and a line's end to stdout; the exit status, or None when it cannot be written."""
    rest = answer + b"\n"
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except BrokenPipeError:
        return _READER_LEFT_STATUS
    except OSError:  # the way that has words for it is tried next
        return None
    return 0


def _quoted(text: str) -> str:
    """Percent-encoded (RFC 3986, 2.1), byte by byte."""
    return "".join([chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in os.fsencode(text)])
