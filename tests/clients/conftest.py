"""Unchanged clients, and the doors through which they are let: each a program in a process of its own.

``start(client, environment)`` lets one run until the test has seen enough; its ``Run`` says what came of it, and the
sandbox's journal, which no program can talk round, says with which sessions.

Those that need a toolchain are marked ``toolchain`` and left out by default: ``./dev clients`` builds and runs them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from unexpired.agent.views.status import status
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from tests.agent.service_manager import Manager

collect_ignore_glob = ["test_*.py"] if sys.platform == "win32" else []  # programs are ended by signals

PROGRAMS = Path(__file__).parent / "programs"
DOORS = ("token", "token-file", "imds", "process", "file")
"""Container endpoint by token or by token file, the instance's metadata, ``credential_process``, a credentials file."""


@dataclass(frozen=True)
class Client:
    """A program that uses AWS, with what it is built by and the doors it knows."""

    name: str
    doors: tuple[str, ...]
    toolchain: bool = False

    @property
    def reads_files_once(self) -> bool:
        """It knows the shared files, and sees nothing of what happens to them later."""
        return "process" in self.doors and "file" not in self.doors

    def command(self) -> list[str]:
        """How it is started; its three arguments follow. Skips the test where it cannot be."""
        if not self.toolchain:
            return [sys.executable, str(PROGRAMS / f"{self.name}.py")]
        built = Path(os.environ.get("UNEXPIRED_CLIENT_PROGRAMS", os.devnull)) / self.name
        if not (built / "stamp").exists():
            pytest.skip(f"the {self.name} program is not built: ./dev clients builds and runs it")
        return {
            "go": [str(built / "client")],
            "js": [shutil.which("node") or "node", str(built / "main.js")],
            "java": [shutil.which("java") or "java", "-cp", f"{built}/classes:{built}/dependency/*", "Client"],
            "rust": [str(built / "debug" / "client")],
            "aws-rust": [str(built / "debug" / "client")],
        }[self.name]


# A program that reads a credentials file once cannot see it renewed: that door is only for those that read it again.
CLIENTS = (
    Client("boto", ("token", "token-file", "imds", "process")),
    Client("cli", DOORS),
    Client("go", ("token", "token-file", "imds", "process"), toolchain=True),
    Client("js", ("token", "token-file", "imds", "process"), toolchain=True),
    Client("java", DOORS, toolchain=True),
    Client("rust", ("token-file", "imds"), toolchain=True),
    Client("aws-rust", ("token", "token-file", "imds", "process"), toolchain=True),
)


# Left to `./dev clients`, since the default run is to be short and has them otherwise: boto3 at the endpoint and the
# metadata in tests/agent/test_clients.py, the AWS CLI at the endpoint in tests/cli/test_exec_clients.py.
SPARED = (
    *(("boto", door) for door in ("token", "token-file", "imds")),
    *(("cli", door) for door in ("token", "token-file", "imds")),
    ("cli",),
)


def pytest_generate_tests(metafunc):
    """``client`` is each of them in turn; with ``door``, each door that it knows."""
    if "door" in metafunc.fixturenames:
        names = "client, door"
        cases = [(client, door) for client in CLIENTS for door in client.doors]
    elif "client" in metafunc.fixturenames:
        names, cases = "client", [(client,) for client in CLIENTS]
    elif "reads_once" in metafunc.fixturenames:
        names, cases = (
            "reads_once",
            [(client,) for client in CLIENTS if client.reads_files_once],
        )
    else:
        return
    short = any(mark.kwargs.get("lifetime") for mark in metafunc.definition.iter_markers("sandbox"))
    metafunc.parametrize(names, [_case(*case, short=short) for case in cases])


def _case(client, *rest, short):
    marks = [pytest.mark.toolchain] if client.toolchain or (client.name, *rest) in SPARED else []
    if (client.name, *rest) == ("java", "file"):
        marks.append(pytest.mark.sandbox(lifetime=8))  # it looks at the file's date now and then
    if client.name == "cli" and short:
        marks.append(pytest.mark.sandbox(lifetime=6))  # a process of Python's for each request: on a busy machine, slow
    values = (client, *rest) if rest else (client,)
    return pytest.param(*values, id="-".join((client.name, *rest)), marks=marks)


def pytest_terminal_summary(terminalreporter):
    """The table: what each client did at each door."""
    rows = {
        report.nodeid.rpartition("/")[2]: dict(report.user_properties)["row"]
        for report in terminalreporter.getreports("")
        if "row" in dict(report.user_properties)
    }
    if rows:
        terminalreporter.section("requests, refused, sessions, slowest in ms")
    for name in sorted(rows):
        terminalreporter.write_line(f"{name:<76}" + "".join(f"{number:>6}" for number in rows[name]))


@dataclass
class Run:
    """A program that runs, or has run: a line for each request."""

    process: subprocess.Popen
    lines: list[str] = field(default_factory=list)

    def failures(self, *, stop: bool = False) -> list[str]:
        """Its requests that failed, in its words; waits for its end, or ends it."""
        if stop:
            assert self.process.poll() is None, self.process.communicate()
            self.process.terminate()
        out, err = self.process.communicate(timeout=90)
        assert stop or self.process.returncode == 0, err
        self.lines = [line for line in out.splitlines(keepends=True) if line.endswith("\n")]
        return [line for line in self.lines if not line.startswith("ok ")]

    def slowest(self) -> int:
        """What its slowest request took, in milliseconds."""
        return max((int(line.split()[1]) for line in self.lines), default=0)


