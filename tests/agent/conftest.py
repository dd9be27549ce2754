"""What the tests of the agent share: a folder with a short name, an agent in this process, and somebody who asks it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unexpired.agent.config import AgentConfig, RoleConfig
from unexpired.agent.server import Agent
from unexpired.engine.credentials import Credentials
from unexpired.testing.clock import FakeClock


@pytest.fixture
def folder():
    """A directory whose name leaves room for a unix socket's path (108 bytes), unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="ue"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@dataclass
class Issuer:
    """A source whose sessions are made here, and counted."""

    clock: FakeClock
    lifetime: timedelta = timedelta(hours=1)
    calls: int = 0
    error: Exception | None = None
    held_up: threading.Event | None = None
    name: str = "callback"
    shareable: bool = False
    key: str = "0" * 64

    def fetch(self, prompter=None):
        self.calls += 1
        if self.held_up is not None:
            assert self.held_up.wait(30)
        if self.error is not None:
            raise self.error
        now = self.clock.now()
        key_id = f"ASIAEXAMPLE{self.calls:05d}"
        return Credentials(key_id, "canary-secret", "canary-token", now + self.lifetime, issued_at=now)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """An agent on a loop and a thread of its own."""

    config: AgentConfig
    issuer: Issuer
    agent: Agent = field(init=False)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    thread: threading.Thread = field(init=False)

    def start(self, **arguments):
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        arguments = {"source_for": lambda _role: self.issuer, "clock": self.issuer.clock, "environ": {}, **arguments}

        async def opened():
            self.agent = Agent(self.config, **arguments)
            await self.agent.open()

        try:
            self.do(opened())
        except BaseException:
            self._end()
            raise
        return self

    def do(self, coroutine):
        """Run a coroutine on the agent's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def call(self, work, *arguments):
        """Call a function on the agent's loop."""

        async def called():
            return work(*arguments)

        return self.do(called())

    def stop(self):
        self.call(self.agent.close)
        self.do(asyncio.sleep(0.01))  # what was cancelled ends
        self._end()

    def _end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    # Asking

    def status(self, role="etl"):
        found = self.unix("GET", "/status").json
        return found["roles"][role] if role else found

    @property
    def port(self) -> int:
        return int(self.status()["container"]["uri"].split(":")[2].split("/")[0])

    def token(self, role="etl") -> str:
        return self.agent.state.token_file(role).read_text()

    def container(self, target="/credentials/etl", *, method="GET", port=None, timeout=30, **headers) -> Answer:
        sent = headers if "Authorization" in headers else {"Authorization": self.token(), **headers}
        return asked("127.0.0.1", port or self.port, method, target, sent, timeout=timeout)

    def imds(self, method, target, role="etl", **headers) -> Answer:
        port = int(self.status(role)["imds"]["endpoint"].rsplit(":", 1)[1])
        return asked("127.0.0.1", port, method, target, headers)

    def unix(self, method, target, **headers) -> Answer:
        connection = http.client.HTTPConnection("agent", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(30)
        connection.sock.connect(str(self.agent.socket))
        return _answer(connection, method, target, headers)

    @property
    def log(self) -> list[dict[str, Any]]:
        self.agent.journal.flush()
        return [json.loads(line) for line in (self.agent.state.path / "agent.log").read_text().splitlines()]

    def denials(self, code: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == "denied" and line["code"] == code]


def asked(host, port, method, target, headers, timeout=30) -> Answer:
    return _answer(http.client.HTTPConnection(host, port, timeout=timeout), method, target, headers)


def _answer(connection, method, target, headers) -> Answer:
    with contextlib.closing(connection):
        connection.request(method, target, headers={name.replace("_", "-"): text for name, text in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def issuer(clock):
    return Issuer(clock)


@pytest.fixture
def config(folder):
    """`[roles.etl]` at every door but the file's."""
    roles = {"etl": RoleConfig("etl", profile="etl", doors=frozenset({"container", "socket", "imds"}))}
    return AgentConfig(folder / "unexpired.toml", roles, state=folder / "state")


@pytest.fixture
def start(config, issuer):
    """Starts agents, and ends them with the test."""
    running = []

    def started(changed=config, *, of=issuer, **arguments):
        agent = Running(changed, of).start(**arguments)
        running.append(agent)
        return agent

    yield started
    for agent in running:
        if not agent.loop.is_closed():
            agent.stop()


@pytest.fixture
def agent(start):
    return start()


def with_role(config: AgentConfig, name: str, **changes) -> AgentConfig:
    """The same, with a role added or changed."""
    role = replace(config.roles.get(name) or RoleConfig(name, profile=name), **changes)
    return replace(config, roles={**config.roles, name: role})


class Shell:
    """Somebody's terminal, with the smallest file that works."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.file = folder / "unexpired.toml"
        self.file.write_text('[roles.etl]\nprofile = "etl"\n')
        places = {
            "UNEXPIRED_CONFIG": str(self.file),
            "UNEXPIRED_STORE_DIR": str(folder / "store"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        self.environment = {**environment, **places}
        self.running = []

    def command(self, *arguments):
        return [sys.executable, "-m", "unexpired", "agent", *arguments]

    def run(self, *arguments, **variables):
        agent = subprocess.Popen(
            self.command("run", *arguments),
            env={**self.environment, **variables},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(agent)
        first = json.loads(agent.stderr.readline())
        assert first["event"] == "started", first
        return agent

    def say(self, *arguments):
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def status(self):
        return json.loads(self.say("status", "--json").stdout)

    def credentials(self):
        container = self.status()["roles"]["etl"]["container"]
        token = Path(container["token_file"]).read_text()
        asked = urllib.request.Request(container["uri"], headers={"Authorization": token})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture
def shell(sandbox, folder, tmp_path):
    sandbox.role("etl")
    (folder / "run").mkdir(mode=0o700)
    shell = Shell(folder, sandbox.write_profiles(tmp_path / "aws").environment)
    yield shell
    for agent in shell.running:
        if agent.poll() is None:
            agent.terminate()
        agent.communicate(timeout=20)
