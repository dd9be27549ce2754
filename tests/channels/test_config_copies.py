"""The cleaned copies of the shared files, judged by what botocore makes of them."""

from __future__ import annotations

import botocore.configloader
import botocore.session
import pytest

from unexpired.channels.config_copies import (
    FROM_CONTAINER,
    FROM_DEFAULT,
    FROM_ENVIRONMENT,
    config_copies,
    leads_to_credentials,
    written_sections,
)
from unexpired.engine.errors import ConfigurationError

CONFIG = """\
# a comment
[default]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/Own
source_profile = base

[profile etl]
region = eu-west-1
output = json
retry_mode = adaptive
max_attempts = 7
ca_bundle = /ca.pem
endpoint_url = http://127.0.0.1:1
services = local
s3 =
  addressing_style = path
  max_concurrent_requests = 20
cli_pager =
role_arn = arn:aws:iam::123456789012:role/Etl
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/ann
external_id = x
duration_seconds = 3600
role_session_name = ann
sso_session = corp
sso_account_id = 123456789012
credential_process = /bin/echo
web_identity_token_file = /token
login_session = arn:aws:iam::123456789012:user/ann

[services local]
dynamodb =
  endpoint_url = http://127.0.0.1:8000

[sso-session corp]
sso_start_url = https://corp.example
sso_region = eu-west-1

[profile on-top]
role_arn = arn:aws:iam::123456789012:role/OnTop
source_profile = etl
region = eu-west-3

[profile on-default]
role_arn = arn:aws:iam::123456789012:role/OnDefault
source_profile = default

[profile ambient]
role_arn = arn:aws:iam::123456789012:role/Ambient
credential_source = Environment

[profile other]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Other
"""
CREDENTIALS = """\
[default]
aws_access_key_id = AKIADEFAULT00001
aws_secret_access_key = canary-default
aws_session_token = canary-stale

[etl]
aws_access_key_id = AKIAETL000000001
aws_secret_access_key = canary-etl
output = yaml

[base]
aws_access_key_id = AKIABASE00000001
aws_secret_access_key = canary-base
"""


@pytest.fixture
def copied(tmp_path):
    """Writes files, copies them, and reads the copies as botocore does: (profiles, ConfigCopies, environment)."""

    def copy(config=CONFIG, credentials=CREDENTIALS, **asked):
        paths = {"AWS_CONFIG_FILE": tmp_path / "config", "AWS_SHARED_CREDENTIALS_FILE": tmp_path / "credentials"}
        for path, text in zip(paths.values(), (config, credentials), strict=True):
            if text is not None:
                path.write_text(text)
        copies = config_copies({name: str(path) for name, path in paths.items()}, **asked)
        for path, sections in zip(paths.values(), (copies.config, copies.credentials), strict=True):
            path.with_suffix(".copy").write_text(written_sections(sections))
        session = botocore.session.Session()
        session.set_config_variable("config_file", str(tmp_path / "config.copy"))
        session.set_config_variable("credentials_file", str(tmp_path / "credentials.copy"))
        return session.full_config, copies

    return copy


def test_the_served_profile_keeps_its_settings_and_loses_its_credentials(copied):
    found, copies = copied(settings_of="etl", served="etl")
    expected = {
        "region": "eu-west-1",
        "output": "yaml",
        "retry_mode": "adaptive",
        "max_attempts": "7",
        "ca_bundle": "/ca.pem",
        "endpoint_url": "http://127.0.0.1:1",
        "services": "local",
        "s3": {"addressing_style": "path", "max_concurrent_requests": "20"},
        "cli_pager": "",
    }
    assert found["profiles"]["default"] == expected
    assert found["profiles"]["etl"] == expected
    assert copies.region == "eu-west-1"


def test_no_key_of_the_served_profile_or_of_default_is_left(copied):
    found, copies = copied(settings_of="etl", served="etl")
    for profile in ("default", "etl"):
        assert not [key for key in found["profiles"][profile] if leads_to_credentials(key)]
    assert not {"default", "etl"} & set(copies.credentials)


def test_other_sections_are_as_they_were(copied):
    found, _ = copied(settings_of="etl", served="etl")
    assert found["services"] == {"local": {"dynamodb": {"endpoint_url": "http://127.0.0.1:8000"}}}
    assert found["sso_sessions"] == {"corp": {"sso_start_url": "https://corp.example", "sso_region": "eu-west-1"}}
    assert found["profiles"]["other"]["sso_role_name"] == "Other"
    assert found["profiles"]["base"]["aws_access_key_id"] == "AKIABASE00000001"


