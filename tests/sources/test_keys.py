"""The key of a session: different whenever any input that changes it is different, and holding no secret."""

from __future__ import annotations

import os

import pytest

from unexpired.sources import source_for
from unexpired.sources.aws.digest import digest, subject
from unexpired.sources.callback import Callback

ROLE = "arn:aws:iam::123456789012:role/job"
CONFIG = f"""
[profile base]
region = us-east-1
KEYS
[profile other]
aws_access_key_id = AKIATESTKEY000000002
aws_secret_access_key = x
[profile job]
role_arn = {ROLE}
source_profile = base
"""


def key(**given) -> str:
    return source_for(**{"role_arn": ROLE, "source_profile": "base", **given}).key


def test_the_same_question_has_the_same_key(files):
    files(CONFIG)
    assert key() == key()
    assert len(key()) == 64
    assert set(key()) <= set("0123456789abcdef")


def test_how_it_was_asked_makes_no_difference_only_what_for(files):
    files(CONFIG)
    assert source_for(profile_name="job", region_name="us-east-1").key == key(region_name="us-east-1")


@pytest.mark.parametrize(
    "given",
    [
        {"role_arn": "arn:aws:iam::123456789012:role/another"},
        {"source_profile": "other"},
        {"source_profile": "job"},
        {"role_session_name": "nightly"},
        {"external_id": "x"},
        {"duration_seconds": 900},
        {"serial_number": "arn:aws:iam::123456789012:mfa/ann"},
        {"tags": {"a": "b"}},
        {"tags": {"a": "c"}},
        {"tags": {"a": "b"}, "transitive_tag_keys": ["a"]},
        {"policy": "{}"},
        {"policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        {"source_identity": "ann"},
        {"region_name": "eu-west-1"},
        {"endpoint_url": "http://127.0.0.1:1"},
    ],
    ids=repr,
)
def test_whatever_changes_the_session_changes_the_key(files, given):
    files(CONFIG)
    assert key(**given) != key()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "legacy"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
    ],
)
def test_whatever_decides_which_sts_is_asked_changes_the_key(files, monkeypatch, variable, value):
    files(CONFIG)
    before = key()
    monkeypatch.setenv(variable, value)
    assert key() != before


def test_a_services_section_changes_the_key(files):
    files(CONFIG)
    before = source_for(profile_name="job").key
    files(CONFIG + "services = local\n[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n")
    assert source_for(profile_name="job").key != before


@pytest.mark.parametrize("named", ["by variable", "outright"])
def test_the_settings_of_the_profile_in_force_change_the_key_however_it_was_named(files, monkeypatch, named):
    given = {"profile_name": "job"}
    if named == "by variable":
        monkeypatch.setenv("AWS_PROFILE", "job")
        given = {}
    files(CONFIG)
    before = source_for(**given).key
    files(CONFIG + "endpoint_url = http://127.0.0.1:1\n")
    assert source_for(**given).key != before


def test_a_profile_named_by_variable_or_outright_is_one_session(files, monkeypatch):
    files(CONFIG + "region = eu-west-1\n")
    outright = source_for(profile_name="job").key
    monkeypatch.setenv("AWS_PROFILE", "job")
    assert source_for().key == outright


def test_an_edited_role_is_another_key(files):
    files(CONFIG)
    before = source_for(profile_name="job").key
    files(CONFIG.replace("role/job", "role/edited"))
    assert source_for(profile_name="job").key != before


def test_a_rotated_secret_of_one_key_id_changes_nothing_and_another_key_id_does(files, canary):
    files(CONFIG)
    before = key()
    files(CONFIG.replace("KEYS", f"aws_access_key_id = AKIATESTKEY000000001\naws_secret_access_key = {canary[::-1]}"))
    assert key() == before
    files(CONFIG.replace("KEYS", f"aws_access_key_id = AKIATESTKEY000000009\naws_secret_access_key = {canary}"))
    assert key() != before


def test_exported_sessions_are_told_apart_by_their_key_ids(files, monkeypatch):
    files()
    keys = set()
    for number in (1, 2):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"ASIATESTKEY00000000{number}")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "x")
        keys.add(source_for(role_arn=ROLE).key)
    assert len(keys) == 2


def test_two_pods_at_one_address_are_told_apart(files, monkeypatch, tmp_path):
    files()
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    keys = set()
    for claims in ("eyJzdWIiOiJvbmUifQ", "eyJzdWIiOiJ0d28ifQ"):
        (tmp_path / "token").write_text(f"e30.{claims}.c2ln")
        keys.add(source_for(role_arn=ROLE).key)
    assert len(keys) == 2


def test_callables_are_told_apart_and_shared_only_by_name():
    one, two = Callback(dict), Callback(list)
    assert one.key != two.key
    assert not one.shareable
    assert Callback(dict, "broker").shareable
    assert Callback(dict, "broker").key == Callback(list, "broker").key


def test_none_is_the_same_as_absent_and_order_makes_no_difference():
    assert digest("a", x=1, y=None) == digest("a", x=1)
    assert digest("a", x=1, y=2) == digest("a", y=2, x=1)
    assert digest("a", x=1) != digest("b", x=1)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "a.!!.c", "e30.bnVsbA.x", "e30.W10.x", "e30.e30.x"])
def test_what_is_no_jwt_has_no_subject(text):
    assert subject(text) is None


def test_no_source_of_the_chain_shows_a_secret(files, canary, monkeypatch):
    files(CONFIG)
    monkeypatch.setenv("AWS_SESSION_TOKEN", canary)
    source = source_for(profile_name="job")
    assert canary not in f"{source.key}{source.plan()}{[step.to_json() for step in source.plan()]}"
    assert canary not in repr(source)
    assert canary not in repr(source_for(profile_name="base"))
    assert os.environ["AWS_SESSION_TOKEN"] == canary


SSO = """
[profile etl]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Reader
"""


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"])
def test_another_portal_is_another_key(files, monkeypatch, variable):
    files(SSO)
    before = source_for(profile_name="etl").key
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert source_for(profile_name="etl").key != before


def test_a_program_is_told_apart_by_what_it_is_told_and_a_secret_is_no_part_of_it(files, monkeypatch, tmp_path):
    files("[profile p]\ncredential_process = ./vend --account prod\n")
    keys = [source_for(profile_name="p").key]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert source_for(profile_name="p").key == keys[0]
    monkeypatch.setenv("AWS_VAULT_BACKEND", "file")
    keys.append(source_for(profile_name="p").key)
    monkeypatch.chdir(tmp_path)  # where another ./vend may be
    keys.append(source_for(profile_name="p").key)
    files("[profile p]\ncredential_process = ./vend --account test\n")
    keys.append(source_for(profile_name="p").key)
    assert len(set(keys)) == 4


def test_instances_that_share_a_home_are_told_apart(files, monkeypatch):
    files(f"[profile job]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    keys = set()
    for host, address in (("a", ""), ("b", ""), ("b", "http://127.0.0.1:1")):
        monkeypatch.setattr("socket.gethostname", lambda host=host: host)
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", address)
        keys.add(source_for(profile_name="job").key)
    assert len(keys) == 3
