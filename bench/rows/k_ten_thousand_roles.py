"""One agent, ten thousand roles, each with a session in hand: its memory, and how renewals reach STS.

The sessions lie in the store, as after a restart: to make them anew would take STS's pace, minutes. Some hundred of
them are due at once, which is what a resumed laptop or a lifted outage looks like; the rest were all issued at one
moment, and their renewals have to be spread by the agent.
"""

from __future__ import annotations

import os
import socket
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from bench.agent import Running, agent
from bench.arena import arena, role_arn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from bench.rows import Measured, Size
    from unexpired.agent.config import AgentConfig

WHAT = "an agent with 10,000 roles, 300 of them due at once"
BAR = "< 200 MB, renewals spread, STS asked at the agent's pace"

_ROLES = {"full": 10_000, "tiny": 20}
_DUE = {"full": 300, "tiny": 4}
_WATCHED_SECONDS = {"full": 10.0, "tiny": 1.0}
# The agent's own defaults, written down because they are what is measured. After a pause a second's worth may come at
# once, and what waits for botocore's import, another.
_CALLS_PER_SECOND, _AT_ONCE = 20, 8
_BURST_SECONDS, _WINDOW_SECONDS = 2, 5
_AGENT = f"""[agent]
most_sts_calls_per_second = {_CALLS_PER_SECOND}
most_renewals_at_once = {_AT_ONCE}
requests_per_second = 1000000
"""
_ROLE = '[roles.{name}]\nrole_arn = "{arn}"\nsource_profile = "base"\nrole_session_name = "{name}"\n'
_AT_A_TIME = 100


def measure(contender: ModuleType, size: Size) -> Measured:
    if contender.NAME != "unexpired":
        return {}
    names = [f"r{number}" for number in range(_ROLES[size])]
    due = names[: _DUE[size]]
    with arena(contender) as sandbox:
        text = _AGENT + "".join(_ROLE.format(name=name, arn=role_arn()) for name in names)
        _fill_store(text, due)
        with agent(text) as running:
            began = time.monotonic()
            _ask_for(running, names[len(due) :])
            woken = time.monotonic() - began
            planned = [role["next_renewal"] for role in running.status().values() if role["next_renewal"]]
            _ask_for(running, due)
            time.sleep(_WATCHED_SECONDS[size])
            calls = [record.at for record in sandbox.requests() if record.operation == "AssumeRole"]
            return {
                "resident_mb": running.resident_mb(),
                "woken_per_second": (len(names) - len(due)) / woken,
                "planned": len(planned),
                "spread_minutes": _minutes(planned),
                "busiest_planned_second": max(Counter(planned).values()),
                "sts_calls": len(calls),
                "busiest": _busiest(calls),
            }


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    if not measured:
        return "no such thing"
    return (
        f"{measured['resident_mb']:.0f} MB, renewals over {measured['spread_minutes']:.0f} min, "
        f"{measured['busiest'] / _WINDOW_SECONDS:.0f} STS calls/s at the most"
    )


def kept(everybody: dict[str, Measured]) -> bool:
    ours = everybody["unexpired"]
    small = ours["resident_mb"] < 200
    # Ten thousand over an hour would be 3 a second; an hour's session leaves them a few minutes.
    spread = ours["busiest_planned_second"] < 0.02 * ours["planned"] and ours["spread_minutes"] >= 5
    paced = 0 < ours["busiest"] <= _CALLS_PER_SECOND * (_WINDOW_SECONDS + _BURST_SECONDS)
    return small and spread and paced


def _fill_store(text: str, due: Sequence[str]) -> None:
    """A session for each role: those in ``due`` have five minutes left, the others an hour."""
    from unexpired import stores
    from unexpired.agent.roles.sources import Sources
    from unexpired.engine.credentials import Credentials

    store, source_of, now, soon = stores.chosen(), Sources(), datetime.now(timezone.utc), set(due)
    for name, role in _configuration(text).roles.items():
        end = now + timedelta(minutes=5 if name in soon else 60)
        session = Credentials(
            "ASIAXXXXXXXXXXXX0001", "s" * 40, "t" * 900, end, source="assume_role", issued_at=end - timedelta(hours=1)
        )
        store.save(source_of(role).key, session)


def _configuration(text: str) -> AgentConfig:
    from unexpired.agent.config import read

    path = Path(os.environ["HOME"], "unexpired.toml")
    path.write_text(text)
    return read(path)


def _ask_for(running: Running, names: Sequence[str]) -> None:
    """One request for each, a hundred at a time."""
    for start in range(0, len(names), _AT_A_TIME):
        clients = [_asked(running, name) for name in names[start : start + _AT_A_TIME]]
        for client in clients:
            with client:
                if b" 200 " not in client.recv(64):
                    raise RuntimeError("a role was refused")


def _asked(running: Running, name: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(60)
    client.connect(str(running.socket))
    client.sendall(f"GET /credentials/{name} HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n".encode())
    return client


def _minutes(moments: Sequence[str]) -> float:
    """From the first to the last."""
    first, last = (datetime.fromisoformat(moment.replace("Z", "+00:00")) for moment in (min(moments), max(moments)))
    return (last - first).total_seconds() / 60


def _busiest(moments: Sequence[float]) -> int:
    """The most of them within the window, wherever it begins."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - _WINDOW_SECONDS:
            first += 1
        most = max(most, last - first + 1)
    return most
