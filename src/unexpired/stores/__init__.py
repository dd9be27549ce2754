"""Where a renewed session is shared, so that one process pays and the others read.

Every store keeps these promises; ``engine/protocols.py`` has the signatures.

- A *key* is a source's digest: hexadecimal, safe as a file name, and different whenever any input that changes the
  session is different. A store never interprets it.
- ``load`` never raises: absent, unreadable, corrupt, somebody else's and half-written are all *absent*, since the cure
  is the same (renew). It may return a session that has lapsed or is about to: whether one is good enough is the
  engine's question, not a store's.
- ``save`` replaces in one step (a reader sees the old entry or the new one, whole) and never replaces a later end by an
  earlier one. A process killed at any moment of it leaves the old entry or the new one.
- ``lock`` is for renewals: expensive and rare. It is no mutex for small things. Its holder may be killed (the next one
  gets the lock at once) or stopped (it is passed over after a bounded patience). **Two holders can therefore meet**:
  that costs one spare call to the issuer, and never a wrong credential, because both made a true session and ``save``
  keeps the one that ends later.
- Whoever wins the lock must look in the store once more before paying: the one before it may have done the work.
- A store that cannot do its work raises :class:`unexpired.engine.errors.StoreUnavailable`; the engine says so once and
  goes on in memory.

A new kind of store is a new file here that defines ``open_store(environ) -> Store``; :func:`chosen` finds it by name.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.protocols import Store

KIND_VARIABLE = "UNEXPIRED_STORE"


def chosen(environ: Mapping[str, str] = os.environ) -> Store:
    """The store that this user's processes share: the one place where that is decided.

    ``UNEXPIRED_STORE`` names a file of this folder (``file``, the default; ``memory`` shares nothing beyond the
    process). Touches no disk: a directory is made when the first session is saved.

    Raises:
        ConfigurationError: no such store.
    """
    from importlib import import_module  # a program that shares nothing pays for nothing

    from unexpired.engine.errors import ConfigurationError

    kind = environ.get(KIND_VARIABLE, "").strip() or "file"
    kinds = _kinds()
    if kind not in kinds:
        raise ConfigurationError(
            f"{KIND_VARIABLE} is {kind!r}, and there is no such store",
            next_steps=f"set it to one of: {', '.join(kinds)}; or unset it",
        )
    store: Store = import_module(f"{__name__}.{kind}").open_store(environ)
    return store


def _kinds() -> list[str]:
    from pkgutil import iter_modules

    return sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
