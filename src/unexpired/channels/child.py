r"""Starts a command and gets out of its way: its descriptors, signals, terminal and exit status are its own.

- *Descriptors*: everything inherited is passed on (``<(…)``, make's job server, systemd's sockets); ours are closed on
  exec, as Python opens them.
- *Process group*: the same as ours, so that a shell's job control and a terminal's keys reach the child directly.
- *Ctrl-C, Ctrl-\\*: the terminal sends them to the whole group. We outlive them, and pass them on only when no terminal
  can have sent them to the child already (we are not in a terminal's foreground).
- *Ctrl-Z*: the child decides. When it stops, we stop, so that the shell takes the terminal back; ``fg`` continues both.
- *SIGTERM* and others that are sent to one process are passed on. Under a supervisor that signals every process of a
  service (systemd's ``KillMode=control-group``) the child gets them twice.
- A signal that was ignored when we started (``nohup``) stays ignored, in the child too.
- *Exit status*: the child's, or 128 + n when signal n ended it, as a shell says it.

If we are killed with SIGKILL, the child lives on with what its door gave it last. On Windows a console sends Ctrl-C and
Ctrl-Break to every process attached to it, and there is nothing else to pass on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT")
_FROM_THE_TERMINAL = ("SIGINT", "SIGQUIT")
_OUTLIVED = ("SIGTSTP", "SIGBREAK")  # the latter is Windows'


class CommandNotFound(ConfigurationError):
    """There is no such program."""

    exit_code = 127


class CommandNotExecutable(ConfigurationError):
    """There is one, and the system will not start it."""

    exit_code = 126


def located(command: str, environment: Mapping[str, str]) -> str:
    """The program that a command's first word means; to be asked before anything is spent on the rest.

    Args:
        command: a name to look for in ``PATH``, or a path.
        environment: the child's, whose ``PATH`` (and ``PATHEXT``) counts.

    Raises:
        CommandNotFound, CommandNotExecutable: exit status 127 and 126, as POSIX shells have it.
    """
    found = shutil.which(command, path=environment.get("PATH", os.defpath))
    if found is not None:
        return found
    if _is_there(command):
        raise _not_executable(command, "it is a directory" if Path(command).is_dir() else "Permission denied")
    raise _not_found(command)


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a command, wait for its end, and return its exit status. Call it on the main thread.

    Args:
        command: the program and its arguments.
        environment: all of the child's.

    Raises:
        CommandNotFound, CommandNotExecutable: it could not be started.
    """
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif child.returncode is None:
            _send(child.pid, number)

    with _handling(pass_on):
        child = _started(command, environment)
        for number in early:
            _send(child.pid, number)
        return _wait(child)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # Popen on Windows finds only .exe by itself; aws.cmd is as good.
    program = located(command[0], environment) if sys.platform == "win32" else None
    try:
        return subprocess.Popen(list(command), executable=program, env=dict(environment), close_fds=False)
    except FileNotFoundError as error:
        if _is_there(command[0]):
            raise _not_found(command[0], "the interpreter that its first line names does not exist") from error
        raise _not_found(command[0]) from error
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.ENOEXEC:
            why = "it is neither a program of this system nor a script with a #! line"
        raise _not_executable(command[0], why) from error


@contextlib.contextmanager
def _handling(pass_on: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handlers, not SIG_IGN: the former are reset when the child's program starts, the latter would be inherited."""

    def unless_the_terminal_did(number: int, frame: FrameType | None) -> None:
        if not _in_foreground():
            pass_on(number, frame)

    handlers: dict[str, Callable[[int, FrameType | None], None]] = {
        **dict.fromkeys(_PASSED_ON, pass_on),
        **dict.fromkeys(_FROM_THE_TERMINAL, unless_the_terminal_did),
        **dict.fromkeys(_OUTLIVED, lambda _number, _frame: None),
    }
    before = {}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _in_foreground() -> bool:
    """Whether a terminal's keys go to our process group."""
    if sys.platform == "win32":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _wait(child: subprocess.Popen[bytes]) -> int:
    if sys.platform == "win32":
        return child.wait()
    with _woken_by_signals() as woken:
        while True:
            pid, status = os.waitpid(child.pid, os.WUNTRACED | os.WNOHANG)
            if pid == 0:
                woken()
            elif not os.WIFSTOPPED(status):
                child.returncode = os.waitstatus_to_exitcode(status)  # or Popen would look for the child once more
                return child.returncode if child.returncode >= 0 else 128 - child.returncode
            # Of the other stops the kernel has told us itself (SIGTTIN, SIGTTOU), or somebody meant the child alone.
            elif os.WSTOPSIG(status) == signal.SIGTSTP:
                _stop_as_well()


@contextlib.contextmanager
def _woken_by_signals() -> Iterator[Callable[[], None]]:
    """A wait for the next signal, SIGCHLD among them, that misses none.

    Python runs a handler between two of its own steps, so that a signal which comes just before a blocking ``waitpid``
    would be passed on only after the child's end. A byte in a pipe (`signal.set_wakeup_fd`) stays until it is read.
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    fd_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    child_before = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def wait() -> None:
        select.select([reading], [], [])
        with contextlib.suppress(BlockingIOError):
            os.read(reading, 4096)

    try:
        yield wait
    finally:
        signal.signal(signal.SIGCHLD, child_before)
        signal.set_wakeup_fd(fd_before)
        os.close(reading)
        os.close(writing)


def _stop_as_well() -> None:
    """Stop as Ctrl-Z does. The kernel leaves out a group that no shell could continue."""
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)


def _is_there(command: str) -> bool:
    """Whether a command that is a path, and so is not looked for in PATH, exists."""
    return os.path.dirname(command) != "" and Path(command).exists()  # noqa: PTH120 - "./x" is not "x" here


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):  # it has just ended
        os.kill(pid, number)


def _not_found(command: str, why: str | None = None) -> CommandNotFound:
    if why is None:
        why = "there is no such file" if os.path.dirname(command) else "there is no such file in PATH"  # noqa: PTH120 - as above
    return CommandNotFound(
        f"{command} cannot be started", why=why, next_steps="check the spelling, or give the whole path"
    )


def _not_executable(command: str, why: str) -> CommandNotExecutable:
    step = "name its interpreter (sh, python …) before it, or make it executable with chmod +x"
    return CommandNotExecutable(f"{command} cannot be started", why=why, next_steps=step)
