"""A user agent of launchd: launchd.plist(5), launchctl(1)."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING

from unexpired.agent.service.wanted import MARK, Service

if TYPE_CHECKING:
    from unexpired.agent.service.wanted import Wanted

LABEL = "unexpired.agent"

_UMASK = 0o077


def service(wanted: Wanted) -> Service:
    """The property list, and how it is started and stopped."""
    path = wanted.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    content = plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(wanted.command),
            "EnvironmentVariables": {**wanted.environment},
            "RunAtLoad": True,
            # Again after a crash, not after `unexpired agent stop`.
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10,
            "ProcessType": "Background",
            "Umask": _UMASK,
            "HardResourceLimits": {"Core": 0},
            # The agent writes its own log, which does not grow without end.
            "StandardOutPath": "/dev/null",
            "StandardErrorPath": "/dev/null",
        },
        sort_keys=False,
    )
    comment = f"<!-- {MARK}; `unexpired agent uninstall` removes it. -->\n<plist".encode()
    domain = f"gui/{wanted.uid}"
    return Service(
        path,
        content.replace(b"<plist", comment, 1),
        start=(("launchctl", "bootstrap", domain, str(path)),),
        stop=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
    )
