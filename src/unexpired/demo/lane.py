"""One lane: a real process that runs the job, what it has printed so far, and its end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Literal

from unexpired.engine.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

LaneName = Literal["naive", "exec", "unexpired"]

# How long a lane may take to end after it was told to, in seconds, before it is killed.
_PATIENCE_SECONDS = 3.0
# The class in front of a traceback's last line says nothing that the rest does not.
_EXCEPTION_CLASS = re.compile(r"^[\w.]+(?:Error|Exception|Refused|Unavailable|Needed): ")


class Lane:
    """A job's process, followed by two threads that read what it prints. Ends with everything that it started.

    Attributes:
        name: its key in ``--json``.
        title: how the screen calls it.
        session_name: the ``RoleSessionName`` by which the sandbox's records are told apart.
        job_comes_first: the job itself asks for its first session; otherwise it is started once there is one.
        started_at: seconds since the epoch when its process was started; None before.
        ended_at: seconds since the epoch when its process stopped printing; None while it runs.
        slowest_ms: how long the slowest upload took, without the first: that one opens the connection and waits for the
            first session, as any program must.
    """

    def __init__(
        self,
        name: LaneName,
        title: str,
        session_name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        job_comes_first: bool = False,
    ) -> None:
        self.name: LaneName = name
        self.title = title
        self.session_name = session_name
        self.job_comes_first = job_comes_first
        self.started_at: float | None = None
        self.slowest_ms = 0.0
        self.ended_at: float | None = None
        self._command = list(command)
        self._environment = dict(environment)
        self._last_line = ""
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []

    def start(self) -> None:
        """Start the process, in a group of its own: a terminal's Ctrl-C reaches us, and we end it."""
        self.started_at = SYSTEM_CLOCK.wall()
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        for stream, read in ((self._process.stdout, self._follow), (self._process.stderr, self._listen)):
            reader = threading.Thread(target=read, args=(stream,), name=f"demo-{self.name}", daemon=True)
            reader.start()
            self._readers.append(reader)

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs, or while what it printed has not been read to the end."""
        if self._process is None or any(reader.is_alive() for reader in self._readers):
            return None
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last line that it wrote to stderr, without the exception's class; empty when it wrote none."""
        return _EXCEPTION_CLASS.sub("", self._last_line)

    def ask_to_end(self) -> None:
        """Tell the process and whatever it started to end, without waiting for it."""
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Wait until everything has ended, with force when it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # The group may outlive its leader; nobody in it has anything to finish any more.
            self._signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            self._process.wait()
        for reader in self._readers:
            reader.join(_PATIENCE_SECONDS)

    def _signal(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.terminate()
            else:
                os.killpg(process.pid, number)

    def _follow(self, stream: IO[str]) -> None:
        for line in stream:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                upload = json.loads(line)
                if upload["uploaded"] > 1:
                    self.slowest_ms = max(self.slowest_ms, float(upload["took_ms"]))
        self.ended_at = SYSTEM_CLOCK.wall()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            if line.strip():
                self._last_line = line.strip()
