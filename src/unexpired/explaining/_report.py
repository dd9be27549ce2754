"""The explanation as people read it: what, where, why, what to do.

Short: the first cause in full, the others in a line each.

On a terminal rich lays it out and colours it (``NO_COLOR`` is rich's own business); into a pipe go the same words,
plain, so that they can be searched and pasted.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from unexpired.explaining import Explanation, Suspect

_WIDTH = 100
_INDENT = 11

NOTHING = "No credential problem recognised in this text."
"""What is said when there is nothing to say; exit status 1."""


def plain_report(explanation: Explanation) -> str:
    """The report without colour or layout of a terminal; ends without a line break."""
    if not explanation:
        return NOTHING
    first, *others = explanation.causes
    lines = [
        _headline(explanation),
        *_labelled("cause", f"{first.cause} ({explanation.family}, {first.confidence})"),
        *_title(explanation),
    ]
    for label, text in _body(first):
        lines += _labelled(label, text)
    if others:
        lines += ["", "It could also be:"]
        lines += [f"  {one.confidence:9}{one.cause:34}{one.title}" for one in others]
    return "\n".join(lines)


def print_report(explanation: Explanation, *, colour: bool | None) -> None:
    """The report on this terminal, as wide as it is, up to a comfortable line.

    Args:
        explanation: What to show.
        colour: False for none; None lets rich find out what the terminal can do.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(no_color=True if colour is False else None, highlight=False)
    width = min(console.width, _WIDTH + 20)
    if not explanation:
        console.print(Text(NOTHING))
        return
    first, *others = explanation.causes
    console.print(
        Text(_headline(explanation), style="bold red" if explanation.family != "unrelated" else "bold yellow")
    )
    indent = max(_INDENT, len(f"  line {first.line}  "))
    grid = _grid(indent)
    cause = Text.assemble((first.cause, "bold"), f"  {explanation.family}, {first.confidence}")
    grid.add_row("  cause", cause)
    if first.confidence == "possible":
        grid.add_row("", Text(f"{first.title}."))
    for label, text in _body(first):
        if not label or label == "confirm":
            if grid.row_count:
                console.print(grid, width=width)
            grid = _grid(indent)
            # Not broken by us: what is broken cannot be pasted.
            console.print(Text.assemble((f"  {label}".ljust(indent), "dim"), (text, "cyan")), soft_wrap=True)
            continue
        grid.add_row(f"  {label}", Text(text, style=_STYLES.get(label, "")))
    console.print(grid, width=width)
    if others:
        console.print(Text("\nIt could also be", style="dim"))
        grid = _grid(_INDENT, max(len(one.cause) for one in others))
        for one in others:
            grid.add_row(Text(f"  {one.confidence}", style="dim"), Text(one.cause), Text(one.title, style="dim"))
        console.print(grid, width=width)


def _grid(indent: int, beside: int = 0) -> Table:
    """A column of labels, `indent` wide with the gap behind it, and one of text; `beside` is a column between them."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=indent - 2)
    if beside:
        grid.add_column(no_wrap=True, min_width=beside)
    grid.add_column()
    return grid


def _title(explanation: Explanation) -> list[str]:
    first = explanation.causes[0]
    return _labelled("", f"{first.title}.") if first.confidence == "possible" else []


def _headline(explanation: Explanation) -> str:
    """The fault; or, where the text alone cannot decide between several, what is sure."""
    first = explanation.causes[0]
    if first.confidence != "possible":
        return f"{first.title}."
    return _FAMILIES[explanation.family] + " The text alone does not say why; this fits best."


_FAMILIES = {
    "expired": "Something that was good has lapsed.",
    "invalid": "The credentials do not fit this call.",
    "skew": "The time disagrees.",
    "denied": "The request was understood, and refused.",
    "unreachable": "The credentials could not be renewed.",
    "other": "A login or token beside AWS's sessions was refused.",
    "unrelated": "This does not look like AWS.",
    "none": "",
}

_STYLES = {"why": "", "cure": "bold", "more": "dim"}


def _body(one: Suspect) -> list[tuple[str, str]]:
    """Label and text, in the order of reading; a command has no label of its own."""
    return [
        (f"line {one.line}", one.excerpt),
        ("why", one.why),
        ("cure", one.cure.summary),
        *(("", f"$ {command}") for command in one.cure.commands),
        ("confirm", one.confirm),
        ("more", one.docs),
    ]


def _labelled(label: str, text: str) -> list[str]:
    """A label, and its text beside it; commands and excerpts are not broken, so that they can be pasted."""
    head = f"  {label}".ljust(_INDENT)
    if not label or label == "confirm" or label.startswith("line"):
        return [f"{head.rstrip():{_INDENT - 1}} {text}"]
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * _INDENT) or [head]
