"""What somebody gets who installs the package and writes a test of a job of theirs."""

from __future__ import annotations

import json
import subprocess
import sys

import boto3
import pytest

from unexpired.testing import Sandbox

# boto3 reads the endpoint from a profile or the environment since 1.28; the project's lower bound is older.
KNOWS_ENDPOINTS = pytest.mark.skipif(
    tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 28), reason="this boto3 has no endpoint_url in profiles"
)


def test_a_test_gets_an_empty_sandbox_of_its_own(sandbox, client, ann):
    assert client("s3", ann).list_buckets()["Buckets"] == []
    client("s3", ann).create_bucket(Bucket="mine")


def test_another_test_does_not_see_it(sandbox, client, ann):
    assert client("s3", ann).list_buckets()["Buckets"] == []
    client("s3", ann).create_bucket(Bucket="mine")


@pytest.mark.sandbox(lifetime=4)
def test_the_marker_sets_the_sandbox(sandbox, assumed):
    session = sandbox.sessions
    assumed()
    (session,) = sandbox.sessions
    assert 3 < session.expires_at - session.issued_at <= 4


@KNOWS_ENDPOINTS
def test_a_job_finds_the_sandbox_by_its_profile(sandbox_profile):
    arn = boto3.Session().client("sts").get_caller_identity()["Arn"]
    assert arn.startswith("arn:aws:sts::123456789012:assumed-role/job/")
    assert sandbox_profile.count("sts", "AssumeRole") == 1


@KNOWS_ENDPOINTS
def test_profiles_of_every_kind_work(sandbox, tmp_path, monkeypatch):
    sandbox.role("plain")
    sandbox.role("vendor", external_id="agreed-1")
    sandbox.role("pod", trusts=[sandbox.issuer])
    profiles = sandbox.write_profiles(tmp_path / "aws")
    assert profiles.names == ("base", "plain", "vendor", "pod")
    for path in (profiles.config_file, profiles.credentials_file):
        assert path.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    for name, value in profiles.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    for name in profiles.names:
        assert boto3.Session(profile_name=name).client("sts").get_caller_identity()["Account"] == "123456789012"


def test_an_mfa_profile_asks_for_the_code(sandbox, tmp_path):
    sandbox.role("admin", mfa=True)
    text = sandbox.write_profiles(tmp_path / "aws").config_file.read_text()
    assert "mfa_serial = arn:aws:iam::123456789012:mfa/" in text


def test_a_childs_environment_holds_nothing_else_of_aws(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    key = sandbox.user("ann")
    child = sandbox.environment(key)
    assert "AWS_PROFILE" not in child
    assert child["AWS_ENDPOINT_URL"] == sandbox.endpoint_url
    assert child["AWS_ACCESS_KEY_ID"] == key.access_key_id


def test_two_sandboxes_keep_their_sessions_apart(sandbox, client, ann):
    with Sandbox() as other:
        arn = other.role("etl")
        sts = client("sts", ann, endpoint_url=other.endpoint_url)
        sts.assume_role(RoleArn=arn, RoleSessionName="job")
        assert len(other.sessions) == 1
        assert sandbox.sessions == ()
        assert sandbox.requests == ()


def test_a_sandbox_that_is_not_running_says_so():
    stopped = Sandbox()
    with pytest.raises(RuntimeError, match="not running"):
        _ = stopped.endpoint_url
    stopped.stop()


def test_the_plugin_costs_nothing_until_it_is_asked():
    program = "import json, sys, unexpired.testing.plugin; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"moto", "flask", "boto3", "botocore", "werkzeug"}.isdisjoint(json.loads(done.stdout))


def test_a_missing_extra_is_one_line_to_install():
    program = (
        "import sys; sys.modules['moto'] = None\n"
        "from unexpired.engine.errors import ConfigurationError\n"
        "try:\n    from unexpired.testing import Sandbox\n"
        "except ConfigurationError as error:\n    print(error.next_steps[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "pip install 'unexpired[sandbox]'\n"
