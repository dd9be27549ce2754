"""Where a session's credentials come from: a profile, a role, explicit keys, a function, or whatever is there later."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import botocore
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

import unexpired
from unexpired import Session
from unexpired.stores.file import FileStore

REGION = "us-east-1"

# The sandbox's profiles lead to it by `endpoint_url`, which botocore has read since 1.31.
by_endpoint_url = pytest.mark.skipif(
    tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 31), reason="botocore reads no endpoint_url"
)


@pytest.fixture
def store(tmp_path):
    """A store of this test's own."""
    return FileStore(tmp_path / "sessions")


@pytest.fixture
def keys(sandbox_profile):
    """A user's long-term key; the profiles ``base`` and ``job`` exist."""
    return sandbox_profile.user("ann")


def caller(session, sandbox) -> str:
    """The ARN that a session's requests come from."""
    sts = session.client("sts", endpoint_url=sandbox.endpoint_url, region_name=REGION)
    return sts.get_caller_identity()["Arn"]


@by_endpoint_url
class TestAProfile:
    def test_its_role_is_assumed_and_renewed(self, sandbox_profile, store, connect, issued):
        session = Session(profile_name="job", store=store, region_name=REGION)
        client = connect(session, "s3")
        client.list_buckets()
        sandbox_profile.revoke()
        client.list_buckets()
        assert ":assumed-role/job/" in caller(session, sandbox_profile)
        assert issued() == 2
        assert session.profile_name == "job"
        assert session.status().source == "assume_role"

    def test_without_a_name_it_is_the_one_that_boto3_would_take(self, sandbox_profile, store):
        session = Session(store=store, region_name=REGION)  # AWS_PROFILE=job
        assert ":assumed-role/job/" in caller(session, sandbox_profile)

    def test_a_session_that_exists_is_attached_to_its_profile(self, sandbox_profile, store, connect, issued):
        existing = botocore.session.Session(profile="job")
        existing.set_config_variable("region", REGION)
        unexpired.attach(existing, store=store)
        client = existing.create_client("s3", endpoint_url=sandbox_profile.endpoint_url)
        client.list_buckets()
        sandbox_profile.revoke()
        client.list_buckets()
        assert issued() == 2

    def test_one_that_was_used_before_it_was_attached_is_renewed_by_what_it_had(self, sandbox_profile, issued):
        existing = botocore.session.Session(profile="job")
        existing.create_client("sts", REGION, endpoint_url=sandbox_profile.endpoint_url).get_caller_identity()
        unexpired.attach(existing, store="memory")
        client = existing.create_client("s3", REGION, endpoint_url=sandbox_profile.endpoint_url)
        client.list_buckets()
        sandbox_profile.revoke()
        client.list_buckets()
        assert issued() == 3  # botocore's own, and two of ours

    def test_processes_share_it_through_the_store(self, sandbox_profile, tmp_path, issued):
        program = (
            "import unexpired; session = unexpired.Session(profile_name='job', region_name='us-east-1');"
            "print(session.client('sts').get_caller_identity()['Arn'])"
        )
        environment = {**sandbox_profile.environment(), "UNEXPIRED_STORE_DIR": str(tmp_path / "sessions")}
        environment |= {"AWS_CONFIG_FILE": str(tmp_path / "aws" / "config")}
        environment |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws" / "credentials")}

        def run(_):
            done = subprocess.run(
                [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
            )
            return done.stdout or done.stderr

        with ThreadPoolExecutor(3) as pool:
            callers = set(pool.map(run, range(3)))
        assert len(callers) == 1, callers
        assert ":assumed-role/job/" in callers.pop()
        assert issued() == 1

    def test_one_that_does_not_exist_is_found_by_handlers_for_boto3_and_names_its_neighbours(self, sandbox_profile):
        with pytest.raises(ProfileNotFound, match="did you mean job") as missing:
            Session(profile_name="jobb")
        assert isinstance(missing.value, unexpired.ConfigurationError)
        assert missing.value.cause == "profile-not-found"
        assert missing.value.kwargs == {"profile": "jobb"}


@by_endpoint_url
class TestARole:
    def test_with_the_credentials_of_a_profile(self, sandbox_profile, store, role):
        session = Session(role_arn=role, source_profile="base", role_session_name="nightly", store=store)
        assert caller(session, sandbox_profile).endswith(":assumed-role/etl/nightly")

    def test_with_explicit_keys(self, sandbox, role, keys, store, connect, issued):
        session = Session(
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            role_arn=role,
            region_name=REGION,
            store=store,
        )
        client = connect(session, "s3")
        client.list_buckets()
        sandbox.revoke()
        client.list_buckets()
        assert issued() == 2

    def test_with_every_parameter_that_assume_role_has(self, sandbox_profile, store):
        arn = sandbox_profile.role("guarded", external_id="42")
        session = Session(
            role_arn=arn,
            source_profile="base",
            external_id="42",
            duration_seconds=900,
            tags={"team": "etl"},
            transitive_tag_keys=["team"],
            session_policy={"Version": "2012-10-17", "Statement": []},
            store=store,
        )
        assert ":assumed-role/guarded/" in caller(session, sandbox_profile)
        left = session.status().expires_at - session.status().next_renewal
        assert left.total_seconds() < 900

    def test_what_refuses_the_role_is_named(self, sandbox_profile, store):
        arn = sandbox_profile.role("guarded", external_id="42")
        session = Session(role_arn=arn, source_profile="base", store=store)
        with pytest.raises(unexpired.RenewalRefused, match="guarded") as refused:
            caller(session, sandbox_profile)
        assert refused.value.cause == "cannot-assume-role"
        assert isinstance(refused.value, BotoCoreError)


class TestWhatExcludesEachOther:
    def test_a_source_and_a_role(self, assume, role):
        with pytest.raises(unexpired.ConfigurationError, match="role_arn exclude each other"):
            Session(source=assume, role_arn=role)

    def test_explicit_keys_and_the_parameters_of_no_role(self):
        with pytest.raises(unexpired.ConfigurationError, match="duration_seconds exclude each other"):
            Session("AKIAIOSFODNN7EXAMPLE", "secret", duration_seconds=900)

    def test_explicit_keys_and_a_source_profile(self, role):
        with pytest.raises(unexpired.ConfigurationError, match="role_arn, source_profile exclude"):
            Session("AKIAIOSFODNN7EXAMPLE", "secret", role_arn=role, source_profile="base")


class TestNoCredentials:
    def test_a_client_that_signs_nothing_works_as_in_boto3(self, sandbox):
        client = Session(region_name=REGION).client(
            "s3", endpoint_url=sandbox.endpoint_url, config=Config(signature_version=UNSIGNED)
        )
        with pytest.raises(Exception, match=r"AccessDenied|403"):  # the gate's answer: the request was sent
            client.list_buckets()

    def test_a_request_that_must_be_signed_says_what_is_missing(self, sandbox):
        client = Session(region_name=REGION).client("s3", endpoint_url=sandbox.endpoint_url)
        with pytest.raises(unexpired.ConfigurationError, match="has no credentials") as missing:
            client.list_buckets()
        assert missing.value.cause == "no-credentials"
        assert isinstance(missing.value, BotoCoreError)

    def test_credentials_that_come_later_are_found(self, sandbox, monkeypatch):
        session = Session(region_name=REGION)
        key = sandbox.user("ann")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
        assert caller(session, sandbox).endswith(":user/ann")


def test_a_mapping_from_a_function_is_taken_as_sts_or_botocore_would_write_it(sandbox, assume):
    def as_sts():
        session = assume()
        return {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "Expiration": session.expires_at,
        }

    assert ":assumed-role/etl/" in caller(Session(source=as_sts), sandbox)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@by_endpoint_url
def test_a_person_at_the_terminal_is_asked_for_the_code_of_a_role_with_mfa(sandbox, tmp_path):
    import pty

    sandbox.role("guarded", mfa=True)
    profiles = sandbox.write_profiles(tmp_path / "aws")
    serial = re.search(r"mfa_serial = (\S+)", profiles.config_file.read_text())[1]
    program = (
        "import unexpired; session = unexpired.Session(profile_name='guarded', store='memory');"
        "print(session.client('sts').get_caller_identity()['Arn'])"
    )
    person, terminal = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        env=profiles.environment,
        stdin=terminal,
        stderr=terminal,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    asked = ""
    while "MFA code" not in asked:
        asked += os.read(person, 1000).decode()
    os.write(person, f"{sandbox.mfa_code(serial)}\n".encode())
    answer, _ = running.communicate(timeout=60)
    os.close(person)
    assert ":assumed-role/guarded/" in answer
