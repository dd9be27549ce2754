"""A horizon as a picture: a bar for each link from now to twelve hours ahead, and what puts the end off."""

from __future__ import annotations

import textwrap
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from unexpired.engine.duration import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.engine.horizon import End, Horizon, Link

WIDTH = 80
HOURS_SHOWN = 12
_CELLS_PER_HOUR = 3
_CELLS = HOURS_SHOWN * _CELLS_PER_HOUR
_NAME_WIDTH = 26
# From here on nobody counts hours.
_IN_DAYS = timedelta(days=2)
# Links that are a copy of a session: they last, and nothing renews them.
_COPIES = ("environment", "static_profile")


def timeline(horizon: Horizon, now: datetime, *, named: str | None = None) -> Iterator[str]:
    """The lines, at most 80 columns wide but for commands.

    Args:
        horizon: what to show.
        now: aware.
        named: the profile that was asked for, for the first line.
    """
    yield click.style(_sentence(horizon, now, f"{named}: " if named else ""), bold=True)
    yield ""
    yield _scale()
    for link in horizon.links:
        yield _row(link, now, named, limits=link is horizon.limited_by)
    limit = horizon.limited_by
    if limit is None:
        return
    yield ""
    if limit.why:
        yield from textwrap.wrap(f"why:     {limit.why}", WIDTH, subsequent_indent=" " * 9)
    for number, step in enumerate(limit.extend):
        yield f"{'extend:' if number == 0 else '':<8} {step}"  # a command is never broken: it is there to be copied
    if limit.cause:
        yield f"more:    unexpired doctor {limit.cause}"


def _sentence(horizon: Horizon, now: datetime, who: str) -> str:
    if horizon.until is None:
        return f"{who}renews with nobody present, without an end"
    limit = horizon.limited_by.link if horizon.limited_by else "it"
    if horizon.until == "unknown":
        return f"{who}ends at an unknown moment: {limit} does not say when"
    if horizon.until <= now:
        return f"{who}cannot be renewed now: {limit} needs somebody first"
    goes_on = "lasts" if limit in _COPIES else "renews"
    return f"{who}{goes_on} until {_local(horizon.until, now)} (for {_left(horizon.until, now)}); then {limit} ends"


def _scale() -> str:
    """The hours above the bars, each where it begins, and the last where they end."""
    marks = "".join(f"{f'+{hour} h' if hour else 'now':<9}" for hour in range(0, HOURS_SHOWN, 3))
    return f"{'':<{_NAME_WIDTH}}{marks}+{HOURS_SHOWN} h"


def _row(link: Link, now: datetime, named: str | None, *, limits: bool) -> str:
    # Two roles of a chain are told apart by their profiles; the one that was asked for stands in the first line.
    whose = link.profile if link.profile != named else None
    name = f"{link.link} ({whose})" if whose else link.link
    if len(name) >= _NAME_WIDTH:
        name = f"{name[: _NAME_WIDTH - 2]}…"
    bar = click.style(_bar(link.until, now), fg="red" if limits else "green")
    return f"{name:<{_NAME_WIDTH}}{bar}  {_end(link, now, limits=limits)}"


def _bar(until: End, now: datetime) -> str:
    if until is None:
        return "━" * _CELLS
    if until == "unknown":
        return "?" * _CELLS
    filled = round((until - now) / timedelta(hours=1) * _CELLS_PER_HOUR)
    filled = max(0, min(filled, _CELLS))
    return "━" * filled + "·" * (_CELLS - filled)


def _end(link: Link, now: datetime, *, limits: bool) -> str:
    mark = "◀ " if limits else ""
    if link.until == "unknown":
        return f"{mark}unknown"
    if isinstance(link.until, datetime):
        return mark + ("ended" if link.until <= now else _left(link.until, now))
    if link.session_seconds:
        return f"{mark}{written(timedelta(seconds=link.session_seconds))} each"
    return f"{mark}no end"


def _left(until: datetime, now: datetime) -> str:
    left = until - now
    if left >= _IN_DAYS:
        return f"{left.days}d"
    return written(timedelta(minutes=max(round(left.total_seconds() / 60), 1)))


def _local(until: datetime, now: datetime) -> str:
    """As a clock on the wall here shows it; with the day, unless that is today."""
    local = until.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%a %d %b, %H:%M}"
