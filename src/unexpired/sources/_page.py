"""The page ``docs/sources.md``, from the first words of each file of this folder.

A file's docstring begins with what it is, and ends with three entries: ``Renews:``, ``Ends:`` and ``Extend:``. They are
read from its text, so that no kind of source is imported, and ``python -OO`` changes nothing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_ENTRIES = re.compile(r"\n\nRenews: (?P<renews>.+)\nEnds: (?P<ends>.+)\nExtend: (?P<extend>.+)\Z", re.DOTALL)

_HEAD = """\
# Where credentials come from, and how long they last

Each kind of source, what renews its sessions with nobody present, what ends that, and what a person does to put the end
off. `unexpired horizon --profile NAME` says it of your own credentials, link by link and with the moment;
`unexpired doctor` says which kind they are.

| Source | What it is | What renews it | What ends it | What extends it |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What one file says of its kind of source, in Markdown, on one line each.

    Attributes:
        name: the file's name without its ending.
        what: the docstring's first line, without its full stop.
        renews: what makes a new session with nobody present.
        ends: what stops that, and when.
        extend: what a person does, or the command, to put the end off.
    """

    name: str
    what: str
    renews: str
    ends: str
    extend: str


def rows() -> tuple[Row, ...]:
    """One for each kind of source, by name.

    Raises:
        ValueError: a file has no docstring, or not the three entries at its end, in their order.
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple(_row(file) for file in files if not file.name.startswith("_"))


def page() -> str:
    """The whole page, as Markdown."""
    lines = (f"| `{row.name}` | {row.what} | {row.renews} | {row.ends} | {row.extend} |\n" for row in rows())
    return _HEAD + "".join(lines)


def _row(file: Path) -> Row:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    found = _ENTRIES.search(text)
    if found is None:
        raise ValueError(f"{file.name}: its docstring does not end with the entries Renews, Ends and Extend")
    renews, ends, extend = (_cell(found[name]) for name in ("renews", "ends", "extend"))
    return Row(file.stem, _cell(text.partition("\n")[0]), renews, ends, extend)


def _cell(text: str) -> str:
    """On one line, without the full stop, and with nothing that would end a cell; docstrings' quotes as Markdown's."""
    return " ".join(text.split()).removesuffix(".").replace("``", "`").replace("|", r"\|")
