"""An agent in the arena: in a process of its own, started as a user starts it, until the measurement is done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_SECONDS = 30.0


@dataclass(frozen=True)
class Running:
    """The agent's process, and its socket."""

    pid: int
    socket: Path

    def ask(self, target: str, method: str = "GET") -> Any:
        """What the agent answers at its socket, as JSON; any but a 200 is an error."""
        from unexpired.agent.views.status import ask

        status, content = ask(self.socket, method, target)
        if status != 200:
            raise RuntimeError(f"{method} {target}: {status} {content}")
        return content

    def status(self) -> dict[str, Any]:
        """Of each role, by its name."""
        found: dict[str, Any] = self.ask("/status")["roles"]
        return found

    def resident_mb(self) -> float:
        """Its memory, in millions of bytes."""
        done = subprocess.run(["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, check=True)
        return int(done.stdout) * 1024 / 1e6


@contextmanager
def agent(configuration: str, *, processor: int | None = None) -> Iterator[Running]:
    """Start one, for this process and those that it starts.

    Args:
        configuration: the text of ``unexpired.toml``.
        processor: the only one that it may run on, where the system can do that; None for any.
    """
    home = Path(os.environ["HOME"])
    (home / "unexpired.toml").write_text(configuration)
    os.environ["UNEXPIRED_AGENT_SOCKET"] = str(home / "agent.sock")
    command = [sys.executable, "-m", "unexpired", "agent", "run", "--config", str(home / "unexpired.toml")]
    with (home / "agent.log").open("w") as log, subprocess.Popen(command, stderr=log, stdout=log) as process:
        try:
            if processor is not None:
                pinned(process.pid, processor)
            _await_socket(process, home)
            yield Running(process.pid, home / "agent.sock")
        finally:
            process.terminate()


def pinned(pid: int, processor: int) -> None:
    """Let a process, this one if 0, run on one processor only, where there are several and the system can do that."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0))[processor]})


def _await_socket(process: subprocess.Popen[bytes], home: Path) -> None:
    until = time.monotonic() + _OPEN_SECONDS
    while not (home / "agent.sock").exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the agent did not start: {(home / 'agent.log').read_text()[-300:]}")
        time.sleep(0.02)
