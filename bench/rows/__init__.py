"""What is promised: one file each, found by being here, in the order of their names.

A row has

- ``WHAT`` and ``BAR``: the promise, and when it is kept;
- ``measure(contender, size)``: what one contender does, as numbers. ``size`` is ``"full"``, or ``"tiny"`` only to
  see that the row still works. Runs in a process of its own and takes at most some seconds;
- ``cell(measured, everybody)``: that in a few words, ``everybody`` being all measurements by the contenders' names;
- ``kept(everybody)``: whether ours keeps the promise; None where that cannot be told here.

It may have ``versions()``: of the programs that it puts beside ours, and that are no contenders.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from types import ModuleType

Size = Literal["full", "tiny"]
Measured = dict[str, float]
OURS, NAMED_PEER = "unexpired", "botocore"


def rows() -> dict[str, ModuleType]:
    """All rows by their short name: ``fresh-credential`` for ``a_fresh_credential.py``."""
    files = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name[2:].replace("_", "-"): import_module(f"{__name__}.{name}") for name in files}
