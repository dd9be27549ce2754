"""A role, chains of roles, and what they are asked for: against a strict STS."""

from __future__ import annotations

from urllib.parse import parse_qs

import boto3
import botocore.httpsession
import pytest

from unexpired.engine.errors import ConfigurationError, PersonNeeded, RenewalRefused
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sources import source_for
from unexpired.testing import FakeClock, Sandbox

ACCOUNT = "123456789012"


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


class Person:
    """Somebody at a terminal, who reads the MFA device."""

    def __init__(self, sandbox: Sandbox, device) -> None:
        self.sandbox, self.device, self.asked = sandbox, device, []

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return self.sandbox.mfa_code(self.device.serial)

    def tell(self, message: str) -> None:
        raise AssertionError(message)


@pytest.fixture
def keys(sandbox, files):
    """A user with a long-term key in the profile ``base``; more of the config file can be given."""

    def write(config: str = "", user: str = "ann"):
        key = sandbox.user(user)
        credentials = (
            f"[base]\naws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
        )
        files(f"[profile base]\nregion = us-east-1\n{config}", credentials)
        return key

    return write


@pytest.fixture(autouse=True)
def _at_the_sandbox(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_a_profile_that_names_a_role_gives_its_session(sandbox, keys):
    sandbox.role("job")
    keys(f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = base\n")
    credentials = source_for(profile_name="job").fetch()
    assert credentials.source == "assume_role"
    assert credentials.account_id == ACCOUNT
    assert sandbox.sessions[-1].access_key_id == credentials.access_key_id
    assert sandbox.sessions[-1].arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/job/unexpired")


def test_a_role_is_assumed_without_any_profile(sandbox, files, monkeypatch):
    files()
    sandbox.role("job")
    key = sandbox.user("ann")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
    source = source_for(role_arn=arn("job"), role_session_name="nightly")
    source.fetch()
    assert sandbox.sessions[-1].arn.endswith("/job/nightly")
    assert [step.kind for step in source.plan()] == ["environment", "assume_role"]


def test_each_fetch_is_a_new_session(sandbox, keys):
    sandbox.role("job")
    keys(f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = base\n")
    source = source_for(profile_name="job")
    assert len({source.fetch().access_key_id for _ in range(3)}) == 3


def test_a_job_outlives_three_sessions(files, monkeypatch):
    clock = FakeClock()
    with Sandbox(clock=clock) as sandbox:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
        sandbox.role("job")
        profiles = sandbox.write_profiles(files()[0].parent)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(profiles.config_file))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles.credentials_file))
        refresher = Refresher(source_for(profile_name="job"), clock=clock, scheduler=Scheduler(clock))
        used = []
        for _ in range(4):
            credentials = refresher.credentials()
            used.append(credentials.access_key_id)
            assert credentials.remaining(clock.now()) > 0
            client = boto3.client(
                "sts",
                endpoint_url=sandbox.endpoint_url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
            )
            assert "assumed-role/job" in client.get_caller_identity()["Arn"]
            clock.advance(3601)
        assert len(set(used)) == 4
        refresher.close()


def test_a_chain_of_four_goes_link_by_link(sandbox, keys):
    key = keys(
        "".join(
            f"[profile {name}]\nrole_arn = {arn(name)}\nsource_profile = {base}\n"
            for name, base in (("first", "base"), ("second", "first"), ("third", "second"))
        )
    )
    sandbox.role("first", trusts=[key.arn])
    sandbox.role("second", trusts=[arn("first")])
    sandbox.role("third", trusts=[arn("second")])
    sandbox.role("fourth", trusts=[arn("third")])
    source = source_for(role_arn=arn("fourth"), source_profile="third")
    source.fetch()
    assert [session.arn.split("/")[1] for session in sandbox.sessions] == ["first", "second", "third", "fourth"]
    assert [step.profile for step in source.plan()] == ["base", "first", "second", "third", None]


def test_renewing_the_end_of_a_chain_does_not_renew_what_lies_below(sandbox, keys):
    sandbox.role("first")
    sandbox.role("second")
    keys(f"[profile first]\nrole_arn = {arn('first')}\nsource_profile = base\n")
    source = source_for(role_arn=arn("second"), source_profile="first")
    for _ in range(3):
        source.fetch()
    assert sandbox.count("sts", "AssumeRole") == 4


