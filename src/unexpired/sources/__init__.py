"""Where sessions come from: one file for each kind, found by being there. botocore speaks the protocols; we wrap.

A file of this folder is one kind of source, named with AWS's word for it. It defines

- a class that is an :class:`unexpired.engine.protocols.Source`, with ``name`` (the file's name) and ``plan()`` (how its
  credentials are made, see ``aws/plan.py``);
- ``CHAIN``: at which positions of botocore's chain of providers it is asked, and by which function, which takes a
  ``Lookup`` and returns the source, or None when the environment and the shared files name none. Empty for what is
  never found by looking;
- at the end of its docstring ``Renews:``, ``Ends:`` and ``Extend:``: its row of ``docs/sources.md``, which
  ``python -m unexpired.sources docs/sources.md`` writes.

Sources are stateless and know no store: each ``fetch`` asks its issuer anew, because botocore's own refreshable objects
hand the same cached keys back within 15 minutes of their end, also after a service has refused them.

:func:`source_for` is the door: it decides which of them makes a profile's, or a role's, sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unexpired.sources.aws.resolve import source_for

__all__ = ["source_for"]


def __getattr__(name: str) -> Any:
    if name == "source_for":
        from unexpired.sources.aws.resolve import source_for  # on demand: whoever wants one kind needs no other

        return source_for
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
