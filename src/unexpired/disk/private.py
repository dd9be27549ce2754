"""Files that only their owner may read: how one is read without trusting the directory, and replaced in one step."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from typing import TYPE_CHECKING

from unexpired.engine.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

# An STS session token is about 1 kB, 4 kB at the most (STS API Reference: "do not assume a maximum size").
_LARGEST_BYTES = 65_536
_OWNER_ONLY = 0o077
# On Windows a file that somebody has open cannot be replaced; readers are done in microseconds.
_REPLACE_ATTEMPTS = 20
_REPLACE_PAUSE_SECONDS = 0.01

_POSIX = os.name == "posix"
_READ_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
) | getattr(os, "O_BINARY", 0)
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_WRITE_FLAGS |= getattr(os, "O_BINARY", 0)


def prepared(directory: Path) -> None:
    """Make a directory for this user alone, or see that the one that exists can be used.

    Raises:
        StoreUnavailable: it cannot be made, is another user's, or may be written by everybody.
    """
    try:
        if not directory.is_dir():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.stat()
    except OSError as error:
        raise cannot_write(directory, error) from error
    if _POSIX and (found.st_uid != os.geteuid() or found.st_mode & stat.S_IWOTH):
        whose = "may be written by everybody" if found.st_uid == os.geteuid() else "belongs to another user"
        raise StoreUnavailable(
            f"Sessions are not shared: the store directory {directory} {whose}",
            why="whoever can write there could hand out sessions in your name",
            next_steps="set UNEXPIRED_STORE_DIR to a directory of your own",
        )


def read_private(path: Path) -> bytes | None:
    """The bytes of a plain file that we own and nobody else may read; None for anything else.

    A symbolic link is not followed, a FIFO does not block, and an entry that others could read is not used: they may
    have, and the session in it is to be replaced by one that they have not seen.
    """
    try:
        descriptor = os.open(path, _READ_FLAGS)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_BYTES:
            return None
        if _POSIX and (found.st_uid != os.geteuid() or found.st_mode & _OWNER_ONLY):
            return None
        return os.read(descriptor, _LARGEST_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def replace_private(path: Path, content: bytes, *, modified_at: float | None = None) -> None:
    """Put content in a file's place in one step, readable by its owner alone.

    No fsync: a power cut may leave an empty file, which is read as *absent* and costs one renewal.

    Args:
        path: where.
        content: what.
        modified_at: seconds since the epoch to give the file as its time of modification.

    Raises:
        StoreUnavailable: it could not be written; what was there is untouched.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, _WRITE_FLAGS, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            if modified_at is not None:
                os.utime(temporary, (modified_at, modified_at))
            _replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise cannot_write(path.parent, error) from error


def cannot_write(directory: Path, error: OSError) -> StoreUnavailable:
    """What a person is told about a directory that does not take our files."""
    return StoreUnavailable(
        f"Sessions are not shared: the store directory {directory} cannot be written",
        why=error.strerror or type(error).__name__,
        next_steps="set UNEXPIRED_STORE_DIR to a directory of your own, or UNEXPIRED_STORE=memory to share nothing",
    )


def _replace(source: Path, target: Path) -> None:
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            source.replace(target)
        except PermissionError:
            if _POSIX or attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE_SECONDS)
        else:
            return
