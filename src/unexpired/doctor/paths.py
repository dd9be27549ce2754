"""Finds files as botocore does, for an environment that need not be this process's, and reads them without hanging.

A FIFO, a socket or a directory where a file should be is never opened: botocore passes it over in silence, a reader
that opened it could wait for ever.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.causes._files import FileState

# Nobody's configuration is that large; somebody's /dev/zero behind a symbolic link is.
LARGEST_BYTES = 64 * 2**20

_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^}]*)\})", re.ASCII)


class Paths:
    """``~`` and ``$NAME`` for one environment.

    Args:
        environ: whose ``HOME`` (on Windows ``USERPROFILE``) counts.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.home = self._home()

    def _home(self) -> str:
        name = "USERPROFILE" if os.name == "nt" else "HOME"
        if name in self._environ:
            return self._environ[name].rstrip("/") or "/"
        if os.name == "nt":  # as ntpath.expanduser: a drive without a path is not enough
            path = self._environ.get("HOMEPATH")
            return self._environ.get("HOMEDRIVE", "") + path if path else "~"
        try:
            import pwd

            return pwd.getpwuid(os.getuid()).pw_dir.rstrip("/") or "/"
        except (ImportError, KeyError):
            return "~"  # a user without a name: botocore then looks into a directory called "~"

    def expand(self, path: str) -> str:
        """What botocore opens for a path: ``expandvars``, then ``expanduser``."""
        path = _VARIABLE.sub(lambda match: self._environ.get(match[1] or match[2], match[0]), path)
        if path == "~" or path.startswith(("~/", "~" + os.sep)):
            return (self.home if self.home != "/" else "") + path[1:] or "/"
        return str(Path(path).expanduser()) if path.startswith("~") and _known_user(path) else path

    def show(self, path: str) -> str:
        """A path as a person writes it: relative to the home directory, where it is inside."""
        if self.home not in {"", "/", "~"} and path.startswith((self.home + "/", self.home + os.sep)):
            return "~/" + path[len(self.home) + 1 :].replace(os.sep, "/")
        return path


def _known_user(path: str) -> bool:
    try:
        Path(path).expanduser()
    except RuntimeError:
        return False
    return True


@dataclass(frozen=True, slots=True, repr=False)
class FileContent:
    """What came of reading a file. Holds its text: only for whoever seals it at once.

    Attributes:
        state: *read*, *absent*, *unreadable* or *not-a-file*.
        why: the system's words, or what is there instead of a file.
        mode: the permission bits.
    """

    state: FileState
    data: bytes = b""
    why: str = ""
    changed_at: datetime | None = None
    mode: int = 0


def read_file(path: str, largest: int = LARGEST_BYTES) -> FileContent:
    """Read a regular file, at most so many bytes. Never raises, never waits."""
    try:
        status = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return FileContent("absent")  # ValueError: a NUL in the path, which no file has
    except OSError as error:
        return FileContent("unreadable", why=_reason(error))
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISCHR(status.st_mode):
            return FileContent("absent")  # /dev/null: a common way to say "none"
        return FileContent("not-a-file", why=_kind(status.st_mode))
    try:
        with Path(path).open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        return FileContent("unreadable", why=_reason(error))
    changed_at = datetime.fromtimestamp(status.st_mtime, timezone.utc)
    return FileContent("read", data, "", changed_at, stat.S_IMODE(status.st_mode))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
