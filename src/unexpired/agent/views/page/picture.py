"""The page's two pictures, as SVG: how a role has been renewed, and until when its chain can be.

Colours are the page's own, by class, so that light and dark follow it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from unexpired.agent.views.telling import ending
from unexpired.engine.credentials import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from unexpired.agent.views.history import Attempt

_WIDTH = 360
_HOUR_SECONDS = 3600.0
# The timeline: this much of the past, and of what is ahead.
_PAST_SECONDS, _AHEAD_SECONDS = 4 * _HOUR_SECONDS, 2 * _HOUR_SECONDS
_TIMELINE_HEIGHT = 22
_HORIZON_HOURS = 12
_ROW = 20
_SCALE = 16


def timeline(role: Mapping[str, Any], attempts: Sequence[Attempt], now: datetime) -> str:
    """Renewals and failures of the last four hours, and what is left of the session in the next two.

    Args:
        role: as under ``roles`` in the status.
        attempts: the oldest first.
        now: aware.
    """

    def x(at: float) -> float:
        return round((at - now.timestamp() + _PAST_SECONDS) / (_PAST_SECONDS + _AHEAD_SECONDS) * _WIDTH, 1)

    middle, here = _TIMELINE_HEIGHT / 2, x(now.timestamp())
    shown = [attempt for attempt in attempts if attempt.at >= now.timestamp() - _PAST_SECONDS]
    renewed = sum(attempt.renewed for attempt in shown)
    said = f"In the last 4 hours: {renewed} renewals, {len(shown) - renewed} failed"
    parts = [f'<line class="axis" x1="0" y1="{middle}" x2="{_WIDTH}" y2="{middle}"/>']
    if role["expires_at"] is not None:
        end = parse_timestamp(role["expires_at"])
        said += f"; the session's end: {ending(role['expires_at'], now)}"
        width = max(min(x(end.timestamp()), _WIDTH) - here, 0)
        parts.append(f'<rect class="left" x="{here}" y="{middle - 4}" width="{width}" height="8" rx="2"/>')
    for attempt in shown:
        at = x(attempt.at)
        parts.append(
            f'<circle class="good" cx="{at}" cy="{middle}" r="4"/>'
            if attempt.renewed
            else f'<path class="bad" d="M{at - 4} {middle - 4}l8 8m0 -8l-8 8"/>'
        )
    parts.append(f'<line class="now" x1="{here}" y1="1" x2="{here}" y2="{_TIMELINE_HEIGHT - 1}"/>')
    return _svg(_TIMELINE_HEIGHT, said, parts)


def horizon(found: Mapping[str, Any], now: datetime) -> str:
    """A bar for each link of the chain, from now to twelve hours ahead; the one that ends it is marked.

    Args:
        found: a horizon as the contract has it.
        now: aware.
    """
    limit = (found["limited_by"] or {}).get("link")
    parts = []
    for hour in range(0, _HORIZON_HOURS + 1, 3):
        anchor = "start" if hour == 0 else "end" if hour == _HORIZON_HOURS else "middle"
        at = hour / _HORIZON_HOURS * _WIDTH
        parts.append(f'<text x="{at}" y="11" text-anchor="{anchor}">{f"+{hour} h" if hour else "now"}</text>')
    for number, link in enumerate(found["links"]):
        top = _SCALE + number * _ROW
        kind = "limit" if link["link"] == limit else "good"
        share = _share(link["until"], now)
        parts.append(f'<rect class="empty" x="0" y="{top}" width="{_WIDTH}" height="{_ROW - 3}" rx="2"/>')
        style = "unknown" if link["until"] == "unknown" else kind
        parts.append(f'<rect class="{style}" x="0" y="{top}" width="{share * _WIDTH:.1f}" height="{_ROW - 3}" rx="2"/>')
        whose = f" ({link['profile']})" if link["profile"] else ""
        mark = "◀ " if kind == "limit" else ""
        words = escape(f"{mark}{link['link']}{whose}: {ending(link['until'], now)}")
        parts.append(f'<text class="on" x="6" y="{top + 13}">{words}</text>')
    until = ending(found["until"], now)
    said = f"Can be renewed with nobody present: {until}" + (f", ended by {limit}" if limit else "")
    return _svg(_SCALE + len(found["links"]) * _ROW, said, parts)


def _share(until: str | None, now: datetime) -> float:
    if until is None or until == "unknown":
        return 1.0
    left = (parse_timestamp(until) - now).total_seconds() / _HOUR_SECONDS
    return max(0.0, min(left / _HORIZON_HOURS, 1.0))


def _svg(height: float, said: str, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" height="{height:g}">'
        f"<title>{escape(said)}</title>{''.join(parts)}</svg>"
    )
