"""The AWS CLI and s3fs against the sandbox, as they are: every upload of theirs is accepted, a dead session is not.

s3fs pins another botocore than boto3 does, so it lives in an environment of its own: ``UNEXPIRED_CLIENTS_PYTHON`` names
its interpreter (``./dev test`` sets it up), and without it these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unexpired.testing import Sandbox

pytestmark = pytest.mark.clients

LARGE = os.urandom(17 * 2**20 + 3)  # three parts of the CLI's, and of s3fs's

S3FS = """
import os, s3fs, sys
fs = s3fs.S3FileSystem(anon=False, config_kwargs={"retries": {"total_max_attempts": 1}})
large = open(sys.argv[1], "rb").read()
fs.mkdir("landing")
fs.pipe("landing/a b+é", b"small")
with fs.open("landing/parts", "wb", block_size=5 * 2**20) as file:
    for start in range(0, len(large), 2**20):
        file.write(large[start : start + 2**20])
with fs.open("landing/a b+é", "ab") as file:
    file.write(b" and more")
fs.put(sys.argv[1], "landing/put")
fs.copy("landing/parts", "landing/copied")
assert fs.cat("landing/copied") == fs.cat("landing/put") == large
assert fs.cat("landing/a b+é") == b"small and more"
fs.invalidate_cache()
print(*sorted(fs.ls("landing")), sep="|")
fs.rm("landing", recursive=True)
"""


BOTH = pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])


@pytest.fixture
def secure():
    """Plain HTTP, unless a test is marked with ``BOTH``."""
    return False


@pytest.fixture
def sandbox(secure):
    with Sandbox(secure=secure) as running:
        yield running


@pytest.fixture
def environment(sandbox, tmp_path):
    """Profile ``job``, a home of its own, and nothing else of AWS."""
    home = tmp_path / "home"
    home.mkdir()
    return {**sandbox.write_profiles(tmp_path / "aws").environment, "AWS_PROFILE": "job", "HOME": str(home)}


@pytest.fixture
def aws(environment):
    """``aws("s3", "ls")`` runs the AWS CLI."""
    found = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")
    if found is None:
        pytest.skip("the AWS CLI is not installed: pip install awscli")

    def run(*arguments, **variables):
        child = {**environment, "AWS_MAX_ATTEMPTS": "1", **variables}
        return subprocess.run([found, *arguments], env=child, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def s3fs(environment):
    """``s3fs(script, argument)`` runs a script in the environment that has s3fs."""
    python = os.environ.get("UNEXPIRED_CLIENTS_PYTHON")
    if not python:
        pytest.skip("UNEXPIRED_CLIENTS_PYTHON names no interpreter that has s3fs")

    def run(script, *arguments, **variables):
        child = {**environment, **variables}
        return subprocess.run(
            [python, "-c", script, *arguments], env=child, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    return path


def not_accepted(sandbox):
    return [record for record in sandbox.requests if not record.accepted]


@BOTH
def test_the_aws_cli_is_served(sandbox, aws, large, tmp_path):
    back, small = tmp_path / "back", tmp_path / "small é+& x"
    small.write_bytes(b"small")
    commands = [
        ("sts", "get-caller-identity"),
        ("s3", "mb", "s3://landing"),
        ("s3", "cp", str(small), "s3://landing/"),
        ("s3", "cp", str(large), "s3://landing/large"),
        ("s3", "cp", "s3://landing/large", "s3://landing/copied"),
        ("s3", "cp", "s3://landing/copied", str(back)),
        ("s3", "sync", str(tmp_path / "aws"), "s3://landing/synced"),
        ("s3", "ls", "s3://landing"),
        ("s3", "rm", "--recursive", "s3://landing"),
    ]
    for command in commands:
        done = aws(*command)
        assert done.returncode == 0, (command, done.stderr)
    assert back.read_bytes() == LARGE
    assert not_accepted(sandbox) == []
    assert sandbox.count("s3", "UploadPart") >= 3
    assert sandbox.count("s3", "UploadPartCopy") >= 3


def test_the_aws_cli_is_refused_when_its_session_is_dead(sandbox, aws):
    key, arn = sandbox.user("ann"), sandbox.role("etl")
    made = aws(
        "sts", "assume-role", "--role-arn", arn, "--role-session-name", "job", "--output", "text", AWS_PROFILE="base"
    )
    assert made.returncode == 0, made.stderr
    session = sandbox.sessions[-1]
    keys = {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
    assert aws("s3", "ls", **keys).returncode == 0
    sandbox.expire(session.access_key_id)
    assert "(ExpiredToken)" in aws("s3", "ls", **keys).stderr
    assert "(ExpiredToken)" in aws("sts", "get-caller-identity", **keys).stderr
    assert "(InvalidToken)" in aws("s3", "ls", **{**keys, "AWS_SESSION_TOKEN": "of another"}).stderr
    tampered = {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": "w" * 40}
    assert "(SignatureDoesNotMatch)" in aws("s3", "ls", **tampered).stderr
    keys = {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key}
    sandbox.skew(360)
    assert "(RequestTimeTooSkewed)" in aws("s3", "ls", **keys).stderr


@BOTH
def test_s3fs_is_served(sandbox, s3fs, large):
    done = s3fs(S3FS, str(large))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "landing/a b+é|landing/copied|landing/parts|landing/put"
    assert not_accepted(sandbox) == []
    assert sandbox.count("s3", "UploadPart") >= 3


def test_s3fs_is_refused_when_its_session_is_dead(sandbox, s3fs):
    listing = 'import s3fs; print(s3fs.S3FileSystem(anon=False).ls("landing"))'
    s3fs(S3FS.partition("fs.pipe")[0], os.devnull)
    before = sandbox.sessions[-1]
    assert s3fs(listing).returncode == 0
    keys = {
        "AWS_ACCESS_KEY_ID": before.access_key_id,
        "AWS_SECRET_ACCESS_KEY": before.secret_access_key,
        "AWS_SESSION_TOKEN": before.session_token,
    }
    sandbox.revoke()
    done = s3fs(listing, **keys)
    assert done.returncode != 0
    assert "expired" in done.stderr
