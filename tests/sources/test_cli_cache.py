"""One session for the AWS CLI, boto3 and us: whoever makes it, the others use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import botocore.session
import pytest
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    SSOCredentialFetcher,
)
from botocore.utils import JSONFileCache

from unexpired.engine.errors import PersonNeeded
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for
from unexpired.stores.file import FileStore

ROLE = "arn:aws:iam::123456789012:role/job"


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])


@pytest.fixture
def cache(home) -> Path:
    return home / ".aws" / "cli" / "cache"


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "store")


@pytest.fixture
def job(sandbox, tmp_path, monkeypatch):
    """The sandbox, with a profile ``job`` that names a role."""
    sandbox.role("job")
    profiles = sandbox.write_profiles(tmp_path / "aws")
    for name, value in profiles.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return sandbox


def ours(store: FileStore, profile: str = "job") -> str:
    return Refresher(source_for(profile_name=profile), store=store).credentials().access_key_id


def cli(*arguments: str) -> str:
    """The AWS CLI of this environment."""
    program = Path(sys.executable).with_name("aws")
    command = [str(program)] if os.name == "posix" else [sys.executable, str(program)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


# The names of the files are those that the installed botocore computes.


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
    assert source_for(profile_name="job").cli_cache_name == theirs._cache_key


@pytest.mark.parametrize("name", [None, "nightly"])
def test_a_web_identitys_entry_has_botocores_name(files, name):
    line = f"role_session_name = {name}\n" if name else ""
    files(f"[profile job]\nrole_arn = {ROLE}\nweb_identity_token_file = /t\nduration_seconds = 900\n{line}")
    theirs = AssumeRoleWithWebIdentityCredentialFetcher(
        None, None, ROLE, extra_args={"RoleSessionName": name} if name else None
    )
    assert source_for(profile_name="job").cli_cache_name == theirs._cache_key


@pytest.mark.parametrize("session", [None, "corp"])
def test_a_permission_sets_entry_has_botocores_name(files, session):
    url, account = "https://example.awsapps.com/start", "123456789012"
    sign_in = f"sso_start_url = {url}\nsso_region = us-east-1\n"
    profile = f"[profile p]\nsso_account_id = {account}\nsso_role_name = Reader\n"
    files(profile + (f"sso_session = {session}\n[sso-session {session}]\n{sign_in}" if session else sign_in))
    theirs = SSOCredentialFetcher(url, "us-east-1", "Reader", account, None, sso_session_name=session)
    assert source_for(profile_name="p").cli_cache_name == theirs._cache_key


def test_what_no_profile_says_has_no_name(files):
    files(f"[profile base]\nKEYS\n[profile job]\nrole_arn = {ROLE}\nsource_profile = base\n")
    assert source_for(role_arn=ROLE, source_profile="base").cli_cache_name is None
    assert source_for(profile_name="job", policy="{}").cli_cache_name is None
    assert source_for(profile_name="job", tags={"a": "b"}).cli_cache_name is None


# Sharing, with the real clients.


@pytest.mark.clients
def test_the_cli_uses_what_we_cached(job, store, cache):
    key = ours(store)
    said = json.loads(cli("sts", "get-caller-identity", "--profile", "job"))
    assert "assumed-role/job/" in said["Arn"]
    assert job.count("sts", "AssumeRole") == 1
    assert job.requests[-1].access_key_id == key
    (entry,) = cache.iterdir()
    assert os.name != "posix" or entry.stat().st_mode & 0o077 == 0


@pytest.mark.clients
def test_we_use_what_the_cli_cached(job, store):
    cli("sts", "get-caller-identity", "--profile", "job")
    key = job.requests[-1].access_key_id
    assert ours(store) == key
    assert job.count("sts", "AssumeRole") == 1


def test_boto3_with_the_clis_cache_uses_what_we_cached_and_the_other_way_round(job, store, cache):
    def boto() -> str:
        session = botocore.session.Session(profile="job")
        provider = session.get_component("credential_provider").get_provider("assume-role")
        provider.cache = JSONFileCache(str(cache))
        return session.get_credentials().get_frozen_credentials().access_key

    key = ours(store)
    assert boto() == key
    for path in (*cache.iterdir(), *store.directory.glob("*.json")):
        path.unlink()
    key = boto()
    assert ours(store) == key
    assert job.count("sts", "AssumeRole") == 2


# What is not taken.


def entry_of(cache: Path) -> Path:
    return cache / f"{source_for(profile_name='job').cli_cache_name}.json"


def test_an_entry_of_the_clis_that_has_lapsed_or_is_about_to_is_renewed(job, store, cache):
    cache.mkdir(parents=True)
    for end in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00UTC"):
        body = {"AccessKeyId": "ASIAOLD0000000000001", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
        path = entry_of(cache)
        path.write_text(json.dumps({"Credentials": body}))
        path.chmod(0o600)
        store.directory.mkdir(exist_ok=True)
        for kept in store.directory.glob("*.json"):
            kept.unlink()
        assert ours(store) != "ASIAOLD0000000000001"
        assert "ASIAOLD0000000000001" not in path.read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Credentials": {}}', '{"Credentials": 1}', "\x00"])
def test_an_entry_of_the_clis_that_cannot_be_used_is_replaced(job, store, cache, text):
    cache.mkdir(parents=True)
    path = entry_of(cache)
    path.write_text(text)
    path.chmod(0o600)
    key = ours(store)
    assert json.loads(path.read_text())["Credentials"]["AccessKeyId"] == key


def test_a_session_that_we_cached_for_another_base_is_not_taken(job, store, cache, monkeypatch):
    key = ours(store)
    for kept in store.directory.glob("*.json"):
        kept.unlink()
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")  # another input of the key, none of the CLI's name
    assert ours(store) != key


def test_the_clis_directory_that_cannot_be_written_does_not_matter(job, store, home, caplog):
    (home / ".aws").mkdir()
    (home / ".aws" / "cli").write_text("a file")
    caplog.set_level("INFO")
    assert ours(store)
    assert "AWS CLI will make a session of its own" in caplog.text


def test_with_sharing_switched_off_the_clis_cache_is_left_alone(job, cache):
    from unexpired import stores

    Refresher(source_for(profile_name="job"), store=stores.chosen({"UNEXPIRED_STORE": "memory"})).credentials()
    assert not cache.exists()


def test_a_later_end_in_the_clis_cache_is_never_replaced_by_an_earlier_one(job, store, cache):
    ours(store)
    path = entry_of(cache)
    content = json.loads(path.read_text())
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 40_000))
    content["Credentials"]["Expiration"] = later
    path.write_text(json.dumps(content))
    Refresher(source_for(profile_name="job"), store=store).renew()
    assert json.loads(path.read_text())["Credentials"]["Expiration"] == later


# A base that a person was asked for.


class Person:
    def __init__(self, sandbox, serial: str) -> None:
        self.sandbox, self.serial, self.asked = sandbox, serial, 0

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked += 1
        return self.sandbox.mfa_code(self.serial)

    def tell(self, message: str) -> None:
        raise AssertionError(message)


def test_the_first_link_of_a_chain_is_shared_so_that_a_person_is_asked_once_for_all_processes(
    sandbox, files, monkeypatch, store
):
    key = sandbox.user("ann")
    serial = sandbox.mfa_device("ann").serial
    sandbox.role("admin", mfa=True)
    sandbox.role("job")
    sandbox.role("other")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    files(
        f"[profile base]\naws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
        f"[profile admin]\nrole_arn = {ROLE.replace('job', 'admin')}\nsource_profile = base\nmfa_serial = {serial}\n"
        f"[profile job]\nrole_arn = {ROLE}\nsource_profile = admin\n"
        f"[profile other]\nrole_arn = {ROLE.replace('job', 'other')}\nsource_profile = admin\n"
    )
    person = Person(sandbox, serial)
    Refresher(source_for(profile_name="job"), store=store, prompter=person).credentials()
    Refresher(source_for(profile_name="other"), store=store).credentials()  # nobody there
    assert person.asked == 1
    sandbox.role("third")
    sandbox.revoke()
    with pytest.raises(PersonNeeded):
        Refresher(source_for(role_arn=ROLE.replace("job", "third"), source_profile="admin"), store=store).credentials()


def test_ends_in_every_spelling_of_the_clis_are_read(job, store, cache):
    later = time.time() + 3600
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%SUTC"):
        cache.mkdir(parents=True, exist_ok=True)
        body = {
            "AccessKeyId": "ASIACLI0000000000001",
            "SecretAccessKey": "s",
            "SessionToken": "t",
            "Expiration": time.strftime(form, time.gmtime(later)),
        }
        path = entry_of(cache)
        path.write_text(json.dumps({"Credentials": body, "AssumedRoleUser": {}, "ResponseMetadata": {}}))
        path.chmod(0o600)
        credentials = Refresher(source_for(profile_name="job"), store=store).credentials()
        assert credentials.access_key_id == "ASIACLI0000000000001"
        assert abs(credentials.expires_at.timestamp() - later) < 1
        assert credentials.source == "assume_role"
    assert job.count("sts") == 0
