"""The ways to reach a person: the desktop's own notices, and an address that a notice is posted to.

Text reaches a program as an argument or a variable, never as a part of a script: a profile's name is somebody's text.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unexpired.agent.config import Notify

_PROGRAM_SECONDS = 10.0
_ANSWER_SECONDS = 10.0
_WAITS_SECONDS = (1.0, 5.0, 0.0)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_OSASCRIPT = (
    *("-e", "on run argv", "-e", "display notification (item 2 of argv) with title (item 1 of argv)"),
    *("-e", "end run"),
)
# The toast of Windows' own PowerShell; version 7 cannot load these types.
_TOAST = """
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$x = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1)
$t = $x.GetElementsByTagName('text')
[void]$t.Item(0).AppendChild($x.CreateTextNode($Env:UNEXPIRED_TITLE))
[void]$t.Item(1).AppendChild($x.CreateTextNode($Env:UNEXPIRED_BODY))
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('unexpired').Show($x)
"""


def deliver(title: str, body: str, posted: Mapping[str, Any], settings: Notify, environ: Mapping[str, str]) -> str:
    """Try every way that the settings name; blocks for up to a minute.

    Returns:
        Why nobody was reached by a way that was to be used, or ``""``.
    """
    reasons = []
    if settings.desktop:
        reasons.append(_desktop(title, body, environ))
    if settings.webhook is not None:
        reasons.append(_webhook(settings.webhook, posted))
    return "; ".join(filter(None, reasons))


def desktop_command(title: str, body: str, environ: Mapping[str, str], platform: str) -> Sequence[str] | None:
    """The program that shows a notice here; None where there is no desktop, or no such program.

    Args:
        title: a few words.
        body: a sentence.
        environ: tells a desktop's session from a server's.
        platform: as ``sys.platform``.
    """
    if platform == "darwin":
        return ("/usr/bin/osascript", *_OSASCRIPT, title, body)
    if platform == "win32":
        return ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _TOAST)
    program = shutil.which("notify-send", path=environ.get("PATH"))
    if program is None or not environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return None
    return (program, "--app-name=unexpired", "--", title, body)


def _desktop(title: str, body: str, environ: Mapping[str, str]) -> str:
    command = desktop_command(title, body, environ, sys.platform)
    if command is None:
        return ""  # nobody sits here
    try:
        done = subprocess.run(
            command,
            env={**environ, "UNEXPIRED_TITLE": title, "UNEXPIRED_BODY": body},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the desktop's notice: {type(error).__name__}"
    return f"the desktop's notice: exit status {done.returncode}" if done.returncode else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever is posted to does not say where else it goes."""

    def redirect_request(self, *_args: Any, **_keywords: Any) -> None:
        """No request."""


def _webhook(address: str, posted: Mapping[str, Any]) -> str:
    """Post it, up to three times. The reason names no address: services put a token into it."""
    around_proxy = [urllib.request.ProxyHandler({})] if urlsplit(address).hostname in _LOOPBACK else []
    opener = urllib.request.build_opener(_NoRedirect, *around_proxy)
    request = urllib.request.Request(  # noqa: S310 - the configuration takes https, and http on this machine
        address, json.dumps(posted).encode(), {"Content-Type": "application/json", "User-Agent": "unexpired"}
    )
    reason = ""
    for wait in _WAITS_SECONDS:
        try:
            with opener.open(request, timeout=_ANSWER_SECONDS):
                return ""
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"the webhook answers {error.code}"
            if error.code < 500 and error.code != 429:  # noqa: PLR2004 - neither their fault nor Too Many Requests
                return reason
        except (OSError, ValueError) as error:
            reason = f"the webhook cannot be reached: {type(error).__name__}"
        time.sleep(wait)
    return reason
