"""Thousands of roles: they rest until asked for, wake on a request, and never storm STS together."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.agent.conftest import Issuer

from unexpired.agent.config import RoleConfig
from unexpired.agent.roles.pace import Pace
from unexpired.engine.errors import SourceUnavailable
from unexpired.engine.events import RenewalDetails
from unexpired.stores.file import FileStore
from unexpired.stores.memory import MemoryStore
from unexpired.testing.clock import FakeClock


@pytest.fixture
def many(config):
    """A thousand roles."""
    names = [f"role-{number}" for number in range(1000)]
    return replace(config, roles={name: RoleConfig(name, profile=name) for name in names})


def test_few_roles_are_woken_at_the_start_so_that_nobody_waits(start, issuer):
    agent = start()
    patience_ends = time.monotonic() + 30
    while agent.status()["state"] != "serving" and time.monotonic() < patience_ends:
        time.sleep(0.01)
    assert issuer.calls == 1
    assert agent.container().status == 200
    assert issuer.calls == 1


def test_many_roles_rest_until_somebody_asks(start, many, issuer):
    agent = start(many)
    states = {role["state"] for role in agent.status(None)["roles"].values()}
    assert states == {"resting"}
    assert agent.unix("GET", "/credentials/role-7").status == 200
    assert agent.status("role-7")["state"] == "serving"
    assert issuer.calls == 1


def test_a_role_that_nobody_asked_for_rests_and_the_next_request_wakes_it(agent, issuer, clock):
    agent.container()
    clock.advance(minutes=59)
    agent.call(agent.agent.roles.sweep)
    assert agent.status()["state"] != "resting"
    clock.advance(minutes=2)
    agent.call(agent.agent.roles.sweep)
    assert agent.status()["state"] == "resting"
    assert agent.status()["next_renewal"] is None
    calls = issuer.calls
    clock.advance(hours=10)
    assert issuer.calls == calls
    assert agent.container().status == 200
    assert issuer.calls == calls + 1


def test_a_role_that_a_file_is_written_for_never_rests(start, config, clock, folder):
    doors = frozenset({"socket", "file"})
    role = replace(config.roles["etl"], doors=doors, credentials_file=folder / "credentials")
    agent = start(replace(config, roles={"etl": role}))
    agent.unix("GET", "/credentials/etl")
    clock.advance(minutes=61)
    agent.call(agent.agent.roles.sweep)
    assert agent.status()["state"] != "resting"


def test_roles_woken_together_ask_at_the_pace_that_is_allowed(clock):
    """A burst, and then so many a second: the tenth of a hundred callers waits, and time is the only cure."""
    pace, taken = Pace(10.0, clock=clock), []

    def take():
        for _ in range(25):
            pace.take()
            taken.append(clock.monotonic())

    taker = threading.Thread(target=take)
    taker.start()
    began = clock.monotonic()
    while taker.is_alive():
        clock.wait_until_sleeping(1)
        clock.advance(0.1)
        taker.join(0.001)
    at_once = sum(1 for moment in taken if moment == began)
    assert at_once <= 11
    assert taken[-1] - began == pytest.approx(1.4, abs=0.3)


def test_what_another_process_has_put_into_the_store_costs_no_turn(start, many, issuer, tmp_path, clock):
    issuer.shareable = True  # and all have one key: the first one's session is everybody's
    agent = start(many, store=FileStore(tmp_path / "store", clock=clock))
    agent.agent.roles.pace.per_second = 0.001
    statuses = [agent.unix("GET", f"/credentials/role-{number}").status for number in range(20)]
    assert statuses == [200] * 20
    assert issuer.calls == 1


def test_no_more_roles_ask_at_once_than_the_configuration_allows(start, many, issuer):
    issuer.held_up = threading.Event()
    agent = start(replace(many, most_renewals_at_once=2))
    agent.agent.roles.pace.per_second = 1e6
    askers = [threading.Thread(target=agent.unix, args=("GET", f"/credentials/role-{number}")) for number in range(9)]
    for asker in askers:
        asker.start()
    while issuer.calls < 2:
        time.sleep(0.01)
    time.sleep(0.1)
    assert issuer.calls == 2
    issuer.held_up.set()
    for asker in askers:
        asker.join()
    assert issuer.calls == 9


def test_throttling_halves_the_pace_and_it_recovers():
    clock = FakeClock()
    pace = Pace(20.0, clock=clock)
    throttled = RenewalDetails(
        "renewal_failed", "assume_role", "schedule", error=SourceUnavailable("slower", cause="sts-throttled")
    )
    pace.heed(throttled)
    assert pace.speed() == pytest.approx(10.0)
    pace.heed(throttled)
    assert pace.speed() == pytest.approx(5.0)
    clock.advance(minutes=2)
    assert pace.speed() == pytest.approx(20.0)


def test_a_role_that_is_throttled_slows_all_of_them_down(start, config, issuer):
    issuer.error = SourceUnavailable("slower", cause="sts-throttled")
    agent = start(replace(config, most_sts_calls_per_second=100.0))
    assert agent.container().json["code"] == "sts-throttled"
    assert agent.agent.roles.pace.speed() <= 50.0


def test_what_is_no_throttling_leaves_the_pace_alone():
    pace = Pace(20.0, clock=FakeClock())
    pace.heed(RenewalDetails("renewal_failed", "assume_role", "schedule", error=SourceUnavailable("down")))
    assert pace.speed() == 20.0


def test_renewals_of_sessions_made_together_are_spread(start, many, issuer):
    """An hour's sessions made at one moment: no minute of it renews a tenth of them."""
    issuer.lifetime = timedelta(hours=1)
    agent = start(many)
    agent.agent.roles.pace.per_second = 1e6  # all at one moment of the clock
    for name in list(many.roles)[:300]:
        agent.unix("GET", f"/credentials/{name}")
    moments = sorted(role["next_renewal"] for role in agent.status(None)["roles"].values() if role["next_renewal"])
    assert len(moments) == 300
    assert max(sum(moment[:16] == minute for moment in moments) for minute in {moment[:16] for moment in moments}) < 100


