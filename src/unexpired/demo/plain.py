"""Tells the story in lines, for a pipe, a log or a screen reader: what is new since the last scene."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from unexpired.demo.plan import HOUR_SECONDS, clock
from unexpired.demo.report import THREE_LINES, table_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unexpired.demo.scene import LaneScene, Scene


class Narrator:
    """Remembers what it has told. One for a story."""

    def __init__(self) -> None:
        self._before: dict[str, LaneScene] = {}

    def lines(self, scene: Scene) -> Iterator[str]:
        """What is new, and after the last scene the table."""
        if not self._before:
            hour = HOUR_SECONDS / scene.plan.speed
            yield f"A job of {scene.plan.hours:g} hours on sessions of one hour; an hour is {hour:.3g} s here."
        for lane in scene.lanes:
            before = self._before.get(lane.name)
            yield from (
                f"{clock(at)}  {lane.name:9}  {what}" for at, what in sorted(_news(before, lane), key=itemgetter(0))
            )
            self._before[lane.name] = lane
        if scene.over:
            yield ""
            yield from _columns(table_rows(scene))
            yield ""
            yield "On your own job:"
            yield from _columns([[f"  {code}", note] for code, note in THREE_LINES], str.ljust)


def _news(before: LaneScene | None, lane: LaneScene) -> Iterator[tuple[float, str]]:
    if before is None:
        yield 0.0, lane.title
    for number, moment in enumerate(lane.sessions):
        if before is None or number >= len(before.sessions):
            yield moment, f"renewed, {number}" if number else "has its first session"
    hour = int((lane.at or 0.0) / HOUR_SECONDS)
    if not lane.over and hour > int((before.at or 0.0) / HOUR_SECONDS if before else 0):
        yield hour * HOUR_SECONDS, f"{lane.objects} objects"
    if lane.over and (before is None or not before.over):
        if lane.completed:
            yield lane.at or 0.0, f"done, {lane.objects} objects"
        else:
            yield lane.died_at or 0.0, f"died: {lane.error or 'without a word'}"


def _columns(rows: list[list[str]], align: Callable[[str, int], str] = str.rjust) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [align(value, width) for value, width in zip(others, widths[1:], strict=True)]
        yield "   ".join([first.ljust(widths[0]), *cells]).rstrip()
