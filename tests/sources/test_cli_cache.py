"""One session for the AWS CLI, boto3 and us: whoever makes it, the others use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import botocore.session
import pytest
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    SSOCredentialFetcher,
)
from botocore.utils import JSONFileCache

from unexpired.engine.credentials import Credentials
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
def config(home):
    """Write one of the default files, and see that whatever is cached afterwards is newer."""

    def write(text: str, name: str = "config") -> Path:
        path = home / ".aws" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        past = time.time() - 2
        os.utime(path, (past, past))
        return path

    return write


@pytest.fixture
def job(sandbox, config, proxy):
    """AWS, played by the sandbox, and a profile ``job`` that names a role."""
    proxy.behind[""] = int(sandbox.endpoint_url.rpartition(":")[2])
    sandbox.role("job")
    key = sandbox.user("ann")
    keys = f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
    config(f"[base]\n{keys}", "credentials")
    config(profile("job"))
    return sandbox


def profile(name: str, *lines: str, base: str = "source_profile = base") -> str:
    return "\n".join((f"[profile {name}]", f"role_arn = {ROLE}", base, "region = us-east-1", *lines, ""))


def ours(store: FileStore, profile: str = "job") -> str:
    return Refresher(source_for(profile_name=profile), store=store).credentials().access_key_id


@lru_cache
def version_2() -> str | None:
    """The first ``aws`` on the PATH that is a version 2, which no package index has."""
    for directory in os.get_exec_path():
        program = shutil.which("aws", path=directory)
        if program is not None:
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
            if said.stdout.startswith("aws-cli/2"):
                return program
    return None


@pytest.fixture(params=[1, 2], ids=["version 1", "version 2"])
def cli(request):
    """The AWS CLI of this environment; and version 2, where there is one."""
    program = str(Path(sys.executable).with_name("aws")) if request.param == 1 else version_2()
    if program is None:
        pytest.skip("no AWS CLI version 2 on the PATH")
    command = [program] if os.name == "posix" or request.param == 2 else [sys.executable, program]

    def cli(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return cli


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


# Sharing, with the real clients.


@pytest.mark.clients
def test_the_cli_uses_what_we_cached(job, store, cache, cli):
    key = ours(store)
    said = json.loads(cli("sts", "get-caller-identity", "--profile", "job"))
    assert "assumed-role/job/" in said["Arn"]
    assert job.count("sts", "AssumeRole") == 1
    assert job.requests[-1].access_key_id == key
    (entry,) = cache.iterdir()
    assert os.name != "posix" or entry.stat().st_mode & 0o077 == 0


@pytest.mark.clients
def test_we_use_what_the_cli_cached(job, store, cli):
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
    return cache / f"{source_for(profile_name='job').named_in_cli_cache}.json"


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


def test_a_session_that_we_cached_for_another_region_is_not_taken(job, store, config):
    key = ours(store)
    for kept in store.directory.glob("*.json"):
        kept.unlink()
    config(profile("job").replace("us-east-1", "eu-west-1"))  # another input of the key, none of the CLI's name
    assert ours(store) != key


def as_the_cli(cache: Path, source, **changes) -> Path:
    """An entry as the AWS CLI writes it: the answer of STS."""
    body = {
        "AccessKeyId": "ASIACLI0000000000001",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
    }
    user = {"AssumedRoleId": "AROA:n", "Arn": "arn:aws:sts::123456789012:assumed-role/job/n"}
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{source.named_in_cli_cache}.json"
    path.write_text(json.dumps({"Credentials": body, "AssumedRoleUser": user, **changes}))
    path.chmod(0o600)
    return path


def held(store: FileStore, source) -> str | None:
    """What the store has for a source, without asking anybody."""
    found = store.for_source(source).load(source.key)
    return found.access_key_id if found else None


def test_what_the_cli_made_is_taken(job, store, cache):
    source = source_for(profile_name="job")
    as_the_cli(cache, source)
    assert held(store, source) == "ASIACLI0000000000001"


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


def test_two_profiles_that_mean_the_same_share(job, store, cache, config):
    config(profile("job") + profile("again"))
    as_the_cli(cache, source_for(profile_name="job"))
    assert held(store, source_for(profile_name="again")) == "ASIACLI0000000000001"


@pytest.mark.parametrize("whose", ["ours", "another pod's", "nobody's"])
def test_a_tokens_session_is_taken_if_it_is_the_same_subjects(sandbox, store, cache, config, tmp_path, whose):
    token_file = tmp_path / "token"
    token_file.write_text(sandbox.web_identity_token("etl"))
    config(profile("job", base=f"web_identity_token_file = {token_file}"))
    source = source_for(profile_name="job")
    said = {"ours": {"SubjectFromWebIdentityToken": "etl"}, "another pod's": {"SubjectFromWebIdentityToken": "web"}}
    as_the_cli(cache, source, **said.get(whose, {}))
    assert held(store, source) == ("ASIACLI0000000000001" if whose == "ours" else None)


def test_the_clis_directory_that_cannot_be_written_does_not_matter(job, store, home, caplog):
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


def test_what_we_left_there_is_swept_once_it_has_lapsed_and_the_clis_never(job, store, cache):
    ours(store)
    (path,) = cache.iterdir()
    content = json.loads(path.read_text())
    old = {"Expiration": "2020-01-01T00:00:00Z"}
    lapsed = {**content, "Credentials": {**content["Credentials"], **old}}
    kept = {
        "the-clis.json": json.dumps({"Credentials": lapsed["Credentials"]}),
        "living.json": json.dumps(content),
        "torn.json": "{",
        "notes.txt": "",
    }
    swept = {"lapsed.json": json.dumps(lapsed), "a.json.123.0f0f0f0f.tmp": "{"}
    past = time.time() - 7200
    for name, text in (kept | swept).items():
        (cache / name).write_text(text)
        (cache / name).chmod(0o600)
        os.utime(cache / name, (past, past))
    for used in (path, *store.directory.glob("*.json")):
        used.unlink()
    ours(store)
    assert {file.name for file in cache.iterdir()} == {path.name, *kept}


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
