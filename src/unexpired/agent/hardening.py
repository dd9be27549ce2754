"""What keeps secrets in this process: done once, before the first session is fetched.

- No core dump is written, and no other process of the same user may attach or read the memory
  (``RLIMIT_CORE``, setrlimit(2); ``PR_SET_DUMPABLE``, prctl(2), Linux; root still may).
- Files are made for their owner alone (umask).
- Freed memory is overwritten by the C library (glibc's ``M_PERTURB``, mallopt(3)): rendered answers and tokens are
  larger than the 512 bytes up to which Python keeps blocks for itself. Short strings (secret keys) are not wiped but
  reused, nor is anything that the system has paged out: Python cannot do that, and ``docs/security.md`` says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_PR_SET_DUMPABLE = 4
_M_PERTURB = -6
_PERTURBATION = 0xA5
# A descriptor each: clients that keep their connections, and the files and sockets of renewals.
_SPARE_DESCRIPTORS = 128
_MOST_CONNECTIONS = 4096


def harden() -> list[str]:
    """Do all of it; what could not be done, for the log. Windows has none of this."""
    if sys.platform == "win32":
        return ["this system lets a process of the same user read another's memory"]
    import resource

    undone = []
    os.umask(0o077)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        undone.append("core dumps cannot be turned off")
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            undone.append("processes of the same user can attach")
        with contextlib.suppress(AttributeError):  # musl has no mallopt
            libc.mallopt(_M_PERTURB, _PERTURBATION)
    return undone


def most_connections() -> int:
    """How many connections this process may hold; raises the limit on descriptors as far as it may."""
    if sys.platform == "win32":
        return 512
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    room = wanted if soft == resource.RLIM_INFINITY else soft
    return max(min(room - _SPARE_DESCRIPTORS, _MOST_CONNECTIONS), 16)
