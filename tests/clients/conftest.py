"""Unchanged clients, and the doors through which they are let: each a program in a process of its own.

``start(client, environment)`` runs one against the sandbox for some seconds; its ``Run`` says what came of it, and the
sandbox's journal, which no program can talk round, says with which sessions.

Those that need a toolchain are marked ``toolchain`` and left out by default: ``./dev clients`` builds and runs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

PROGRAMS = Path(__file__).parent / "programs"
DOORS = ("token", "token-file", "imds", "process", "file")
"""Container endpoint by token or by token file, the instance's metadata, ``credential_process``, a credentials file."""


@dataclass(frozen=True)
class Client:
    """A program that uses AWS, with what it is built by and the doors it knows."""

    name: str
    doors: tuple[str, ...]
    toolchain: bool = False

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


def pytest_generate_tests(metafunc):
    """``client`` is each of them in turn; with ``door``, each door that it knows."""
    if "door" in metafunc.fixturenames:
        names = "client, door"
        cases = [(client, door) for client in CLIENTS for door in client.doors]
    elif "client" in metafunc.fixturenames:
        names, cases = "client", [(client,) for client in CLIENTS]
    else:
        return
    metafunc.parametrize(names, [_case(*case) for case in cases])


def _case(client, *rest):
    marks = [pytest.mark.toolchain] if client.toolchain else []
    values = (client, *rest) if rest else (client,)
    return pytest.param(*values, id="-".join((client.name, *rest)), marks=marks)


def pytest_terminal_summary(terminalreporter):
    """The table: what each client did at each door."""
    rows = [
        (report.nodeid.rpartition("/")[2], *dict(report.user_properties)["seen"])
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        if report.when == "call" and "seen" in dict(report.user_properties)
    ]
    if rows:
        terminalreporter.section("sessions, requests, refused")
        for name, sessions, requests, refused in sorted(rows):
            terminalreporter.write_line(f"{name:<72} {sessions:>4} {requests:>5} {refused:>5}")


@dataclass
class Run:
    """A program that runs, or has run: a line for each request."""

    process: subprocess.Popen

    def lines(self) -> list[str]:
        """What it said; waits for its end."""
        out, err = self.process.communicate(timeout=90)
        assert self.process.returncode == 0, err
        return out.splitlines()

    def failures(self) -> list[str]:
        """Its requests that failed, in its words."""
        return [line for line in self.lines() if not line.startswith("ok ")]


@pytest.fixture
def start(sandbox, bucket):
    """``start(client, environment, before=("unexpired", ...), seconds=8, pause=100)`` lets a client run."""
    started = []

    def begin(client, environment, *, before=(), seconds=8, pause=100):
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
        started.append(process)
        return Run(process)

    yield begin
    for process in started:
        process.kill()
        process.wait()


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
def witness(sandbox, record_property):
    """``witness()`` is what the sandbox has seen of the client, and a row of the table at the end of the run."""

    def look():
        records = [record for record in sandbox.requests if record.operation in ("PutObject", "GetObject")]
        accepted = {record.access_key_id for record in records if record.accepted}
        seen = Seen(len(records), sum(not record.accepted for record in records), len(accepted))
        record_property("seen", [seen.sessions, seen.requests, seen.refused])
        return seen

    return look
