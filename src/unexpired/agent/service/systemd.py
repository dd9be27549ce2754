"""A user service of systemd, closed as far as an agent can be: systemd.exec(5), systemd.service(5).

Of what ``systemd-analyze security`` counts, these stay open, with reasons: the network and unix sockets (its purpose),
netlink (whose a loopback connection is: ``agent/http/peer.py``), the home (read-only: where the AWS files are), and
what only the system's own manager can take away (the capability bounding set).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.agent.http.handover import MOST_KEPT
from unexpired.agent.service.wanted import MARK, Service

if TYPE_CHECKING:
    from unexpired.agent.service.wanted import Wanted

UNIT = "unexpired-agent.service"

_UNIT = """\
# {mark}; `unexpired agent uninstall` removes it.
# Changes belong into a drop-in: systemctl --user edit {unit}

[Unit]
Description=unexpired: keeps AWS credentials fresh for every program here
# However often it falls: those who need it need it then as well.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
{environment}
# 2: the configuration is wrong, and will be so again.
Restart=on-failure
RestartPreventExitStatus=2
# Clients wait for the next agent at ports that stay open; some wait for a second only.
FileDescriptorStoreMax={most}
RestartSec=500ms
WatchdogSec=60
TimeoutStopSec=15

RuntimeDirectory=unexpired
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=restart
UMask=0077
LimitCORE=0

NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

{namespaces}
[Install]
WantedBy=default.target
"""

_CLOSED = """\
# A user's manager does these in a user namespace, in which every other user is "nobody".
PrivateUsers=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writes}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
"""
_OPEN = """\
# Other users may ask (allow_uids). A private view of the file system would need a user namespace, in which they could
# not be told apart; so it has none.
"""


def service(wanted: Wanted) -> Service:
    """The unit, and how it is started and stopped."""
    writes = " ".join(f"-{_quoted(str(path))}" for path in wanted.writes)
    environment = "\n".join(f"Environment={_quoted(f'{name}={value}')}" for name, value in wanted.environment.items())
    content = _UNIT.format(
        mark=MARK,
        most=MOST_KEPT,
        unit=UNIT,
        command=" ".join(_quoted(word).replace("$", "$$") for word in wanted.command),
        environment=environment,
        namespaces=_OPEN if wanted.foreign_uids else _CLOSED.format(writes=writes),
    )
    folder = Path(wanted.environment.get("XDG_CONFIG_HOME", wanted.home / ".config"))
    ctl = ("systemctl", "--user")
    return Service(
        folder / "systemd" / "user" / UNIT,
        content.encode(),
        start=((*ctl, "daemon-reload"), (*ctl, "enable", UNIT), (*ctl, "restart", UNIT)),
        stop=((*ctl, "disable", "--now", UNIT),),
        forget=((*ctl, "daemon-reload"),),
        hint="It ends when you log out. To have it run from boot to shutdown: loginctl enable-linger",
    )


def _quoted(word: str) -> str:
    """A word of a unit file: systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers"."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if escaped != word or any(letter in word for letter in " '\t;") else word
