"""Unchanged programs under `unexpired exec`, through many expiries of a session that lives four seconds."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import boto3
import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=4)]

# As somebody wrote it who never heard of us: one client, made once, used for the whole job.
SCRIPT = """
import boto3, time
s3 = boto3.client("s3")
end, written = time.monotonic() + 15, 0
while time.monotonic() < end:
    s3.put_object(Bucket="bucket", Key=f"{written}", Body=b"row")
    written += 1
    time.sleep(0.1)
print(written)
"""


@pytest.fixture
def bucket(sandbox):
    key = sandbox.user("owner")
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    s3.create_bucket(Bucket="bucket")
    return s3


def test_an_unchanged_boto3_script_survives(shell, stale, sandbox, bucket):
    done = shell.exec("--profile", "etl", "--summary", program=SCRIPT, **stale)
    assert done.returncode == 0, done.stderr
    written = int(done.stdout)
    assert bucket.list_objects_v2(Bucket="bucket")["KeyCount"] == written > 50
    assert sandbox.count(accepted=False) == 0
    assert sandbox.count("sts", "AssumeRole") >= 4
    assert "0 failures" in done.stderr


def test_an_unchanged_aws_s3_ls_loop_survives(shell, stale, sandbox, bucket):
    aws = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    bucket.put_object(Bucket="bucket", Key="there", Body=b"row")
    loop = f"for turn in 1 2 3 4 5 6 7 8 9 10; do '{aws}' s3 ls s3://bucket || exit 1; sleep 0.3; done"
    done = shell.exec("--profile", "etl", "--", "sh", "-c", loop, **stale, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("there") == 10
    assert sandbox.count(accepted=False) == 0
    assert sandbox.count("sts", "AssumeRole") >= 3
    assert sandbox.count("sts", "GetCallerIdentity") == 0
