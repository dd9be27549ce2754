"""Looks into running processes: what credentials they were started with. Reads ``/proc``, or asks psutil elsewhere.

Only processes of the same user can be looked into. Of a command line no more is kept than the program and its script:
arguments hold passwords.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.causes._evidence import ProcessView
from unexpired.doctor.environment import environ_of, read_environment
from unexpired.doctor.paths import read_file
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 2**20
_MARK = b"AWS_ACCESS_KEY_ID="


@dataclass(frozen=True, slots=True, repr=False)
class Running:
    """A process to examine in the place of this one. Holds its raw environment.

    Attributes:
        directory: where it is, or None where nobody says.
    """

    view: ProcessView
    environ: dict[str, str]
    directory: str | None


def look_into(pid: int, root: str = "/") -> Running:
    """The process of that number.

    Raises:
        ConfigurationError: there is none, or it belongs to somebody else.
    """
    proc = Path(root, "proc", str(pid))
    if Path(root, "proc/self").exists() or root != "/":
        if not proc.is_dir():
            raise ConfigurationError(f"There is no process {pid}", next_steps="see: ps -e")
        content = read_file(str(proc / "environ"), _MOST_BYTES)
        if content.state != "read":
            raise ConfigurationError(
                f"The environment of process {pid} cannot be read",
                why=content.why,
                next_steps=f"run it as the user of that process: sudo unexpired doctor --pid {pid}",
            )
        environ = environ_of(content.data)
        return Running(_view(pid, proc, environ, root), environ, _directory(proc))
    return _ask_psutil(pid)


def holders(root: str = "/") -> tuple[ProcessView, ...]:
    """Every other process of this user that was started with an access key in its environment."""
    return tuple(_holders(root))


def _holders(root: str) -> Iterator[ProcessView]:
    try:
        numbers = sorted(int(name) for name in os.listdir(Path(root, "proc")) if name.isdigit())  # noqa: PTH208
    except OSError:
        return
    for pid in numbers:
        proc = Path(root, "proc", str(pid))
        if pid == os.getpid():
            continue
        content = read_file(str(proc / "environ"), _MOST_BYTES)
        if _MARK in content.data:
            view = _view(pid, proc, environ_of(content.data), root)
            if view.keys is not None:
                yield view


def _view(pid: int, proc: Path, environ: dict[str, str], root: str) -> ProcessView:
    words = [os.fsdecode(word) for word in read_file(str(proc / "cmdline"), _MOST_BYTES).data.split(b"\0") if word]
    keys = read_environment(environ, f"process {pid}").keys
    return ProcessView(pid, command_of(words), _started_at(proc, root), keys)


def command_of(words: list[str]) -> str:
    """The program, and the script that it runs; without arguments."""
    shown = [os.path.basename(word) for word in words[:1]]  # noqa: PTH119 - a string in, a string out
    if len(words) > 1 and not words[1].startswith("-") and "." in os.path.basename(words[1]):  # noqa: PTH119
        shown.append(os.path.basename(words[1]))  # noqa: PTH119
    return " ".join(shown) or "a process without a name"


def _started_at(proc: Path, root: str) -> datetime | None:
    """proc(5): field 22 of ``stat`` counts clock ticks since the machine started, ``btime`` says when that was."""
    fields = read_file(str(proc / "stat"), _MOST_BYTES).data.rpartition(b")")[2].split()
    boot = read_file(str(Path(root, "proc/stat")), _MOST_BYTES).data.partition(b"btime ")[2].split()
    try:
        seconds = int(boot[0]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (IndexError, ValueError, AttributeError):
        return None
    return datetime.fromtimestamp(seconds, timezone.utc)


def _directory(proc: Path) -> str | None:
    try:
        return os.readlink(proc / "cwd")  # noqa: PTH115 - a string, whether or not it is still there
    except OSError:
        return None


def _ask_psutil(pid: int) -> Running:
    try:
        import psutil  # type: ignore[import-untyped]  # optional, and its stubs are no dependency of ours
    except ImportError:
        raise ConfigurationError(
            "This system shows other processes only through psutil, which is not installed",
            next_steps="pip install psutil",
        ) from None
    try:
        process = psutil.Process(pid)
        environ, words = process.environ(), process.cmdline()
        started_at = datetime.fromtimestamp(process.create_time(), timezone.utc)
        directory = process.cwd()
    except psutil.Error as error:
        raise ConfigurationError(f"Process {pid} cannot be looked into", why=type(error).__name__) from None
    keys = read_environment(environ, f"process {pid}").keys
    return Running(ProcessView(pid, command_of(words), started_at, keys), environ, directory)
