"""`unexpired sandbox`: says where it is, serves, and goes without a trace."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from unexpired.sandbox.remote import RemoteSandbox

COMMAND = [sys.executable, "-m", "unexpired", "sandbox"]


@pytest.fixture
def run():
    """``run("--json")`` starts the command; it is stopped after the test, come what may."""
    started = []

    def start(*arguments):
        started.append(subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_serves_profiles_until_it_is_told_to_stop(run, monkeypatch):
    process = run("--json", "--lifetime", "15m", "--speed", "900")
    said = json.loads(process.stdout.readline())
    assert (said["version"], said["profiles"]) == (1, ["base", "job"])
    monkeypatch.setenv("AWS_CONFIG_FILE", said["config_file"])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", said["credentials_file"])
    base = boto3.Session(profile_name="base").client("sts", endpoint_url=said["endpoint_url"])
    answer = base.assume_role(RoleArn="arn:aws:iam::123456789012:role/job", RoleSessionName="job")["Credentials"]
    remote = RemoteSandbox(said["endpoint_url"])
    remote.expire(answer["AccessKeyId"])
    dead = boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], "us-east-1")
    with pytest.raises(ClientError, match="ExpiredToken"):
        dead.client("s3", endpoint_url=said["endpoint_url"]).list_buckets()
    assert remote.count("sts", "AssumeRole") == 1
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not Path(said["config_file"]).exists()


def test_it_tells_a_person_what_to_paste(run):
    process = run()
    lines = [process.stdout.readline() for _ in range(6)]
    assert lines[0].startswith("Sandbox on http://127.0.0.1:")
    assert any(line.strip().startswith("export AWS_CONFIG_FILE=") for line in lines)


def test_a_port_that_is_taken_is_the_users_mistake(run):
    port = json.loads(run("--json").stdout.readline())["endpoint_url"].rpartition(":")[2]
    done = subprocess.run([*COMMAND, "--json", "--port", port], capture_output=True, text=True, check=False)
    assert f"cannot listen on port {port}" in json.loads(done.stdout)["error"]["message"]
    assert done.returncode == 2
    assert f"cannot listen on port {port}" in done.stderr
    assert "Traceback" not in done.stderr
