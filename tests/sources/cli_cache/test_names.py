"""An entry has the name that botocore gives it: those that the installed botocore computes."""

from __future__ import annotations

import pytest
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    SSOCredentialFetcher,
)
from tests.sources.cli_cache.scene import ROLE

from unexpired.sources import source_for


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"role_session_name": "nightly"},
        {"external_id": "tenant-7"},
        {"mfa_serial": "arn:aws:iam::123456789012:mfa/ann"},
        {"duration_seconds": "900"},
        {"role_session_name": "n", "external_id": "x", "duration_seconds": "7200", "mfa_serial": "m"},
    ],
)
def test_a_roles_entry_has_botocores_name(files, settings):
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    files(f"[profile base]\nKEYS\n[profile job]\nrole_arn = {ROLE}\nsource_profile = base\n{lines}")
    names = {
        "role_session_name": "RoleSessionName",
        "external_id": "ExternalId",
        "mfa_serial": "SerialNumber",
        "duration_seconds": "DurationSeconds",
    }
    extra = {names[name]: int(value) if value.isdigit() else value for name, value in settings.items()}
    theirs = AssumeRoleCredentialFetcher(None, None, ROLE, extra_args=extra)
    assert source_for(profile_name="job").named_in_cli_cache == theirs._cache_key


@pytest.mark.parametrize("name", [None, "nightly"])
def test_a_web_identitys_entry_has_botocores_name(files, name):
    line = f"role_session_name = {name}\n" if name else ""
    files(f"[profile job]\nrole_arn = {ROLE}\nweb_identity_token_file = /t\nduration_seconds = 900\n{line}")
    theirs = AssumeRoleWithWebIdentityCredentialFetcher(
        None, None, ROLE, extra_args={"RoleSessionName": name} if name else None
    )
    assert source_for(profile_name="job").named_in_cli_cache == theirs._cache_key


@pytest.mark.parametrize("session", [None, "corp"])
def test_a_permission_sets_entry_has_botocores_name(files, session):
    url, account = "https://example.awsapps.com/start", "123456789012"
    sign_in = f"sso_start_url = {url}\nsso_region = us-east-1\n"
    profile = f"[profile p]\nsso_account_id = {account}\nsso_role_name = Reader\n"
    files(profile + (f"sso_session = {session}\n[sso-session {session}]\n{sign_in}" if session else sign_in))
    theirs = SSOCredentialFetcher(url, "us-east-1", "Reader", account, None, sso_session_name=session)
    assert source_for(profile_name="p").named_in_cli_cache == theirs._cache_key


def test_what_no_profile_says_has_no_name(files):
    files(f"[profile base]\nKEYS\n[profile job]\nrole_arn = {ROLE}\nsource_profile = base\n")
    assert source_for(role_arn=ROLE, source_profile="base").named_in_cli_cache is None
    assert source_for(profile_name="job", policy="{}").named_in_cli_cache is None
    assert source_for(profile_name="job", tags={"a": "b"}).named_in_cli_cache is None
