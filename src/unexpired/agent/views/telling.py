"""A role of the status as a person reads it, for ``agent status`` and for ``agent status --watch``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.duration import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# STS's default, where the chain's last link does not say how long its sessions last.
_SESSION_SECONDS = 3600
# From here on nobody counts hours, and from there on nobody counts seconds.
_IN_DAYS = timedelta(days=2)
_IN_MINUTES = timedelta(minutes=2)
# What needs a look comes first.
_URGENCY = {"failed": 0, "expired": 1, "extended": 2, "renewing": 3, "serving": 4, "resting": 5}


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role, in words.

    Attributes:
        name: as in unexpired.toml.
        state: ``serving``, ``resting`` …: see ``status.State``.
        source: the kind of its source; ``-`` while it rests.
        expires: ``in 42m``, ``ended``, or ``-``.
        left: how much of the session is left, from 0 to 1; None without one.
        renews: ``in 12m``, ``now``, or ``-``.
        horizon: ``no end``, ``8h, sso-session``, ``unknown``, or ``-`` before anybody has looked.
        clients: programs that were answered.
        error: why the last attempt failed, in one sentence; empty when it did not.
        urgency: sorts what needs a look first.
    """

    name: str
    state: str
    source: str
    expires: str
    left: float | None
    renews: str
    horizon: str
    clients: int
    error: str
    urgency: tuple[int, float, str]


def role_line(name: str, role: Mapping[str, Any], now: datetime) -> RoleLine:
    """A role of the status object.

    Args:
        name: its name.
        role: as under ``roles`` in ``agent status --json``.
        now: aware.
    """
    ends = _moment(role["expires_at"])
    left = (ends - now).total_seconds() if ends is not None else None
    return RoleLine(
        name=name,
        state=role["state"],
        source=role["source"] or "-",
        expires=_in(ends, now, past="ended"),
        left=None if left is None else max(0.0, min(left / _session_seconds(role), 1.0)),
        renews=_in(_moment(role["next_renewal"]), now, past="now"),
        horizon=_horizon(role["horizon"], now),
        clients=role["clients"],
        error=_sentence(role["last_error"]),
        urgency=(0 if role["last_error"] else _URGENCY.get(role["state"], 0), left if left is not None else 0.0, name),
    )


def complaints(status: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the agent itself, a sentence each."""
    if status["config"]["error"]:
        yield f"the changed configuration is not in force: {status['config']['error']}"
    yield from status["complaints"]


def details(name: str, role: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """Everything about one role, line by line: where it is served, how it goes, what ends it."""
    line = role_line(name, role, now)
    yield f"{name}: {line.state}, from {line.source}, key {role['access_key_id']}"
    yield f"expires {line.expires}, renewed {line.renews}"
    renewals = f"{role['renewals']} renewals, {role['failures']} failed"
    yield f"{renewals}; {role['requests']} requests, {role['refused']} refused"
    yield ""
    doors = {"container": role["container"], "imds": role["imds"], **role["doors"]}
    for kind, where in doors.items():
        for key, value in (where or {}).items():
            yield f"{kind:<10} {key}: {value}"
    error = role["last_error"]
    if error:
        yield ""
        yield f"{error['what']}"
        if error["why"]:
            yield f"why:  {error['why']}"
        yield from (f"next: {step}" for step in error["next"])
        if error["cause"]:
            yield f"more: unexpired doctor {error['cause']}"
    horizon = role["horizon"]
    if horizon:
        yield ""
        yield f"horizon: {line.horizon}"
        for link in horizon["links"]:
            whose = f" ({link['profile']})" if link["profile"] else ""
            yield f"  {link['link']}{whose}: {ending(link['until'], now)}"
        for step in (horizon["limited_by"] or {}).get("extend", ()):
            yield f"  extend: {step}"


def _session_seconds(role: Mapping[str, Any]) -> float:
    links = (role["horizon"] or {}).get("links", ())
    return float((links[-1]["session_seconds"] if links else None) or _SESSION_SECONDS)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)


def _in(moment: datetime | None, now: datetime, *, past: str) -> str:
    if moment is None:
        return "-"
    return past if moment <= now else f"in {span(moment - now)}"


def span(left: timedelta) -> str:
    """As few words as a glance needs: ``40s``, ``42m``, ``3h10m``, ``5d``."""
    if left >= _IN_DAYS:
        return f"{left.days}d"
    if left < _IN_MINUTES:
        return written(timedelta(seconds=max(round(left.total_seconds()), 1)))
    return written(timedelta(minutes=round(left.total_seconds() / 60)))


def _horizon(horizon: Mapping[str, Any] | None, now: datetime) -> str:
    if horizon is None:
        return "-"
    end, limit = ending(horizon["until"], now), horizon["limited_by"]
    return f"{end}, {limit['link']}" if limit is not None else end


def ending(until: str | None, now: datetime) -> str:
    """How far away an end of the status is: ``8h``, ``ended``, ``no end``, ``unknown``."""
    if until is None:
        return "no end"
    if until == "unknown":
        return "unknown"
    moment = parse_timestamp(until)
    return "ended" if moment <= now else span(moment - now)


def _sentence(error: Mapping[str, Any] | None) -> str:
    if not error:
        return ""
    return f"{error['what']} ({error['why']})" if error["why"] else str(error["what"])
