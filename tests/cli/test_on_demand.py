"""An agent that is started by whoever would use it, where that is turned on, and by nobody where it is not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from unexpired.channels.on_demand import start_agent_for
from unexpired.testing.clock import FakeClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the agent's socket is a unix socket")

SESSION = "import unexpired; unexpired.Session(profile_name='etl').client('sts').get_caller_identity()"


class Machine:
    """Somebody's shell, with an unexpired.toml that may have the agent started."""

    def __init__(self, folder, shell):
        self.folder = folder
        self.config = folder / "unexpired.toml"
        self.environment = {
            **shell.environment,
            "UNEXPIRED_CONFIG": str(self.config),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        self.turn_on()

    def turn_on(self, switch="true", profile="etl"):
        self.config.write_text(f'[agent]\nstart_on_demand = {switch}\n[roles.etl]\nprofile = "{profile}"\n')

    def type(self, *arguments, **variables):
        command = [sys.executable, *arguments]
        environ = {**self.environment, **variables}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def process(self, **variables):
        return json.loads(self.type("-m", "unexpired", "credential-process", "--profile", "etl", **variables))

    def status(self):
        done = subprocess.run(
            [sys.executable, "-m", "unexpired", "agent", "status", "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return json.loads(done.stdout) if done.returncode == 0 else None

    def agent(self):
        """The status of the agent that has been started; it takes a moment."""
        deadline = time.monotonic() + 30
        while (found := self.status()) is None:
            assert time.monotonic() < deadline
        return found

    @property
    def started(self):
        return (Path(self.environment["UNEXPIRED_STORE_DIR"]) / "agent.started").exists()


@pytest.fixture
def machine(shell):
    folder = Path(tempfile.mkdtemp(prefix="ue"))
    machine = Machine(folder, shell)
    yield machine
    if machine.started and machine.status() is not None:
        machine.type("-m", "unexpired", "agent", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def test_the_first_process_starts_an_agent_and_the_next_is_answered_by_it_with_one_call_to_sts(machine, sandbox):
    first = machine.process()
    machine.agent()
    assert machine.process() == first
    assert machine.status()["roles"]["etl"]["requests"] == 1
    assert sandbox.count("sts", "AssumeRole") == 1


@pytest.mark.parametrize("how", [("-m", "unexpired", "exec", "--profile", "etl", "--", "true"), ("-c", SESSION)])
def test_exec_and_a_session_start_it_too_and_share_what_they_have(machine, sandbox, how):
    machine.type(*how)
    assert machine.agent()["roles"]["etl"]["last_error"] is None
    assert machine.process()
    assert sandbox.count("sts", "AssumeRole") == 1


def test_what_somebody_exported_is_not_the_agents(machine):
    machine.process(AWS_SECRET_ACCESS_KEY="canary", AWS_SESSION_TOKEN="canary", AWS_ACCESS_KEY_ID="ASIACANARY000001")
    pid = machine.agent()["pid"]
    environ = Path(f"/proc/{pid}/environ")
    if not environ.exists():
        pytest.skip("no /proc here")
    try:
        assert b"canary" not in environ.read_bytes()
    except PermissionError:
        pytest.skip("nobody may read it: the agent is not dumpable")


@pytest.mark.parametrize("switch", ["false", "1"])
def test_where_it_is_not_turned_on_nothing_is_started(machine, switch):
    machine.turn_on(switch)
    machine.process()
    assert not machine.started


def test_for_a_profile_that_it_does_not_serve_nothing_is_started(machine):
    machine.turn_on(profile="other")
    machine.process()
    assert not machine.started


def test_a_file_that_is_wrong_costs_one_try_a_minute(machine):
    with machine.config.open("a") as more:
        more.write("wrong = 1\n")
    clock = FakeClock()
    assert start_agent_for("etl", machine.environment, clock=clock)
    assert not start_agent_for("etl", machine.environment, clock=clock)
    clock.advance(61)
    assert start_agent_for("etl", machine.environment, clock=clock)
