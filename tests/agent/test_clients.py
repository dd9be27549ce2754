"""Real clients in processes of their own, each at the door that it knows, through several of the session's ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]

JOB = """
import boto3, time
session = boto3.Session()
sts = session.client("sts", region_name="us-east-1")
used, ends = set(), time.time() + 9
while time.time() < ends:
    sts.get_caller_identity()
    used.add(session.get_credentials().get_frozen_credentials().access_key)
    time.sleep(0.1)
print(session.get_credentials().method, len(used))
"""


@pytest.fixture
def served(sandbox, folder, tmp_path):
    """`unexpired agent run` with the smallest file that works, and the doors that are asked for."""
    sandbox.role("etl")
    profiles = sandbox.write_profiles(tmp_path / "aws")
    file = folder / "unexpired.toml"
    file.write_text(
        f'[agent]\nstate = "{folder}/state"\n[roles.etl]\nprofile = "etl"\n'
        'region = "us-east-1"\ndoors = ["container", "socket", "imds"]\n'
    )
    environment = {**profiles.environment, "UNEXPIRED_STORE_DIR": str(folder / "store"), "UNEXPIRED_CONFIG": str(file)}
    command = [sys.executable, "-m", "unexpired", "agent"]
    agent = subprocess.Popen([*command, "run"], env=environment, stderr=subprocess.PIPE, text=True)
    assert json.loads(agent.stderr.readline())["event"] == "started"
    asked = subprocess.run([*command, "status", "--json"], env=environment, capture_output=True, text=True, check=True)
    yield json.loads(asked.stdout)["roles"]["etl"]
    agent.send_signal(signal.SIGTERM)
    _, log = agent.communicate(timeout=20)
    assert agent.returncode == 0
    assert "Traceback" not in log


def boto3_job(sandbox, **variables):
    environment = sandbox.environment()
    environment.pop("AWS_EC2_METADATA_DISABLED", None)
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(JOB)],
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_boto3_lives_through_several_expiries_at_the_container_door_and_at_the_instance_door(sandbox, served):
    container = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": served["container"]["uri"],
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": served["container"]["token_file"],
    }
    jobs = [
        boto3_job(sandbox, **container),
        boto3_job(sandbox, AWS_EC2_METADATA_SERVICE_ENDPOINT=served["imds"]["endpoint"]),
    ]
    told = [job.communicate(timeout=60)[0].split() for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0]
    assert [method for method, _ in told] == ["container-role", "iam-role"]
    assert all(int(sessions) >= 3 for _, sessions in told)
