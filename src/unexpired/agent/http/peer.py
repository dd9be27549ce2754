"""Who is at the other end of a connection, in the operating system's words: nothing that the client could say.

- A unix socket tells (Linux ``SO_PEERCRED``, unix(7): uid, gid and pid at the time of ``connect``; macOS and the BSDs
  ``LOCAL_PEERCRED``, unix(4): uid and groups).
- TCP does not, but on loopback both ends are this machine's: Linux says whose the other end is (``sock_diag(7)``,
  ``inet_diag_msg.idiag_uid``). Elsewhere, and for a peer of another network namespace, the uid stays unknown.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

# struct ucred: pid, uid, gid (unix(7)).
_UCRED = struct.Struct("3i")
# macOS: SOL_LOCAL, LOCAL_PEERCRED (sys/un.h); struct xucred { version, uid, short ngroups, groups[16] } (ucred.h).
_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED = 0, 1, struct.Struct("2Ih2x16I")

# linux/netlink.h, sock_diag.h and inet_diag.h.
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST = 4, 20, 1
_ANSWERED = 20
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBxI")  # family, protocol, extensions, states; then the sockid, whose ports are big-endian
_NO_COOKIE = b"\xff" * 8
_ALL_STATES = 0xFFFFFFFF
# inet_diag_msg: family, state, timer, retrans (4), sockid (48), expires, rqueue, wqueue (12), uid, inode.
_UID_OFFSET = _HEADER.size + 4 + 48 + 12


@dataclass(frozen=True, slots=True)
class Peer:
    """One client.

    Attributes:
        uid: whose process it is, or None where the system does not say.
        pid: which, or None.
        address: ``unix`` or ``127.0.0.1:41234``.
        inode: of its socket on loopback, by which :func:`process_of` finds the process; 0 where it is unknown.
    """

    uid: int | None
    pid: int | None
    address: str
    inode: int = 0


def peer_of(connection: socket.socket) -> Peer:
    """The other end of a connected socket. Never raises, never waits."""
    if connection.family == socket.AF_INET:
        try:
            peer, here = connection.getpeername(), connection.getsockname()
        except OSError:
            return Peer(None, None, "gone")
        uid, inode = _tcp_owner(peer, here)
        return Peer(uid, None, f"{peer[0]}:{peer[1]}", inode)
    return _unix_peer(connection)


def _unix_peer(connection: socket.socket) -> Peer:
    try:
        if hasattr(socket, "SO_PEERCRED"):
            found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
            pid, uid, _gid = _UCRED.unpack(found)
            return Peer(uid, pid or None, "unix")
        found = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED.size)
        return Peer(_XUCRED.unpack(found)[1], None, "unix")
    except (OSError, struct.error):
        return Peer(None, None, "unix")


def process_of(inode: int) -> int | None:
    """The process that has this socket open, where it still has and we may look (proc(5), ``/proc/PID/fd``).

    Looks through all of this user's processes: milliseconds, so not for the event loop.
    """
    wanted = f"socket:[{inode}]"
    for process in Path("/proc").glob("[0-9]*") if inode else ():
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            for descriptor in (process / "fd").iterdir():
                if str(descriptor.readlink()) == wanted:
                    return int(process.name)
    return None


def _tcp_owner(peer: tuple[str, int], here: tuple[str, int]) -> tuple[int | None, int]:
    """Whose the client's end of a loopback connection is, and its inode: one question to the kernel, some 20 µs."""
    if not sys.platform.startswith("linux"):
        return None, 0
    # Seen from the client's socket, its own end is the source.
    ports = struct.pack(">HH", peer[1], here[1])
    ends = socket.inet_aton(peer[0]).ljust(16, b"\0") + socket.inet_aton(here[0]).ljust(16, b"\0")
    asked = _REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, _ALL_STATES) + ports + ends + bytes(4) + _NO_COOKIE
    message = _HEADER.pack(_HEADER.size + len(asked), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0) + asked
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.setblocking(False)
            kernel.send(message)  # the answer to a request for one socket is there when this returns
            answer = kernel.recv(512)
    except OSError:
        return None, 0
    kind = _HEADER.unpack_from(answer)[1]
    if kind != _ANSWERED or len(answer) < _UID_OFFSET + 8:
        return None, 0
    uid, inode = struct.unpack_from("=II", answer, _UID_OFFSET)
    return uid, inode
