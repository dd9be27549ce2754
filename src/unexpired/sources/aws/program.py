"""Running somebody's program for its output: bounded in time and size, and never holding the terminal's input."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.engine.errors import ConfigurationError, SourceUnavailable
from unexpired.sources.aws.redaction import shown

if TYPE_CHECKING:
    from typing import IO

# Below the two minutes that the engine lets a caller wait. A program that opens a browser has as long as a person
# typically takes; one that hangs is told apart from it by this alone.
PROGRAM_SECONDS = 100.0
# Credentials are 2 kB of JSON. More than this is a log, or a device.
_LARGEST_OUTPUT = 1_000_000
_CHUNK = 65_536
_LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Output:
    """What a program said.

    Attributes:
        stdout: all of it; may hold secrets.
        stderr: its last part; may hold secrets.
        status: its exit status; negative when a signal ended it.
    """

    stdout: bytes
    stderr: bytes
    status: int

    def __repr__(self) -> str:
        return f"<Output of {len(self.stdout)} bytes, status {self.status}>"


def arguments_of(command: str, *, what: str) -> list[str]:
    """A command line split as botocore splits a ``credential_process``: as a shell does, without being one.

    Raises:
        ConfigurationError: it is blank, or a quotation in it does not end.
    """
    from botocore.compat import compat_shell_split

    try:
        arguments: list[str] = compat_shell_split(command)
    except ValueError as error:
        raise ConfigurationError(f"The {what} cannot be split into words", why=str(error)) from None
    if not arguments:
        raise ConfigurationError(f"The {what} is blank", next_steps="name a program, or remove the setting")
    return arguments


def run(arguments: list[str], *, what: str, link: str, interactive: bool, seconds: float = PROGRAM_SECONDS) -> Output:
    """Run a program to its end.

    It may ask a person by itself (``/dev/tty``, a browser), but gets this process's standard input only where somebody
    is there: in the background that belongs to the job that we keep alive.

    Args:
        arguments: the program and what it is given.
        what: how messages call it (``credential_process of 'etl'``).
        link: the source, for the errors.
        interactive: whether a person is at the terminal.
        seconds: after which it is killed.

    Raises:
        ConfigurationError: it cannot be started.
        SourceUnavailable: it took too long, or said too much.
    """
    try:
        process = subprocess.Popen(
            arguments,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigurationError(
            f"The {what} cannot be started",
            why=f"{arguments[0]}: {reason}",
            next_steps=f"see whether it is there: command -v {os.path.basename(arguments[0])}",  # noqa: PTH119 - a name
            cause="config-invalid",
            link=link,
        ) from error
    try:
        return _collected(process, what, link, seconds)
    finally:
        # Whatever it left running keeps the pipes, not us.
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _collected(process: subprocess.Popen[bytes], what: str, link: str, seconds: float) -> Output:
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - both are pipes
    stdout, stderr = _Reader(process.stdout, stop_at=_LARGEST_OUTPUT), _Reader(process.stderr, stop_at=None)
    ends_at = time.monotonic() + seconds
    status = None
    while status is None and not stdout.too_much and time.monotonic() < ends_at:
        # The program's own end counts: something that it left running may hold the pipes for long after.
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(_LOOK_EVERY_SECONDS)
    if stdout.too_much:
        raise SourceUnavailable(
            f"The {what} printed more than {_LARGEST_OUTPUT:,} bytes",
            why="credentials are two thousand; it may print its log to standard output",
            next_steps="let it print the JSON of credential_process and nothing else",
            cause="process-without-expiration",
            link=link,
        )
    if status is None:
        process.kill()
        stderr.join(1.0)
        said = shown(stderr.text.decode(errors="replace"))
        raise SourceUnavailable(
            f"The {what} was stopped: it had not finished after {seconds:.0f} s",
            why=f"it last said: {said}" if said else "it said nothing; it may wait for an answer that nobody can give",
            next_steps=f"run it by hand: {shown(' '.join(process.args))}",  # type: ignore[arg-type]
            cause="process-without-expiration",
            link=link,
        )
    stdout.join(1.0)
    stderr.join(1.0)
    return Output(stdout.text, stderr.text, status)


class _Reader(threading.Thread):
    """Reads a pipe to its end, so that the program never waits for us; keeps a bounded part of it."""

    def __init__(self, stream: IO[bytes], *, stop_at: int | None) -> None:
        super().__init__(name="unexpired-program-output", daemon=True)
        self._stream = stream
        self._stop_at = stop_at
        self.text = b""
        self.too_much = False
        self.start()

    def run(self) -> None:
        """Until the pipe ends, or holds more than anybody wants."""
        with contextlib.suppress(OSError, ValueError):  # closed under us: the program was given up on
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                self.text += chunk
                if self._stop_at is not None and len(self.text) > self._stop_at:
                    self.too_much = True
                    return
                if self._stop_at is None:
                    self.text = self.text[-_CHUNK:]
