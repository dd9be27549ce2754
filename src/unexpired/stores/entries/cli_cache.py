"""A session kept for the AWS CLI as well, in ``~/.aws/cli/cache``, under the name by which the CLI looks for it.

Whoever uses one profile with both pays once: an entry of the CLI's is taken (a role with MFA has been asked for its
code there), and ours is one that the CLI, and boto3 with its ``JSONFileCache``, takes. Its name says less than our key
does (two bases of one role share it, and so do two endpoints): the source says whether an entry of the CLI's can be
meant (``sources/aws/cli_entry.py``), and one that we wrote bears its key, and is nobody else's.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from unexpired.disk.private import read_private, replace_private
from unexpired.engine.errors import StoreUnavailable
from unexpired.stores.entries import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any, Protocol

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Store

    class TheirEntry(Protocol):
        """What a source says of the CLI's entry for it: ``source.cli_entry``."""

        @property
        def name(self) -> str:
            """Of the file, without its ending."""

        def is_current(self) -> bool:
            """Whether the name still means the source."""

        def holds(self, content: Mapping[str, Any], written_at: float) -> bool:
            """Whether an entry that the CLI wrote at that time (seconds since the epoch) is the source's session."""


_log = logging.getLogger("unexpired")

# What we wrote is removed once it has lapsed for so long; nobody writes an entry and has it lapse sooner than that.
_SWEPT_AFTER_SECONDS = 3600.0


class BesideCliCache:
    """A store of ours and one file of the CLI's, for one source.

    Args:
        store: ours; its lock guards both.
        path: the CLI's file.
        theirs: which of what may stand there is the source's.
        source: the source's name; stands on what is read from it.
    """

    def __init__(self, store: Store, path: Path, theirs: TheirEntry, source: str) -> None:
        self._store = store
        self._path = path
        self._of_source = theirs
        self._source = source
        self._told = False

    def load(self, key: str) -> Credentials | None:
        """Whichever ends later: ours, or the CLI's."""
        ours, theirs = self._store.load(key), self._theirs(key)
        if ours is None or theirs is None:
            return ours or theirs
        return theirs if ours.expires_at and theirs.expires_at and theirs.expires_at > ours.expires_at else ours

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep it in both; in ours alone once the CLI's name may mean another source.

        Raises:
            StoreUnavailable: ours cannot keep it. That the CLI's cannot is only said, and once.
        """
        self._store.save(key, credentials)
        held = self._theirs(key)
        if credentials.expires_at is None or credentials.session_token is None or not self._of_source.is_current():
            return
        if held is not None and held.expires_at is not None and held.expires_at > credentials.expires_at:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_private(self._path, entry.written(key, credentials))
            self._sweep()
        except (OSError, StoreUnavailable) as error:
            if not self._told:
                self._told = True
                _log.info("the AWS CLI will make a session of its own: %s cannot be written: %s", self._path, error)

    def lock(self, key: str, arrived: Callable[[], bool]) -> AbstractContextManager[bool]:
        """Our store's."""
        return self._store.lock(key, arrived)

    def _theirs(self, key: str) -> Credentials | None:
        try:  # before it is read: should it be replaced meanwhile, it only looks older than it is
            changed_at = self._path.stat().st_mtime
            written_at = datetime.fromtimestamp(changed_at, timezone.utc)
        except (OSError, ValueError, OverflowError):
            return None
        content = read_private(self._path)
        if content is None:
            return None
        return entry.read_any(
            key,
            content,
            source=self._source,
            written_at=written_at,
            is_theirs=lambda theirs: self._of_source.holds(theirs, changed_at),
        )

    def _sweep(self) -> None:
        """Remove entries that we wrote and that lapsed an hour ago, and what a killed process left. Never the CLI's."""
        long_ago = datetime.now(timezone.utc).timestamp() - _SWEPT_AFTER_SECONDS
        for path in self._path.parent.glob("*.json*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime > long_ago:
                    continue
                is_half = path.suffix == ".tmp" and ".json." in path.name
                if is_half or entry.lapsed(read_private(path) or b"", long_ago):
                    path.unlink()
