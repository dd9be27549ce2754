"""Ports that stay open while no agent runs: the service manager holds their sockets from one agent to the next.

Whoever connects in between waits in the socket's queue for the next agent, where it would have been refused: the Java
SDK, for one, fails at the first refusal. It is systemd's file descriptor store: a socket is given with ``FDSTORE=1``
(sd_pid_notify_with_fds(3), ``FileDescriptorStoreMax=`` in systemd.service(5)) and comes back as descriptors from 3 on,
named in ``LISTEN_FDNAMES`` (sd_listen_fds(3)). Once the service is stopped for good, systemd closes them.

The unix socket is not kept: its clients renew by themselves while nobody answers there.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

from unexpired.agent.readiness import notify

if TYPE_CHECKING:
    from collections.abc import Mapping

# sd_listen_fds(3): SD_LISTEN_FDS_START.
_FIRST = 3
# FileDescriptorStoreMax= of our unit; what is beyond is not kept.
MOST_KEPT = 512


class Handover:
    """What came from the last agent, and what is kept for the next. Does nothing where no manager asks for it.

    Args:
        environ: where the manager says what it is and what it gives.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._came = _came(environ)
        self._kept: set[str] = set()

    def take(self, name: str, port: int) -> socket.socket | None:
        """The last agent's listening socket of this name, if it is at this port of 127.0.0.1."""
        found = self._came.pop(name, None)
        if found is None:
            return None
        self._kept.add(name)
        if found.getsockname() == ("127.0.0.1", port):
            return found
        found.close()
        return None

    def keep(self, name: str, listening: socket.socket) -> None:
        """Let the next agent have this socket, in place of any other of that name."""
        if not self._environ.get("NOTIFY_SOCKET"):
            return
        self.forget(name)
        if len(self._kept) < MOST_KEPT and notify(
            "FDSTORE=1", f"FDNAME={name}", environ=self._environ, descriptors=(listening.fileno(),)
        ):
            self._kept.add(name)

    def forget(self, name: str) -> None:
        """Let the next agent not have it: nobody answers there any more."""
        if name in self._kept:
            self._kept.discard(name)
            notify("FDSTOREREMOVE=1", f"FDNAME={name}", environ=self._environ)

    def forget_rest(self) -> None:
        """Give up what came and was not taken: roles that are no longer served."""
        for name, left in self._came.items():
            left.close()
            self._kept.add(name)
            self.forget(name)
        self._came.clear()


def _came(environ: Mapping[str, str]) -> dict[str, socket.socket]:
    """Listening TCP sockets of ours by their names; all else that was passed on stays as it is."""
    try:
        count, pid = int(environ.get("LISTEN_FDS", "0")), int(environ.get("LISTEN_PID", "0"))
    except ValueError:
        return {}
    if pid != os.getpid():
        return {}
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    came: dict[str, socket.socket] = {}
    for descriptor, name in zip(range(_FIRST, _FIRST + count), names, strict=False):
        with contextlib.suppress(OSError):
            os.set_inheritable(descriptor, False)
            found = socket.socket(fileno=descriptor)
            if found.family != socket.AF_INET or not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.detach()
                continue
            found.setblocking(False)
            before = came.pop(name, None)
            if before is not None:
                before.close()
            came[name] = found
    return came
