"""Until when a source can go on: its links, put together by ``engine/horizon.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.errors import RenewalError
from unexpired.engine.horizon import Horizon, horizon_of
from unexpired.sources.aws.outlook import Outlook

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Source, Store


def horizon(
    source: Source,
    *,
    store: Store | None = None,
    clock: Clock = SYSTEM_CLOCK,
    ask: bool = False,
    held: Credentials | None = None,
) -> Horizon:
    """How long a source can renew with nobody present.

    Args:
        source: one of ``sources/``; any other has an unknown end, since nothing is known of it.
        store: where its sessions are kept, which tells how long one that cannot be renewed still lasts.
        clock: what *now* is.
        ask: whether a ``credential_process`` may be run, since nothing else tells whether it names an end, and the
            metadata service asked, since nothing else tells whether there is one. Without, nothing is run or asked.
        held: the source's session in hand: a code that has just been typed, a program that has just been run.

    Raises:
        ConfigurationError: what was asked does not exist: no metadata service, no such program.
    """
    now = moment(clock.wall())

    def kept(key: str) -> Credentials | None:
        if held is not None and key == source.key:
            return held
        return store.load(key) if store is not None else None

    def asked(one: Source) -> Credentials | None:
        if held is not None and one is source:
            return held
        if not ask:
            return None
        try:
            return one.fetch()
        except RenewalError:
            return None  # it exists, and does not answer now: its end is unknown

    links = getattr(source, "links", None)
    if links is None:
        return Horizon("unknown")
    return horizon_of(tuple(links(Outlook(now, kept, asked))), now)