@pytest.fixture
def start(sandbox, bucket):
    """``start(client, environment, before=("unexpired", ...), seconds=100)`` lets a client run."""

    def begin(client, environment, *, before=(), seconds=100, pause=100):
        command = [*before, *client.command(), bucket, str(seconds), str(pause)]
        if client.name == "cli":
            environment = {**environment, "AWS_CLI": aws()}
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begin.runs.append(Run(process))
        return begin.runs[-1]

    begin.runs = []
    yield begin
    for run in begin.runs:
        run.process.kill()
        run.process.wait()


def aws():
    found = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")
    return found or pytest.skip("the AWS CLI is not installed: pip install awscli")


@pytest.fixture
def profiles(sandbox, tmp_path):
    """Profile ``etl``, a role assumed from the long-term key of ``base``."""
    sandbox.role("etl")
    return sandbox.write_profiles(tmp_path / "aws")


@pytest.fixture
def environment(profiles, tmp_path):
    """A user's environment that points at the sandbox."""
    return {**profiles.environment, "UNEXPIRED_STORE_DIR": str(tmp_path / "store")}


@dataclass
class Agent:
    """An agent in a process of its own, with the role ``etl`` at all its doors."""

    folder: Path
    socket: Path
    variables: dict[str, str]
    manager: Manager | None = None
    process: subprocess.Popen | None = None

    def start(self):
        """Start it, and wait until it answers."""
        with (self.folder / "agent.err").open("a") as said:
            command = [sys.executable, "-m", "unexpired", "agent", "run"]
            started = self.manager.started if self.manager is not None else _started
            self.process = started(command, self.variables, stdin=subprocess.DEVNULL, stderr=said)
            if self.manager is not None:
                self.manager.listen("READY=1")
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(UnexpiredError):
                return self.status()
            time.sleep(0.02)
        raise AssertionError((self.folder / "agent.err").read_text())

    def kill(self):
        """As the system does when memory runs out: with no chance to say goodbye."""
        self.process.kill()
        self.process.wait()

    def status(self):
        return status(self.socket)

    def environment(self, door):
        """What a program is told so that it comes through one door, and no other."""
        role = self.status()["roles"]["etl"]
        told = {name: value for name, value in self.variables.items() if name not in _TAKEN_OUT}
        if door in ("token", "token-file"):
            told["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = role["container"]["uri"]
            token_file = role["container"]["token_file"]
            if door == "token":
                told["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = Path(token_file).read_text()
            else:
                told["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token_file
        elif door == "imds":
            del told["AWS_EC2_METADATA_DISABLED"]
            told["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = role["imds"]["endpoint"]
            told["AWS_METADATA_ENDPOINT"] = role["imds"]["endpoint"]  # object_store's name for it
        elif door == "process":
            told |= {name: self.variables[name] for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
            told["AWS_PROFILE"] = "through-a-process"
        else:
            told |= {"AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "handed-out"), "AWS_PROFILE": "etl"}
            _wait_for((self.folder / "handed-out").exists)
        return told


def _started(command, variables, **options):
    return subprocess.Popen(command, env=variables, **options)


_TAKEN_OUT = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE")


@pytest.fixture
def agent(environment, profiles, tmp_path):
    """A running agent."""
    room = tempfile.TemporaryDirectory(prefix="agent-")  # a unix socket's path has 103 bytes at the most
    (tmp_path / "unexpired.toml").write_text(
        f"""
        [agent]
        state = "{tmp_path}/state"
        socket = "{room.name}/agent.sock"
        [roles.etl]
        profile = "etl"
        doors = ["container", "socket", "imds", "file"]
        credentials_file = "{tmp_path}/handed-out"
        """
    )
    with profiles.config_file.open("a") as config:
        process = f"{sys.executable} -m unexpired credential-process --profile etl"
        config.write(f"\n[profile through-a-process]\ncredential_process = {process}\nregion = us-east-1\n")
    variables = {**environment, "UNEXPIRED_CONFIG": str(tmp_path / "unexpired.toml")}
    variables["UNEXPIRED_AGENT_SOCKET"] = f"{room.name}/agent.sock"
    started = Agent(tmp_path, Path(room.name) / "agent.sock", variables)
    started.start()
    yield started
    started.kill()
    room.cleanup()


@pytest.fixture
def wait_for():
    """``wait_for(condition)`` returns when it holds; a minute is too long."""
    return _wait_for


def _wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def bucket(sandbox):
    """A bucket, made with somebody else's key."""
    key = sandbox.user("owner")
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    s3.create_bucket(Bucket="bucket")
    return "bucket"


@dataclass(frozen=True)
class Seen:
    """What the sandbox saw of a client's own requests."""

    requests: int
    refused: int
    sessions: int


@pytest.fixture
def witness(sandbox, start, record_property):
    """``witness()`` is what the sandbox has seen of the client, and a row of the table at the end of the run."""

    def look():
        records = [record for record in sandbox.requests if record.operation in ("PutObject", "GetObject")]
        accepted = {record.access_key_id for record in records if record.accepted}
        return Seen(len(records), sum(not record.accepted for record in records), len(accepted))

    yield look
    slowest = max((run.slowest() for run in start.runs), default=0)
    record_property("row", [*astuple(look()), slowest])
