"""One refresher a process for each (source, store, policy, listeners), however many sessions and clients are made.

A program that makes a ``Session`` for every request, or in every thread, asks for the role once all the same.
Refreshers are held weakly: when the last session that uses one is gone, so is its renewal.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

from unexpired import stores
from unexpired.engine.refresher import Refresher
from unexpired.stores.entries.agent import BesideAgent
from unexpired.stores.memory import MemoryStore

if TYPE_CHECKING:
    from unexpired.engine.events import EventHook
    from unexpired.engine.policy import RefreshPolicy
    from unexpired.engine.protocols import Prompter, Source, Store

_refreshers: weakref.WeakValueDictionary[tuple[object, ...], Refresher] = weakref.WeakValueDictionary()
_default_stores: dict[tuple[tuple[str, str], ...], Store] = {}
_registering = threading.Lock()


def shared_refresher(
    source: Source,
    *,
    store: Store | None = None,
    policy: RefreshPolicy | None = None,
    hooks: tuple[EventHook, ...] = (),
    prompter: Prompter | None = None,
) -> Refresher:
    """The process's refresher for this source, or a new one. Asks nobody for a session; never blocks.

    Whoever asks with another policy, another store or other hooks gets another refresher, since those are part of what
    was asked for; on one host they still share through the store. The prompter is the first caller's.

    Args:
        source: see :class:`unexpired.engine.refresher.Refresher`, also for the others.
        store: only asked of a source whose sessions may be shared.
        policy: None for the default.
        hooks: compared by identity.
        prompter: None where nobody can be asked.
    """
    # A store is compared by identity unless it says otherwise; the refresher keeps it alive, so no id is used twice.
    key = (source.key, store if source.shareable else None, policy, hooks)
    with _registering:
        refresher = _refreshers.get(key)
        if refresher is None:
            refresher = Refresher(source, store=store, policy=policy, hooks=hooks, prompter=prompter)
            _refreshers[key] = refresher
        return refresher


def default_store() -> Store:
    """The store that this user's processes share (see :func:`unexpired.stores.chosen`), and the agent where one runs.

    One object for the process. Where nothing is to be shared (``UNEXPIRED_STORE=memory``), no agent is asked either.
    """
    # Told apart by what the choice depends on, so that a changed environment is heard by the next session.
    deciding = tuple(
        sorted((name, value) for name, value in os.environ.items() if name.startswith(stores.KIND_VARIABLE))
    )
    with _registering:
        if deciding not in _default_stores:
            store = stores.chosen()
            _default_stores[deciding] = store if isinstance(store, MemoryStore) else BesideAgent(store)
        return _default_stores[deciding]


def _after_fork() -> None:
    """In a forked child the lock may have been copied while another thread held it."""
    global _registering  # noqa: PLW0603 - one a process is the point
    _registering = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
