"""The agent's log: one JSON object a line, in a file of mode 0600 that cannot grow without end.

No line holds a secret: what is written are our own words, names from the configuration, masked key ids and numbers. Of
a refused request neither the path nor a header is written down, since a client may have put its token anywhere.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import os
import queue
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from unexpired.agent.http.peer import process_of
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unexpired.agent.http.peer import Peer
    from unexpired.engine.events import RenewalDetails

_LARGEST_BYTES = 4 * 1024 * 1024
_KEPT_FILES = 2
# Refusals of one user for one reason that are written down in a minute; the next line says how many were not.
_MOST_DENIALS_A_MINUTE = 30
_MINUTE_SECONDS = 60.0
# Lines that wait for a slow disk or a paused terminal; more are lost.
_MOST_WAITING = 10_000
_CLOSE_SECONDS = 1.0
# How often a follower looks.
_LOOK_SECONDS = 0.25

log = logging.getLogger("unexpired.agent")


class _AsJson(logging.Formatter):
    """``{"at", "level", "event", …}``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": timestamp(moment(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__  # its text may quote what nobody has checked
        return json.dumps(line, ensure_ascii=False)


def _told_once(record: logging.LogRecord) -> bool:
    """Every refresher writes its events too (``engine.events.log_event``), without its role's name."""
    return record.funcName != "log_event"


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log file of mode 0600. A full disk loses lines, and nothing else."""

    def _open(self) -> Any:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name and signature
        """Nothing: stderr may be the same full disk."""


class _Later(logging.handlers.QueueHandler):
    """Hands lines to a thread that writes them: a paused terminal or a hanging disk must not hold a door up."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name and signature
        """The queue is full: the line is lost."""


class _Sought(NamedTuple):
    """A process that is looked for when its line is written, on the writing thread: that takes milliseconds."""

    inode: int


class Journal:
    """Writes the log, to a file and, in the foreground, to stderr; on a thread of its own.

    Args:
        path: the file; None for stderr alone.
        clock: injected by tests.
    """

    def __init__(self, path: Path | None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
        if path is not None:
            with contextlib.suppress(OSError):
                self._handlers.append(_PrivateFile(path, maxBytes=_LARGEST_BYTES, backupCount=_KEPT_FILES, delay=False))
        for handler in self._handlers:
            handler.setFormatter(_AsJson())
        self._queue: queue.Queue[logging.LogRecord | None] = queue.Queue(_MOST_WAITING)
        self._later = _Later(self._queue)
        self._later.addFilter(_told_once)
        self._writer = threading.Thread(target=self._write, name="unexpired-log", daemon=True)
        self._writer.start()
        root = logging.getLogger("unexpired")
        root.setLevel(logging.INFO)
        root.propagate = False
        root.addHandler(self._later)
        self._denials: dict[tuple[int | None, str], tuple[float, int]] = {}

    def close(self) -> None:
        """Write what there is, if that takes no longer than a second, and no more."""
        logging.getLogger("unexpired").removeHandler(self._later)
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)
        self._writer.join(_CLOSE_SECONDS)
        if not self._writer.is_alive():
            for handler in self._handlers:
                handler.close()

    def flush(self) -> None:
        """Wait until all that was said is written."""
        self._queue.join()

    def say(self, event: str, *, level: int = logging.INFO, **fields: Any) -> None:
        """One line."""
        log.log(level, event, extra={"fields": fields})

    def _write(self) -> None:
        while (record := self._queue.get()) is not None:
            fields = getattr(record, "fields", {})
            if isinstance(fields.get("pid"), _Sought):
                fields["pid"] = process_of(fields["pid"].inode)
            for handler in self._handlers:
                handler.handle(record)
            self._queue.task_done()

    def denied(self, door: str, code: str, peer: Peer, role: str | None) -> None:
        """Somebody was turned away: who, where, and why.

        Args:
            door: its name.
            code: the refusal's.
            peer: who asked.
            role: what was asked for, where it is a role that exists.
        """
        now = self._clock.monotonic()
        since, count = self._denials.get((peer.uid, code), (now, 0))
        if now - since >= _MINUTE_SECONDS:
            since, more = now, max(count - _MOST_DENIALS_A_MINUTE, 0)
            count = 0
        else:
            more = 0
        self._denials[peer.uid, code] = (since, count + 1)
        if count >= _MOST_DENIALS_A_MINUTE:
            return
        fields: dict[str, Any] = {"door": door, "code": code, "uid": peer.uid, "pid": peer.pid, "address": peer.address}
        if peer.pid is None and peer.inode:
            fields["pid"] = _Sought(peer.inode)
        if role is not None:
            fields["role"] = role
        if more:
            fields["not_shown"] = more
        self.say("denied", level=logging.WARNING, **fields)

    def renewal(self, role: str, details: RenewalDetails) -> None:
        """A refresher's event, under its role's name."""
        level = logging.INFO if details.kind == "renewed" else logging.WARNING
        fields: dict[str, Any] = {
            "role": role,
            "source": details.source,
            "access_key_id": details.access_key_id,
            "caused_by": details.caused_by,
            "expires_at": timestamp(details.expires_at) if details.expires_at else None,
        }
        if details.kind == "renewed":
            fields["took_seconds"] = round(details.took_seconds, 3)
            fields["shared"] = details.shared
        if details.error is not None:
            fields["error"] = str(details.error)
            fields["cause"] = details.error.cause
            fields["attempt"] = details.attempt
        self.say(details.kind, level=level, **fields)


def followed(path: Path, *, lines: int, follow: bool) -> Iterator[str]:
    """The last lines of a log, and what is added to it until the reader leaves.

    Raises:
        ConfigurationError: there is no log.
    """
    try:
        file: TextIO = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(
            f"There is no log at {path}", why=error.strerror or str(error), next_steps="unexpired agent run"
        ) from error
    try:
        yield from (line.rstrip("\n") for line in deque(file, lines))
        while follow:
            begun = _begun_anew(path, file)  # first: what is written until then stands in the old one
            yield from (line.rstrip("\n") for line in file)
            if begun is None:
                time.sleep(_LOOK_SECONDS)
            else:
                file.close()
                file = begun
    finally:
        file.close()


def _begun_anew(path: Path, file: TextIO) -> TextIO | None:
    """The log that was begun when this one was full, or None."""
    with contextlib.suppress(OSError):
        if path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            return path.open(encoding="utf-8", errors="replace")
    return None
