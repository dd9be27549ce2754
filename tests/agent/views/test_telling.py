"""What `agent status` says to a person, at 80 columns and without colour."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from unexpired.cli._agent_status import table
from unexpired.cli._group import group

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
ERROR = {"what": "STS refused", "why": "AccessDenied", "next": ["ask the role's owner"], "cause": "assume-role-denied"}
LIMIT = {"link": "sso-session", "cause": "sso-session-expired", "why": "", "extend": ["aws sso login"]}


def role(**changes):
    """As the status has a role, at noon."""
    role = {
        "container": None,
        "imds": None,
        "doors": {},
        "state": "serving",
        "source": "assume_role",
        "access_key_id": "ASIA…0001",
        "expires_at": "2026-11-21T12:42:00Z",
        "next_renewal": "2026-11-21T12:19:30Z",
        "renewals": 1,
        "failures": 0,
        "last_error": None,
        "horizon": {"until": None, "limited_by": None, "links": []},
        "clients": 2,
        "requests": 9,
        "refused": 0,
    }
    return role | changes


def told(roles, columns=80, **changes) -> list[str]:
    status = {"pid": 1, "config": {"path": "u.toml", "error": None}, "complaints": [], "roles": roles, **changes}
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in table(status, NOW, columns=columns)]


def test_the_table_says_in_words_how_each_role_is():
    resting = {
        "state": "resting",
        "source": None,
        "expires_at": None,
        "next_renewal": None,
        "horizon": None,
        "clients": 0,
    }
    sso = {"until": "2026-11-21T20:00:00Z", "limited_by": LIMIT, "links": []}
    lines = told(
        {
            "etl": role(),
            "idle": role(**resting),
            "old": role(state="extended", expires_at="2026-11-21T11:00:00Z", horizon=sso),
            "nightly": role(state="failed", expires_at=None, last_error=ERROR, next_renewal="2026-11-21T11:59:00Z"),
        }
    )
    assert lines == [
        "role     state     expires  renewed  horizon          clients  source",
        "nightly  failed    -        now      no end           2        assume_role",
        "old      extended  ended    in 20m   8h, sso-session  2        assume_role",
        "etl      serving   in 42m   in 20m   no end           2        assume_role",
        "idle     resting   -        -        -                0        -",
        "",
        "nightly: STS refused (AccessDenied)",
        "  next: ask the role's owner",
    ]


@pytest.mark.parametrize("name", ["a" * 64, "etl"])
def test_80_columns_hold_it_however_long_a_name_is(name):
    assert max(len(line) for line in told({name: role(), f"{name}-2": role()})) <= 80


def test_what_is_wrong_with_the_agent_itself_is_said():
    lines = told({}, config={"path": "u.toml", "error": "u.toml:3: no such key"}, complaints=["the disk is full"])
    assert lines[-2:] == ["the changed configuration is not in force: u.toml:3: no such key", "the disk is full"]


def test_a_role_of_a_running_agent_is_told(agent, monkeypatch):
    agent.container()
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(agent.agent.socket))
    done = CliRunner().invoke(group, ["agent", "status"])
    assert done.exit_code == 0, done.output
    assert "etl" in done.output
    assert "canary" not in done.output
    assert "\x1b" not in done.output
    assert json.loads(CliRunner().invoke(group, ["agent", "status", "--json"]).output)["roles"].keys() == {"etl"}


def test_with_no_agent_it_says_what_to_type(monkeypatch, folder):
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(folder / "none.sock"))
    done = CliRunner().invoke(group, ["agent", "status"])
    assert done.exit_code == 3
    assert "No agent answers" in done.output
    assert "unexpired agent run" in done.output


def test_the_live_screen_wants_a_terminal(agent, monkeypatch):
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(agent.agent.socket))
    done = CliRunner().invoke(group, ["agent", "status", "--watch"])
    assert done.exit_code == 2
    assert "--watch needs a terminal" in done.output
    assert "agent status --json" in done.output


def test_the_picture_in_the_docs_is_there():
    page = Path(__file__).parents[3] / "docs" / "agent.md"
    assert "agent-watch.svg" in page.read_text(encoding="utf-8")
    assert page.with_name("agent-watch.svg").stat().st_size < 60_000
