"""A session that could be another's is neither taken from the AWS CLI's cache nor written there."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone

import pytest
from tests.sources.cli_cache.scene import as_the_cli, held, ours, profile

from unexpired.engine.credentials import Credentials
from unexpired.sources import source_for


def test_a_session_that_we_cached_for_another_region_is_not_taken(job, store, config):
    key = ours(store)
    for kept in store.directory.glob("*.json"):
        kept.unlink()
    config(profile("job").replace("us-east-1", "eu-west-1"))  # another input of the key, none of the CLI's name
    assert ours(store) != key


# Each of these leaves the CLI's name as it is, and changes whose session is meant.
OTHER_BASE = profile("job") + profile("another", base="source_profile = second") + "[profile second]\nKEYS2\n"


ELSEWHERE = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(profile("job", f"endpoint_url = {ELSEWHERE}"), id="the profile's endpoint"),
        pytest.param(
            profile("job", "services = local") + f"[services local]\nsts =\n  endpoint_url = {ELSEWHERE}\n",
            id="the endpoint of a services section",
        ),
        pytest.param(profile("job", "sts_regional_endpoints = legacy"), id="the global endpoint"),
        pytest.param(OTHER_BASE, id="two bases of one role"),
        pytest.param(
            profile("job") + profile("another", f"endpoint_url = {ELSEWHERE}"), id="one role at two endpoints"
        ),
        pytest.param(
            profile("job") + profile("another", base="credential_source = Environment"), id="the environment as a base"
        ),
        pytest.param(profile("job") + profile("pod", base="web_identity_token_file = /t"), id="a token as a base"),
        pytest.param(profile("job", base="credential_source = Environment"), id="whoever exports keys"),
        pytest.param(profile("job", base="credential_source = Ec2InstanceMetadata"), id="whatever instance"),
    ],
)
def test_an_entry_that_could_be_anothers_is_neither_taken_nor_written(job, store, cache, config, monkeypatch, text):
    config(text.replace("KEYS2", "aws_access_key_id = AKIATESTKEY000000002\naws_secret_access_key = s"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTKEY000000003")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    source = source_for(profile_name="job")
    path = as_the_cli(cache, source)
    before = path.read_bytes()
    assert held(store, source) is None
    session = Credentials("ASIAOURS000000000001", "s", "t", datetime.now(timezone.utc) + timedelta(hours=2))
    store.for_source(source).save(source.key, session)
    assert path.read_bytes() == before
    assert held(store, source) == "ASIAOURS000000000001"


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_USE_FIPS_ENDPOINT",
    ],
)
def test_under_a_variable_that_names_another_endpoint_nothing_is_shared(job, store, cache, monkeypatch, name):
    as_the_cli(cache, source_for(profile_name="job"))
    monkeypatch.setenv(name, ELSEWHERE)
    assert held(store, source_for(profile_name="job")) is None


def test_with_an_endpoint_of_the_callers_nothing_is_shared(job, store, cache):
    as_the_cli(cache, source_for(profile_name="job"))
    assert held(store, source_for(profile_name="job", endpoint_url=ELSEWHERE)) is None


def test_another_config_file_has_the_same_names_for_other_things(job, store, cache, monkeypatch, tmp_path, home):
    as_the_cli(cache, source_for(profile_name="job"))
    other = tmp_path / "config"
    other.write_text((home / ".aws" / "config").read_text())
    monkeypatch.setenv("AWS_CONFIG_FILE", str(other))
    assert held(store, source_for(profile_name="job")) is None


def test_what_is_older_than_the_files_was_made_from_others(job, store, cache, home):
    source = source_for(profile_name="job")
    path = as_the_cli(cache, source)
    past = time.time() - 60
    os.utime(path, (past, past))
    assert held(store, source) is None


def test_once_the_files_have_changed_a_running_job_shares_no_more(job, store, cache, home):
    source = source_for(profile_name="job")
    seen = store.for_source(source)
    path = as_the_cli(cache, source)
    assert seen.load(source.key)
    (home / ".aws" / "config").write_text(profile("job", base="source_profile = somebody-else"))
    os.utime(path, (time.time() + 5, time.time() + 5))  # what the CLI made of the new ones
    assert seen.load(source.key) is None
    before = path.read_bytes()
    seen.save(
        source.key, Credentials("ASIAOURS000000000001", "s", "t", datetime.now(timezone.utc) + timedelta(hours=2))
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"AssumedRoleUser": {"Arn": "arn:aws:sts::210987654321:assumed-role/job/n"}},
        {"AssumedRoleUser": {"Arn": "arn:aws-cn:sts::123456789012:assumed-role/job/n"}},
        {"AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/jobs/n"}},
        {"AssumedRoleUser": {"Arn": 1}},
        {"SubjectFromWebIdentityToken": "system:serviceaccount:etl:job"},
    ],
    ids=["another account", "another partition", "another role", "no ARN", "made with a token"],
)
def test_an_entry_that_says_that_it_is_anothers_is_not_taken(job, store, cache, changes):
    source = source_for(profile_name="job")
    as_the_cli(cache, source, **changes)
    assert held(store, source) is None