@pytest.mark.parametrize("ending", ["expired", "denied", "invalid"])
def test_a_base_that_was_revoked_meanwhile_is_renewed_once_and_nobody_sees_it(sandbox, keys, ending):
    sandbox.role("first")
    sandbox.role("second")
    keys(f"[profile first]\nrole_arn = {arn('first')}\nsource_profile = base\n")
    source = source_for(role_arn=arn("second"), source_profile="first")
    source.fetch()
    sandbox.revoke(ending=ending)
    assert source.fetch().access_key_id == sandbox.sessions[-1].access_key_id
    assert len(sandbox.sessions) == 4


def test_everything_that_a_profile_says_is_asked_for(sandbox, keys, monkeypatch):
    asked = []
    sandbox.role("job", external_id="tenant-7", max_session_duration=7200)
    keys(
        f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = base\nexternal_id = tenant-7\n"
        "role_session_name = nightly\nduration_seconds = 7200\n"
    )
    record_requests(monkeypatch, asked)
    source_for(profile_name="job").fetch()
    (sent,) = asked
    assert sent["ExternalId"] == ["tenant-7"]
    assert sent["RoleSessionName"] == ["nightly"]
    assert sent["DurationSeconds"] == ["7200"]
    assert 7100 < sandbox.sessions[-1].expires_at - sandbox.sessions[-1].issued_at <= 7200


def test_everything_that_a_caller_says_is_asked_for(sandbox, keys, monkeypatch):
    asked = []
    sandbox.role("job")
    keys()
    record_requests(monkeypatch, asked)
    source_for(
        role_arn=arn("job"),
        source_profile="base",
        duration_seconds=900,
        tags={"team": "etl", "cost": "1"},
        transitive_tag_keys=["team"],
        policy={"Version": "2012-10-17", "Statement": []},
        policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        source_identity="ann",
    ).fetch()
    (sent,) = asked
    assert sent["Tags.member.1.Key"] == ["cost"]
    assert sent["Tags.member.2.Value"] == ["etl"]
    assert sent["TransitiveTagKeys.member.1"] == ["team"]
    assert sent["Policy"] == ['{"Statement": [], "Version": "2012-10-17"}']
    assert sent["PolicyArns.member.1.arn"] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert sent["SourceIdentity"] == ["ann"]
    assert sent["DurationSeconds"] == ["900"]


def record_requests(monkeypatch, asked: list) -> None:
    """Note what goes over the wire, by way of botocore's own last step."""
    send = botocore.httpsession.URLLib3Session.send

    def noted(self, request):
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        asked.append(parse_qs(body))
        return send(self, request)

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", noted)


