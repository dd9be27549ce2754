"""What a service manager is told: that the agent is ready, that it lives, and that it stops.

systemd's protocol, sd_notify(3): lines of ``NAME=value`` in a datagram to the socket that ``NOTIFY_SOCKET`` names.
Everything here does nothing where no manager asks for it. Safe from any thread.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def notify(*lines: str, environ: Mapping[str, str] = os.environ, descriptors: Sequence[int] = ()) -> bool:
    """Tell the service manager; False where there is none, or it does not listen.

    Args:
        lines: ``READY=1``, ``STATUS=12 roles``: without line breaks.
        environ: where ``NOTIFY_SOCKET`` is looked for.
        descriptors: given along, as sd_pid_notify_with_fds(3) has it.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"} or not hasattr(socket, "AF_UNIX"):
        return False
    # An "@" stands for the zero byte with which an address of Linux's abstract namespace begins.
    where = "\0" + address[1:] if address[0] == "@" else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)) as channel:
            channel.connect(where)
            socket.send_fds(channel, ["\n".join(lines).encode()], descriptors)
    except OSError:
        return False
    return True


def ready(status: str) -> bool:
    """It serves. ``status`` is a line for ``systemctl status``."""
    return notify("READY=1", f"STATUS={status}")


def reloading() -> bool:
    """It reads its configuration again; :func:`ready` has to follow.

    systemd compares the time with the one at which it asked (``Type=notify-reload``), on CLOCK_MONOTONIC.
    """
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> bool:
    """It has begun to stop."""
    return notify("STOPPING=1")


def alive() -> bool:
    """It is not stuck. To be called at least every :func:`watchdog_seconds`, from where being stuck would show."""
    return notify("WATCHDOG=1")


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """How often :func:`alive` is to be called: half of what the manager waits, as sd_watchdog_enabled(3) advises.

    None where nobody waits, or where another process is meant.
    """
    try:
        waited = int(environ.get("WATCHDOG_USEC", "0")) / 1_000_000
        pid = int(environ.get("WATCHDOG_PID") or os.getpid())
    except ValueError:
        return None
    return waited / 2 if waited > 0 and pid == os.getpid() else None
