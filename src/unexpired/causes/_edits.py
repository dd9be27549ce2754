"""What a cure changes, as data: a probe says it, ``doctor --fix`` does it, and ``--undo`` takes it back.

Nothing else is ever changed by itself: a line of a shared file, an entry of a cache, and, through the shell that
evaluates it, a variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.causes._files import Place


@dataclass(frozen=True, slots=True)
class UnsetVariables:
    """Unset variables in the shell that asked: no program can do it for its parent."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Delete an entry of a cache, which its owner makes anew.

    Attributes:
        real: the path to open; `place` is how it is shown.
    """

    place: Place
    real: str


@dataclass(frozen=True, slots=True)
class EditSection:
    """Take settings out of a section of a shared file, and put others in their place.

    Attributes:
        path: as shown; `real`: the one to open.
        section: the header between its brackets, as it is written.
        remove: keys, in lower case, with all the lines that belong to them.
        add: keys and values; what is removed last is where they go.
    """

    path: str
    real: str
    section: str
    remove: tuple[str, ...]
    add: tuple[tuple[str, str], ...] = ()


Edit = UnsetVariables | RemoveFile | EditSection
