"""The table of the documentation, made of what each source says of itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from unexpired.sources.aws.chain import finders, kinds

if TYPE_CHECKING:
    from unexpired.sources.aws.about import About

BEGIN, END = "<!-- made by `python -m unexpired.sources`: begin -->", "<!-- end -->"
_HEAD = ("| source | is found by | what renews it | what ends that | what puts the end off |", "| - | - | - | - | - |")


def table() -> str:
    """One row for each file of the folder: those of the chain in its order, then the others by name."""
    chained = [kind for _, kind, _ in finders()]
    order = sorted(kinds(), key=lambda kind: (chained.index(kind) if kind in chained else len(chained), kind))
    return "\n".join((*_HEAD, *(_row(kind) for kind in order)))


def filled(page: str) -> str:
    """A page with the table between its two marks.

    Raises:
        ValueError: it has no marks.
    """
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(kind: str) -> str:
    about: About = import_module(f"unexpired.sources.{kind}").ABOUT
    cells = (f"**{about.title}** `{kind}`", about.found, about.renews, about.ends, about.extend or "nothing has to")
    return f"| {' | '.join(cells)} |"
