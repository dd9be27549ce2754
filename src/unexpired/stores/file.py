"""Sessions shared by the processes of one user on one host: a directory with one file each.

The directory is 0700 and each entry 0600; an entry is replaced in one step and read without trusting what is found:
whatever is corrupt, half, foreign, readable by others, another user's or a symbolic link counts as absent, and is
overwritten by the next renewal. An entry's time of modification is its session's end, so that the lapsed can be swept
without opening them. Two renewers that meet (see ``disk/generations.py``) cost a spare call, never a wrong credential.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.disk.places import cli_cache_directory, store_directory
from unexpired.disk.private import prepared, read_private, replace_private
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, seconds
from unexpired.engine.policy import LONGEST_LIFETIME_SECONDS
from unexpired.stores.entries import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Source, Store
    from unexpired.stores.entries.cli_cache import TheirEntry

_SWEEP_EVERY_SECONDS = 3600.0
# Left behind by a process that was killed between writing and renaming, which takes milliseconds.
_ABANDONED_AFTER_SECONDS = 600.0
# A lock file is some bytes; those of keys that nobody has used for this long go too.
_UNUSED_LOCK_AFTER_SECONDS = 30 * 86_400.0


class FileStore:
    """A directory of sessions.

    Args:
        directory: made when the first session is saved.
        clock: for telling the lapsed.
        patience_seconds: how long a renewer is given before the next one starts; None for the default.
    """

    def __init__(self, directory: Path, *, clock: Clock = SYSTEM_CLOCK, patience_seconds: float | None = None) -> None:
        self.directory = directory
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._swept_at = float("-inf")

    def __repr__(self) -> str:
        return f"FileStore({str(self.directory)!r})"

    def load(self, key: str) -> Credentials | None:
        """The session kept under a key, or None."""
        content = read_private(self._path(key))
        return None if content is None else entry.read(key, content)

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep a session, unless what is there ends later. One without a token or an end is nothing to share.

        Raises:
            StoreUnavailable: the directory cannot be written.
        """
        if credentials.session_token is None or credentials.expires_at is None:
            return
        prepared(self.directory)
        held = self.load(key)
        if held is not None and held.expires_at is not None and held.expires_at > credentials.expires_at:
            return
        # An absurd end is more than some file systems can write down, and no reason to keep the file.
        end = min(seconds(credentials.expires_at), self._clock.wall() + LONGEST_LIFETIME_SECONDS)
        replace_private(self._path(key), entry.written(key, credentials), modified_at=end)
        self._sweep()

    def lock(self, key: str, arrived: Callable[[], bool]) -> AbstractContextManager[bool]:
        """Be the one process of this host that renews.

        Raises:
            StoreUnavailable: the directory cannot hold a lock.
        """
        from unexpired.disk import generations  # whoever finds an entry needs none of it

        patience = generations.PATIENCE_SECONDS if self._patience_seconds is None else self._patience_seconds
        return generations.held(self.directory / key, arrived, patience_seconds=patience)

    def for_source(self, source: Source) -> Store:
        """This store, with the AWS CLI's entry beside it where the CLI can only mean the same session."""
        lend = getattr(source, "lend", None)
        if lend is not None:
            lend(self)
        theirs: TheirEntry | None = getattr(source, "cli_entry", None)
        if theirs is None:
            return self
        from unexpired.stores.entries.cli_cache import BesideCliCache

        return BesideCliCache(self, cli_cache_directory() / f"{theirs.name}.json", theirs, source.name)

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.json"

    def _sweep(self) -> None:
        """Remove what has lapsed, once an hour. Whatever cannot be removed is left."""
        now = self._clock.wall()
        if now - self._swept_at < _SWEEP_EVERY_SECONDS:
            return
        self._swept_at = now
        keep_for = {".json": 0.0, ".tmp": _ABANDONED_AFTER_SECONDS, ".lock": _UNUSED_LOCK_AFTER_SECONDS}
        with contextlib.suppress(OSError), os.scandir(self.directory) as files:
            for file in files:
                age_allowed = keep_for.get(Path(file.name).suffix)
                if age_allowed is None:
                    continue  # not ours
                with contextlib.suppress(OSError):
                    if file.stat(follow_symlinks=False).st_mtime + age_allowed < now:
                        Path(file.path).unlink()


def open_store(environ: Mapping[str, str]) -> Store:
    """The user's own store: ``UNEXPIRED_STORE_DIR``, or ``sessions`` in the user's cache directory."""
    return FileStore(store_directory(environ))