def test_only_so_many_issuers_are_asked_at_once_and_what_hangs_holds_up_nobody_else(start, many, issuer):
    """Twenty roles are asked for while STS hangs; the ninth waits for a place, and those in hand are served."""
    agent = start(many)
    agent.unix("GET", "/credentials/role-0")
    issuer.held_up = threading.Event()
    clients = []
    for number in range(1, 21):
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(agent.agent.socket))
        client.sendall(f"GET /credentials/role-{number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        clients.append(client)
    patience_ends = time.monotonic() + 30
    while issuer.calls < 9 and time.monotonic() < patience_ends:
        time.sleep(0.01)
    assert agent.unix("GET", "/credentials/role-0").status == 200
    assert issuer.calls == 1 + many.most_renewals_at_once
    issuer.held_up.set()
    for client in clients:
        client.settimeout(30)
        with client:
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert issuer.calls == 21


def test_what_the_agent_before_left_in_the_store_is_served_at_once_whatever_the_pace(start, many, issuer):
    """Two hundred roles wake after a restart, and STS may be asked once in ten seconds."""
    issuer.shareable, store = True, MemoryStore()
    for number in range(200):
        store.save(f"{number:064x}", issuer.fetch())

    class Named(Issuer):
        pass

    def source_for(role):
        return Named(issuer.clock, shareable=True, key=f"{int(role.name.partition('-')[2]):064x}")

    agent = start(replace(many, most_sts_calls_per_second=0.1), store=store, source_for=source_for)
    for number in range(200):
        assert agent.unix("GET", f"/credentials/role-{number}").status == 200


MEASURED = """
import asyncio, sys, tempfile
from datetime import timedelta
from pathlib import Path
import psutil, botocore.session
from unexpired.agent.config import AgentConfig, RoleConfig
from unexpired.agent.doors.container import container_reply
from unexpired.agent.server import Agent
from unexpired.agent.roles.sources import Sources
from unexpired.engine.credentials import Credentials
from unexpired.testing.clock import FakeClock

clock, source_of = FakeClock(), Sources()
botocore.session.Session().create_client("sts", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")

class Issuer:
    name, shareable = "assume_role", False
    def __init__(self, source):
        self.source, self.key = source, source.key
    def fetch(self, prompter=None):
        now = clock.now()
        return Credentials("ASIAEXAMPLE00001", "s" * 40, "t" * 900, now + timedelta(hours=1), issued_at=now)

async def main(folder):
    names = [f"role-{number}" for number in range(10_000)]
    arn = "arn:aws:iam::123456789012:role/"
    roles = {name: RoleConfig(name, role_arn=arn + name, source_profile="base") for name in names}
    config = AgentConfig(folder / "unexpired.toml", roles, state=folder / "state")
    agent = Agent(config, source_for=lambda role: Issuer(source_of(role)), environ={}, clock=clock)
    agent.journal.close()
    agent.roles.pace.per_second = 1e6
    await agent.open()
    for role in agent.roles:
        await role._reply_later(container_reply)
    assert sum(role.awake for role in agent.roles) == 10_000
    print(round(psutil.Process().memory_info().rss / 1e6))
    agent.close()

with tempfile.TemporaryDirectory(prefix="ue") as folder:
    asyncio.run(main(Path(folder)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resident memory is counted otherwise there")
def test_ten_thousand_roles_with_a_session_each_stay_below_200_mb(tmp_path, monkeypatch):
    pytest.importorskip("psutil")
    (tmp_path / "config").write_text(
        "[profile base]\naws_access_key_id = AKIAEXAMPLE00001\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200
