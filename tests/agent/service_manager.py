"""A service manager as small as can be: it is told of a service's state, and holds its sockets (systemd's protocol)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

# As a manager starts a service: descriptors from 3 on, and who they are for.
STARTED = """
import fcntl, os, sys
count = int(sys.argv[1])
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[2 : 2 + count]]
for place, number in enumerate(high, start=3):
    os.dup2(number, place, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
os.execv(sys.argv[2 + count], sys.argv[2 + count :])
"""


class Manager:
    """A file descriptor store."""

    def __init__(self, folder):
        self.path = str(folder / "manager")
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard.bind(self.path)
        self.heard.settimeout(30)
        self.kept = {}

    def listen(self, until):
        """Do what the service asks for, until it says a line."""
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.heard, 4096, 10)
            lines = message.decode().split("\n")
            said = dict(line.split("=", 1) for line in lines)
            if "FDSTORE" in said:
                self.kept[said["FDNAME"]] = descriptors[0]
            if "FDSTOREREMOVE" in said:
                os.close(self.kept.pop(said["FDNAME"]))
            if until in lines:
                return

    def started(self, command, environment, **options):
        """The service with what is kept for it."""
        before = [sys.executable, "-c", STARTED, str(len(self.kept)), *map(str, self.kept.values())]
        told = {**environment, "NOTIFY_SOCKET": self.path, "LISTEN_FDNAMES": ":".join(self.kept)}
        return subprocess.Popen([*before, *command], env=told, pass_fds=self.kept.values(), **options)

    def close(self):
        self.heard.close()
        for descriptor in self.kept.values():
            os.close(descriptor)
