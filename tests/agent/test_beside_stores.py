"""A program's own ``Session`` takes what the agent has in hand, found by the key that says whose session it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import unexpired
from unexpired.engine.clock import SYSTEM_CLOCK, moment
from unexpired.engine.credentials import Credentials
from unexpired.stores.entries.agent import BesideAgent
from unexpired.stores.memory import MemoryStore

KEY = "ab" * 32


class Issuer:
    """The role's issuer, as the agent and the program have it: both ask the same, so both have one key."""

    name, shareable = "assume_role", True

    def __init__(self, asked: list[str], who: str, key: str = KEY) -> None:
        self.asked, self.who, self.key = asked, who, key

    def fetch(self, prompter=None):
        self.asked.append(self.who)
        now = moment(SYSTEM_CLOCK.wall())
        key_id = f"ASIAEXAMPLE{len(self.asked):05d}"
        return Credentials(key_id, "canary-secret", "canary-token", now + timedelta(hours=1), issued_at=now)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def served(start, config, asked, monkeypatch, tmp_path):
    """An agent that keeps its sessions to itself, and a program that would share no disk with it."""
    config = replace(config, roles={"etl": replace(config.roles["etl"], profile="etl")})
    agent = start(config, source_for=lambda _role: Issuer(asked, "agent"), clock=SYSTEM_CLOCK)
    agent.container()
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(agent.agent.socket))
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return agent


def key_id(source) -> str:
    return unexpired.Session(source=source).get_credentials().access_key


def test_a_session_is_given_what_the_agent_has_in_hand(served, asked):
    assert key_id(Issuer(asked, "program")) == "ASIAEXAMPLE00001"
    assert asked == ["agent"]
    assert served.status()["clients"] == 2


def test_another_key_is_another_role_and_is_not_given_it(served, asked):
    assert key_id(Issuer(asked, "program", key="cd" * 32)) == "ASIAEXAMPLE00002"
    assert asked == ["agent", "program"]


def test_what_a_service_has_refused_is_not_taken_from_the_agent_again(served, asked):
    session = unexpired.Session(source=Issuer(asked, "program"))
    refused = session.get_credentials().access_key
    session.refresher.invalidate(refused)
    assert session.get_credentials().access_key == "ASIAEXAMPLE00002"
    assert asked == ["agent", "program"]


def test_without_an_agent_a_session_renews_by_itself(served, asked):
    served.stop()
    assert key_id(Issuer(asked, "program")) == "ASIAEXAMPLE00002"


def test_memory_alone_asks_no_agent_either(served, asked, monkeypatch):
    monkeypatch.setenv("UNEXPIRED_STORE", "memory")
    assert key_id(Issuer(asked, "program")) == "ASIAEXAMPLE00002"


def test_a_role_that_has_no_session_is_not_waited_for(start, config, asked):
    agent = start(config, source_for=lambda _role: Issuer(asked, "agent"), clock=SYSTEM_CLOCK)
    agent.container()
    agent.call(agent.agent.roles.get("etl").rest)
    assert agent.unix("GET", f"/sessions/{KEY}").status == 404
    assert asked == ["agent"]


def test_it_is_for_the_roles_users_and_only_for_reading(start, config, asked):
    others = replace(config.roles["etl"], allow_uids=frozenset({4_000_000}))
    agent = start(
        replace(config, roles={"etl": others}), source_for=lambda _role: Issuer(asked, "agent"), clock=SYSTEM_CLOCK
    )
    agent.do(agent.agent.roles.get("etl").obtain())
    assert agent.unix("POST", f"/sessions/{KEY}").status == 405
    answer = agent.unix("GET", f"/sessions/{KEY}")
    assert answer.status == 403
    assert b"canary" not in answer.body
    assert len(agent.denials("UidRefused")) == 1


def test_whichever_ends_later_is_taken(served, asked):
    store = MemoryStore()
    kept = replace(Issuer([], "").fetch(), expires_at=moment(SYSTEM_CLOCK.wall()) + timedelta(hours=3))
    store.save(KEY, kept)
    assert BesideAgent(store).load(KEY) == kept
    assert BesideAgent(MemoryStore()).load(KEY).access_key_id == "ASIAEXAMPLE00001"
