"""A directory for one run: cleaned configuration and a door's token, for its owner alone, gone when the run ends.

Where the system keeps such things in memory (``$XDG_RUNTIME_DIR``) it is there. A run that was killed cannot tidy up,
so each start sweeps what the dead have left. Who is dead is told by a lock that dies with its holder, not by a process
id, which another process may bear by now, or which means nothing in the container next door that shares the directory.

The lock is taken before the directory exists and given up after it has gone: a directory without a held lock is
nobody's.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from unexpired.channels.config_copies import ENCODING
from unexpired.disk.private import replace_private
from unexpired.engine.errors import ConfigurationError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from typing_extensions import Self

_OTHERS = 0o077
_NAME = "run-"


class PrivateRoom:
    """A new directory of mode 0700, removed with everything in it at the end. Use it as a context manager.

    Args:
        environment: whose ``XDG_RUNTIME_DIR``, ``XDG_CACHE_HOME`` and ``TMPDIR`` count.

    Raises:
        ConfigurationError: no directory can be made that only this user may enter.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        base = _private_base(environment)
        _sweep(base)
        self.path = base / f"{_NAME}{os.getpid()}-{secrets.token_hex(6)}"
        self._lock = _lock_of(self.path)
        self._lock.acquire(timeout=0)
        self.path.mkdir(mode=0o700)

    def __repr__(self) -> str:
        return f"<PrivateRoom {self.path}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        with contextlib.suppress(OSError):
            Path(self._lock.lock_file).unlink()

    def write(self, name: str, text: str) -> Path:
        """Put a file of mode 0600 here in one step: a reader finds the old text or the new one, whole.

        In the locale's encoding, in which botocore reads configuration.

        Returns:
            Its path, the same each time.

        Raises:
            ConfigurationError: it cannot be written.
        """
        path = self.path / name
        try:
            replace_private(path, text.encode(ENCODING))
        except StoreUnavailable as error:
            raise ConfigurationError(
                f"{path} cannot be written", why=error.why, next_steps="see whether the disk is full"
            ) from error
        return path


def _private_base(environment: Mapping[str, str]) -> Path:
    """The first of the usual places that is ours alone."""
    tried = []
    for base in _bases(environment):
        try:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = base.lstat()  # a link there could be somebody else's
        except OSError as error:
            tried.append(f"{base}: {error.strerror}")
            continue
        if os.name != "posix":
            return base  # the user's own folder: Windows guards it by an access list, not by a mode
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS:
            return base
        tried.append(f"{base}: not a directory of yours alone")
    raise ConfigurationError(
        "There is no directory in which credentials could be kept private",
        why="; ".join(tried),
        next_steps="set XDG_RUNTIME_DIR to a directory that only you can enter (chmod 700)",
    )


def _bases(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("XDG_RUNTIME_DIR"):
        yield Path(environment["XDG_RUNTIME_DIR"], "unexpired")
    from platformdirs import user_cache_path

    yield user_cache_path("unexpired", appauthor=False) / "run"
    yield Path(tempfile.gettempdir(), f"unexpired-{os.geteuid() if hasattr(os, 'geteuid') else 'run'}")


def _sweep(base: Path) -> None:
    """Remove what runs have left that were killed. Never waits, never fails: it is somebody else's tidying."""
    with contextlib.suppress(OSError):
        for left in base.glob(f"{_NAME}*"):
            if left.suffix == ".lock":
                continue
            lock = _lock_of(left)
            with contextlib.suppress(Timeout, OSError):
                lock.acquire(timeout=0)
                shutil.rmtree(left, ignore_errors=True)
                lock.release()
                Path(lock.lock_file).unlink()


def _lock_of(path: Path) -> FileLock:
    return FileLock(f"{path}.lock", mode=0o600)
