"""What the tests of `unexpired exec` share: a shell in somebody's environment, and what lies about in it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import boto3
import pytest


@dataclass
class Shell:
    """Somebody's shell: its environment, and what they type."""

    environment: dict[str, str] = field(default_factory=dict)

    def exec(self, *arguments, program=None, timeout=60, **variables):
        command = list(arguments) if program is None else [*arguments, "--", sys.executable, "-c", program]
        return subprocess.run(
            [sys.executable, "-m", "unexpired", "exec", *command],
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@pytest.fixture
def profiles(sandbox, tmp_path):
    sandbox.role("etl")
    sandbox.role("on-top")
    return sandbox.write_profiles(tmp_path / "aws")


@pytest.fixture
def shell(profiles, tmp_path):
    return Shell({**profiles.environment, "UNEXPIRED_STORE_DIR": str(tmp_path / "store")})


@pytest.fixture
def exported(sandbox):
    """A session as variables, as `aws configure export-credentials` leaves it; it lives."""
    key = sandbox.user("ann")
    sts = boto3.client(
        "sts",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    session = sts.assume_role(RoleArn=sandbox.role("exported"), RoleSessionName="ann")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


@pytest.fixture
def stale(profiles):
    """Exported variables of a session long gone, and another one pasted into [default]."""
    with profiles.credentials_file.open("a") as file:
        file.write("\n[default]\naws_access_key_id = ASIAPASTED000001\naws_secret_access_key = x\n")
        file.write("aws_session_token = pasted\n")
    return {
        "AWS_ACCESS_KEY_ID": "ASIASTALE0000001",
        "AWS_SECRET_ACCESS_KEY": "stale",
        "AWS_SESSION_TOKEN": "stale",
        "AWS_SECURITY_TOKEN": "stale",
    }
