"""``unexpired credential-process``, as boto3 runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timezone

import boto3
import pytest

from unexpired.engine.credentials import parse_timestamp


@pytest.fixture
def run(sandbox_profile, tmp_path, monkeypatch):
    """Run the command in a process of its own, against the sandbox, with a store of its own."""
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path / "store"))

    def start(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "unexpired", "credential-process", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return start


def test_it_prints_a_session_with_its_end(run) -> None:
    answer = json.loads(run("--profile", "job").stdout)
    assert answer["Version"] == 1
    assert answer["AccessKeyId"].startswith("ASIA")
    assert answer["SessionToken"]
    assert (parse_timestamp(answer["Expiration"]) - datetime.now(timezone.utc)).total_seconds() > 3000


def test_processes_that_come_after_each_other_share_one_session(run, sandbox_profile) -> None:
    first, second = (json.loads(run("--profile", "job").stdout) for _ in range(2))
    assert first == second
    assert sandbox_profile.count("sts", "AssumeRole") == 1


def test_boto3_lives_on_it(run, sandbox_profile, tmp_path, monkeypatch) -> None:
    config = tmp_path / "aws" / "config"
    line = f"{sys.executable} -m unexpired credential-process --profile job"
    text = f"\n[profile fresh]\nregion = us-east-1\nendpoint_url = {sandbox_profile.endpoint_url}\n"
    config.write_text(f"{config.read_text()}{text}credential_process = {line}\n")
    monkeypatch.delenv("AWS_PROFILE")
    identity = boto3.Session(profile_name="fresh").client("sts").get_caller_identity()
    assert ":assumed-role/" in identity["Arn"]


def test_a_refusal_is_said_on_stderr_and_nothing_on_stdout(run, sandbox_profile) -> None:
    sandbox_profile.refuse("sts", "AssumeRole")
    done = run("--profile", "job")
    assert (done.returncode, done.stdout) == (3, "")
    assert "AccessDenied" in done.stderr
    assert os.environ.get("AWS_SECRET_ACCESS_KEY", "no such secret") not in done.stderr