@pytest.mark.parametrize("handed", [FROM_CONTAINER, FROM_ENVIRONMENT, FROM_DEFAULT])
def test_a_chain_on_top_of_the_served_profile_starts_from_what_is_handed_over(copied, handed):
    found, _ = copied(settings_of="etl", served="etl", handed=handed)
    assert found["profiles"]["on-top"] == {
        "role_arn": "arn:aws:iam::123456789012:role/OnTop",
        "region": "eu-west-3",
        handed[0]: handed[1],
    }


def test_a_chain_on_top_of_an_unserved_default_keeps_its_meaning(copied):
    found, _ = copied(settings_of="etl", served="etl")
    base = found["profiles"][found["profiles"]["on-default"]["source_profile"]]
    assert base["aws_access_key_id"] == "AKIADEFAULT00001"
    assert base["role_arn"].endswith("Own")


def test_a_chain_on_top_of_a_served_default_starts_from_what_is_handed_over(copied):
    found, copies = copied(settings_of="default", served="default")
    assert found["profiles"]["on-default"]["credential_source"] == "EcsContainer"
    assert found["profiles"]["on-top"]["source_profile"] == "etl"
    assert "canary-default" not in written_sections(copies.credentials)


def test_the_credentials_a_program_is_started_with_are_those_handed_over(copied):
    found, _ = copied(settings_of="etl", served="etl")
    assert found["profiles"]["ambient"]["credential_source"] == "EcsContainer"


def test_a_role_that_no_profile_names_takes_nobodys_place_but_the_defaults(copied):
    found, _ = copied(settings_of="etl", served=None)
    assert found["profiles"]["default"]["region"] == "eu-west-1"
    assert found["profiles"]["etl"]["role_arn"].endswith("Etl")
    assert found["profiles"]["on-top"]["source_profile"] == "etl"


def test_a_profile_that_only_the_credentials_file_has_can_still_be_named(copied):
    found, _ = copied(config=None, settings_of="base", served="base")
    assert found["profiles"]["base"] == {}


def test_without_files_there_is_an_empty_default(copied):
    found, copies = copied(config=None, credentials=None)
    assert found["profiles"] == {"default": {}}
    assert copies.region is None


def test_what_stands_under_upper_case_default_is_every_sections(copied):
    """The parser's own [DEFAULT], with which one pasted key shadows every profile."""
    config = "[DEFAULT]\naws_access_key_id = AKIAPASTED000001\noutput = text\n[profile etl]\nregion = eu-west-1\n"
    found, copies = copied(config=config, credentials=None, settings_of="etl", served="etl")
    assert found["profiles"]["etl"] == {"region": "eu-west-1", "output": "text"}
    assert "AKIAPASTED000001" not in written_sections(copies.config)


def test_a_name_with_a_space_is_kept(copied):
    found, _ = copied(config='[profile "my etl"]\nregion = eu-west-1\n', settings_of="my etl", served="my etl")
    assert found["profiles"]["my etl"]["region"] == "eu-west-1"


def test_whether_the_machines_own_role_is_still_needed_is_known(copied):
    config = "[profile x]\nrole_arn = arn:aws:iam::123456789012:role/X\ncredential_source = Ec2InstanceMetadata\n"
    assert copied(config=config)[1].needs_instance
    assert not copied()[1].needs_instance


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("[default]\nregion = x\naws_secret_access_key canary-secret\n", ", line 3", id="no equals sign"),
        pytest.param("aws_secret_access_key = canary-secret\n", ", line 1", id="before any section"),
        pytest.param("[a]\nx = 1\n[a]\ny = canary-secret\n", ", line 3", id="a section twice"),
        pytest.param("[a]\nx = 1\nx = canary-secret\n", ", line 3", id="a setting twice"),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_without_its_words(copied, text, line):
    with pytest.raises(ConfigurationError) as caught:
        copied(config=text)
    assert f"config{line}" in caught.value.what
    assert "canary" not in str(caught.value)


def test_a_copy_does_not_show_what_it_holds(copied):
    assert "canary" not in repr(copied()[1])
