"""What the stores' tests share: a directory of their own, sessions, and other processes that hold a lock."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import unexpired
from unexpired.engine.credentials import Credentials
from unexpired.stores.file import FileStore
from unexpired.testing.clock import FakeClock

KEY = "0123456789abcdef" * 4

_HOLDER = """
import sys
from pathlib import Path
from unexpired.stores.file import FileStore
with FileStore(Path(sys.argv[1])).lock(sys.argv[2], lambda: False):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def store(directory, clock) -> FileStore:
    return FileStore(directory, clock=clock, patience_seconds=0.3)


@pytest.fixture
def session(clock):
    def made(number: int = 1, lifetime: float = 3600.0, **changes) -> Credentials:
        values = {
            "expires_at": clock.now() + timedelta(seconds=lifetime),
            "issued_at": clock.now(),
            "account_id": "123456789012",
            "source": "assume_role",
            **changes,
        }
        token = values.pop("session_token", "canary-token")
        return Credentials(f"ASIATESTKEY{number:05d}", "canary-secret", token, **values)

    return made


@pytest.fixture
def start_python():
    """Start a Python program that can import what the tests import; it is killed at the end."""
    started = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(unexpired.__file__).parents[1])}
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture
def other_holder(start_python, directory):
    """Another process that holds the lock of the key."""

    def hold(key: str = KEY) -> subprocess.Popen[str]:
        process = start_python(_HOLDER, directory, key)
        assert process.stdout.readline() == "held\n"
        return process

    return hold
