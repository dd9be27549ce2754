"""How one session is obtained: from the store if another process has made it, or else from the issuer, by one of us."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.engine.clock import Clock, moment
from unexpired.engine.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter, Source, Store


class Issuance:
    """Looks in the store, takes its lock, looks again, and only then asks the issuer.

    Args:
        source: the issuer.
        store: where sessions are shared, or None.
        clock: stamps what the issuer gave with the moment it came.
    """

    def __init__(self, source: Source, store: Store | None, clock: Clock) -> None:
        self._source = source
        for_source = getattr(store, "for_source", None)
        seen = for_source(source) if for_source is not None else store
        self._store: Store | None = seen if source.shareable else None
        self._clock = clock
        self._reported = False

    def obtain(
        self,
        prompter: Prompter | None,
        wanted: Callable[[Credentials], bool],
        on_store_error: Callable[[StoreUnavailable], None],
    ) -> tuple[Credentials, bool]:
        """A session, and whether another process made it. Blocks on the lock and on the network.

        Args:
            prompter: handed to the source; None in the background.
            wanted: judges a session found in the store: is it better than what the caller has in hand?
            on_store_error: told the first time that the store fails; sessions are then obtained without it.

        Raises:
            UnexpiredError: what the source raised.
        """
        if self._store is None:
            return self._source.fetch(prompter), False
        store, key = self._store, self._source.key

        def found() -> Credentials | None:
            kept = store.load(key)
            return kept if kept is not None and wanted(kept) else None

        with contextlib.ExitStack() as held:
            kept = found()
            if kept is None:
                try:
                    held.enter_context(store.lock(key, lambda: found() is not None))
                except StoreUnavailable as error:
                    self._report(error, on_store_error)
                kept = found()
            if kept is not None:
                return kept, True
            fetched = self._source.fetch(prompter)
            if fetched.expires_at is not None:
                try:
                    store.save(key, replace(fetched, issued_at=fetched.issued_at or moment(self._clock.wall())))
                except StoreUnavailable as error:
                    self._report(error, on_store_error)
            return fetched, False

    def _report(self, error: StoreUnavailable, on_store_error: Callable[[StoreUnavailable], None]) -> None:
        if not self._reported:
            self._reported = True
            on_store_error(error)
