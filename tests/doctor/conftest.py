"""A home directory to examine, and the real botocore to compare with."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from unexpired.cli import main
from unexpired.doctor.examine import examine

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


def at(**delta) -> str:
    """A moment relative to `NOW`, as AWS writes it."""
    return (NOW + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Home:
    """A home directory, an environment, and what the doctor finds in them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ = {"HOME": str(path), "PATH": os.environ["PATH"]}

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file below the home directory."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def config(self, text: str | bytes) -> Path:
        return self.write(".aws/config", text)

    def credentials(self, text: str | bytes) -> Path:
        return self.write(".aws/credentials", text)

    def sso_sign_in(self, name: str, *, ends=None, **more) -> Path:
        """Sign in under a session's name, or a start address."""
        digest = hashlib.sha1(name.encode()).hexdigest()
        entry = {"accessToken": "canary-sso-token", "expiresAt": ends or at(hours=8), **more}
        return self.write(f".aws/sso/cache/{digest}.json", json.dumps(entry))

    def login(self, session: str, *, ends=None, **more) -> Path:
        """Sign in at the console."""
        digest = hashlib.sha256(session.encode()).hexdigest()
        token = {
            "accessKeyId": "ASIALOGINLOGINLOGIN1",
            "secretAccessKey": "canary-login-secret",
            "sessionToken": "canary-login-token",
            "accountId": "123456789012",
            "expiresAt": ends or at(minutes=15),
        }
        entry = {
            "accessToken": token,
            "refreshToken": "canary-refresh",
            "dpopKey": "canary-key",
            "clientId": "arn:aws:signin:::devtools/same-device",
            **more,
        }
        return self.write(f".aws/login/cache/{digest}.json", json.dumps(entry))

    def cached_role(self, name: str, key_id: str, *, ends: str, role="arn:aws:sts::123456789012:assumed-role/R/s"):
        """An entry of the AWS CLI's cache."""
        entry = {
            "Credentials": {
                "AccessKeyId": key_id,
                "SecretAccessKey": "canary-secret",
                "SessionToken": "canary-token",
                "Expiration": ends,
            },
            "AssumedRoleUser": {"Arn": role},
        }
        return self.write(f".aws/cli/cache/{name}.json", json.dumps(entry))

    def examine(self, **options):
        options.setdefault("now", NOW)
        options.setdefault("root", str(self.path / "no-machine"))
        return examine(self.environ, **options)

    def chain(self, **options):
        return self.examine(**options).chain


@pytest.fixture
def home(tmp_path) -> Home:
    """An empty home directory."""
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


@pytest.fixture
def asking_doctor(home, sandbox, monkeypatch, capsys):
    """Run ``doctor --json`` in that home with the sandbox as its AWS: the status, and the object."""

    def doctor(*arguments: str, **environ: str):
        with monkeypatch.context() as patch:
            for name in os.environ:
                if name.startswith("AWS_"):
                    patch.delenv(name)
            settings = {**home.environ, "AWS_ENDPOINT_URL": sandbox.endpoint_url, "AWS_DEFAULT_REGION": "eu-west-1"}
            for name, value in (settings | environ).items():
                patch.setenv(name, value)
            status = main(["doctor", "--json", *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, json.loads(out)

    return doctor


@pytest.fixture
def past() -> str:
    """An hour ago."""
    return at(hours=-1)


@pytest.fixture
def future() -> str:
    """In eight hours."""
    return at(hours=8)


@pytest.fixture
def seconds():
    """A moment as a JWT has it."""
    return lambda text: int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


@pytest.fixture
def start(home):
    """``start(NAME="value")`` runs a process with that in its environment until the test ends; its number."""
    started = []

    def start(**environ):
        process = subprocess.Popen(
            [sys.executable, "-c", "print(1, flush=True); import time; time.sleep(600)", "canary-argument"],
            env=home.environ | environ,
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        started.append(process)
        return process.pid

    yield start
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.wait()
