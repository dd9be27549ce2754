"""Paints a scene for a terminal: a timeline for each lane, and at the end the table and three lines to take home."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unexpired.demo.plan import HOUR_SECONDS, clock
from unexpired.demo.report import THREE_LINES, table_rows

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from unexpired.demo.scene import LaneScene, Scene

# Wider than this, a line of 100 columns tells no more.
_WIDEST = 92
_INDENT = 2


class _Marks(NamedTuple):
    lived: str
    to_come: str
    renewed: str
    died: str


_UNICODE = _Marks("━", "─", "●", "✖")
_ASCII = _Marks("=", "-", "o", "x")


def painted(scene: Scene, *, encoding: str = "utf-8") -> RenderableType:
    """The whole screen at this moment, in characters that the terminal's encoding has."""
    marks = _UNICODE if encoding.lower().startswith("utf") else _ASCII
    parts: list[RenderableType] = [_heading(scene, marks), Text(), _HourScale(scene.plan.hours)]
    for lane in scene.lanes:
        parts += [Text(), _caption(lane, marks), _Timeline(lane, scene.plan.hours, marks)]
        if lane.died_at is not None:
            parts.append(Text(_in_two_lines(lane.error) or "It ended without a word.", style="red"))
    if scene.over:
        parts += [Text(), _table(scene), Text(), _take_home()]
    return Padding(Group(*parts), (1, _INDENT))


def width_for(console_width: int) -> int:
    """How many columns to paint in a terminal of so many."""
    return min(console_width, _WIDEST)


def _heading(scene: Scene, marks: _Marks) -> Table:
    plan = scene.plan
    legend = Text(f"{marks.renewed} renewed", style="cyan")
    legend.append(f"   1 h = {HOUR_SECONDS / plan.speed:.3g} s", style="dim")
    return _both_ends(Text(f"A job of {plan.hours:g} hours on sessions of one hour", style="bold"), legend)


def _caption(lane: LaneScene, marks: _Marks) -> Table:
    at = Text()
    if lane.renewals:
        at.append(f"{len(lane.renewals)} {marks.renewed}   ", style="cyan")
    at.append(clock(lane.at) if lane.at is not None else "-:--:--", style="bold")
    if lane.over:
        died = lane.died_at is not None
        at.append("  died" if died else "  done", style="bold red" if died else "bold green")
    return _both_ends(Text(lane.title, style="" if lane.over else "bold"), at)


def _both_ends(left: Text, right: Text) -> Table:
    """One line: what gives way to the right end, and the right end."""
    line = Table.grid(expand=True, padding=(0, 2, 0, 0))
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(justify="right", no_wrap=True)
    line.add_row(left, right)
    return line


class _HourScale:
    """``0h    1h    2h …`` above the timelines."""

    def __init__(self, hours: float) -> None:
        self._hours = hours

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        step = max(1, round(self._hours * 8 / width))
        scale = [" "] * width
        hour = 0
        while hour <= self._hours:
            label = f"{hour}h"
            place = min(round(hour / self._hours * (width - 1)), width - len(label))
            scale[place : place + len(label)] = label
            hour += step
        yield Text("".join(scale), style="dim", no_wrap=True)


class _Timeline:
    """What has been lived, with a mark for each renewal and for the end; what is still to come."""

    def __init__(self, lane: LaneScene, hours: float, marks: _Marks) -> None:
        self._lane, self._end, self._marks = lane, hours * HOUR_SECONDS, marks

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, lane, signs = options.max_width, self._lane, self._marks

        def cell(moment: float) -> int:
            return min(int(moment / self._end * width), width - 1)

        lived = width if lane.completed else cell(lane.at or 0.0)  # a job's end comes late by its start
        bar = Text(no_wrap=True)
        bar.append(signs.lived * lived, style="red" if lane.died_at is not None else "green")
        bar.append(signs.to_come * (width - lived), style="bright_black")
        marks = [(cell(moment), signs.renewed, "bold cyan") for moment in lane.renewals]
        if lane.died_at is not None:
            marks.append((cell(lane.died_at), signs.died, "bold red"))
        for place, mark, style in marks:
            bar = Text.assemble(bar[:place], (mark, style), bar[place + 1 :], no_wrap=True)
        yield bar


def _table(scene: Scene) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, expand=True)
    header, *rows = table_rows(scene)
    table.add_column(header[0])
    for lane, name in zip(scene.lanes, header[1:], strict=True):
        table.add_column(name, justify="right", style="green" if lane.completed else "red")
    for what, *values in rows:
        table.add_row(Text(what, style="default"), *values)
    return table


def _take_home() -> Group:
    lines = Table.grid(padding=(0, 3, 0, 0))
    for code, note in THREE_LINES:
        lines.add_row(Text(code, style="cyan"), Text(note, style="dim"))
    return Group(Text("On your own job", style="bold"), lines)


def _in_two_lines(error: str) -> str:
    """Botocore's sentence with the service's own words on a line of their own."""
    before, colon, words = error.partition(" operation: ")
    return f"{before} operation:\n{words}" if colon else error
