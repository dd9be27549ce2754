"""One session for the AWS CLI, boto3 and us: whoever makes it, the others use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

import botocore.session
import pytest
from botocore.utils import JSONFileCache
from tests.sources.cli_cache.scene import ROLE, as_the_cli, entry_of, held, ours, profile

from unexpired.engine.errors import PersonNeeded
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for


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


def test_what_the_cli_made_is_taken(job, store, cache):
    source = source_for(profile_name="job")
    as_the_cli(cache, source)
    assert held(store, source) == "ASIACLI0000000000001"


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