def test_a_callers_word_goes_ahead_of_the_profiles(sandbox, keys):
    sandbox.role("job", external_id="right")
    keys(f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = base\nexternal_id = wrong\n")
    source_for(profile_name="job", external_id="right").fetch()
    with pytest.raises(RenewalRefused):
        source_for(profile_name="job").fetch()


def test_a_role_above_a_profiles_role_is_chained(sandbox, keys):
    sandbox.role("first")
    sandbox.role("second")
    keys(f"[profile first]\nrole_arn = {arn('first')}\nsource_profile = base\n")
    source = source_for(profile_name="first", role_arn=arn("second"))
    assert [step.role_arn for step in source.plan()] == [None, arn("first"), arn("second")]


@pytest.mark.parametrize("given", [{"policy": "{}"}, {"external_id": "x"}, {"tags": {"a": "b"}}])
def test_a_parameter_that_would_be_dropped_silently_is_refused(keys, given):
    keys()
    with pytest.raises(ConfigurationError, match="no role to assume"):
        source_for(profile_name="base", **given)


def test_a_source_profile_without_a_role_is_refused(keys):
    keys()
    with pytest.raises(ConfigurationError, match="--profile base"):
        source_for(source_profile="base")


# The hour of a chained role.


def test_more_than_an_hour_of_a_chained_role_is_asked_for_as_an_hour_and_said_once(sandbox, keys, caplog):
    sandbox.role("first")
    sandbox.role("second", max_session_duration=43_200)
    keys(f"[profile first]\nrole_arn = {arn('first')}\nsource_profile = base\n")
    source = source_for(role_arn=arn("second"), source_profile="first", duration_seconds=43_200)
    source.fetch()
    source.fetch()
    assert sandbox.sessions[-1].expires_at - sandbox.sessions[-1].issued_at <= 3600
    assert len([record for record in caplog.records if "role-chaining-limit" in record.message]) == 1
    assert sandbox.count("sts", accepted=False) == 0


def test_the_hour_is_learnt_from_sts_where_the_base_does_not_show_that_it_is_a_role(
    sandbox, files, keys, monkeypatch, caplog
):
    sandbox.role("first")
    sandbox.role("second", max_session_duration=43_200)
    keys()
    exported = source_for(role_arn=arn("first"), source_profile="base").fetch()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", exported.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", exported.secret_access_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", exported.session_token)
    source = source_for(role_arn=arn("second"), duration_seconds=43_200)
    source.fetch()
    source.fetch()
    assert sandbox.count("sts", accepted=True) == 3
    assert len([record for record in caplog.records if "role-chaining-limit" in record.message]) == 1


def test_a_duration_that_is_no_number_is_said_and_the_default_asked_for(sandbox, keys, caplog):
    sandbox.role("job")
    keys(f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = base\nduration_seconds = 1h\n")
    source_for(profile_name="job").fetch()
    assert "'1h'" in caplog.text
    assert 3500 < sandbox.sessions[-1].expires_at - sandbox.sessions[-1].issued_at <= 3600


# A person with a device.


def test_with_mfa_a_person_is_asked_and_in_the_background_nobody(sandbox, keys):
    sandbox.user("ann")
    device = sandbox.mfa_device("ann")
    sandbox.role("admin", mfa=True)
    keys(f"[profile admin]\nrole_arn = {arn('admin')}\nsource_profile = base\nmfa_serial = {device.serial}\n")
    source = source_for(profile_name="admin")
    with pytest.raises(PersonNeeded) as caught:
        source.fetch()
    assert caught.value.cause == "mfa-cannot-renew"
    assert sandbox.count("sts") == 0
    person = Person(sandbox, device)
    assert source.fetch(person).source == "assume_role"
    assert device.serial in person.asked[0]


def test_a_wrong_code_says_that_it_was_the_code(sandbox, keys):
    keys()
    device = sandbox.mfa_device("ann")
    sandbox.role("admin", mfa=True)
    source = source_for(role_arn=arn("admin"), source_profile="base", serial_number=device.serial)

    class Hasty(Person):
        def ask(self, question: str, *, secret: bool = False) -> str:
            return "000000"

    with pytest.raises(PersonNeeded) as caught:
        source.fetch(Hasty(sandbox, device))
    assert caught.value.cause == "mfa-cannot-renew"


def test_a_person_asked_for_the_first_link_is_not_asked_for_each_renewal_of_the_second(sandbox, keys):
    sandbox.user("ann")
    device = sandbox.mfa_device("ann")
    sandbox.role("admin", mfa=True)
    sandbox.role("job")
    keys(f"[profile admin]\nrole_arn = {arn('admin')}\nsource_profile = base\nmfa_serial = {device.serial}\n")
    source = source_for(role_arn=arn("job"), source_profile="admin")
    person = Person(sandbox, device)
    source.fetch(person)
    source.fetch(None)  # in the background
    source.fetch(person)
    assert len(person.asked) == 1


# Where the base comes from.


def test_credential_source_environment_takes_the_variables_even_with_a_profile(sandbox, files, monkeypatch):
    sandbox.role("job")
    key = sandbox.user("ann")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
    files(f"[profile job]\nrole_arn = {arn('job')}\ncredential_source = Environment\n")
    source = source_for(profile_name="job")
    assert source.fetch().source == "assume_role"
    assert [step.kind for step in source.plan()] == ["environment", "assume_role"]


def test_a_profile_may_be_its_own_source(sandbox, files):
    sandbox.role("job")
    key = sandbox.user("ann")
    files(
        f"[profile job]\nrole_arn = {arn('job')}\nsource_profile = job\n"
        f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
    )
    assert source_for(profile_name="job").fetch().source == "assume_role"


def test_a_key_rotated_in_the_file_is_taken_up(sandbox, keys):
    sandbox.role("job")
    keys()
    source = source_for(role_arn=arn("job"), source_profile="base")
    source.fetch()
    keys(user="ben")
    source.fetch()
    assert sandbox.requests[-1].arn.endswith("user/ben")
