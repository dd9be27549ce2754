"""``unexpired setup``: SDKs ask unexpired for a profile's sessions, and the file can be had back as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

CONFIG = """\
# mine
[profile corp]\r
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Etl   ; odd
region = eu-west-1
s3 =
  addressing_style = path

[sso-session corp]
sso_start_url = https://corp.awsapps.invalid/start
sso_region = us-east-1

[profile plain]
region = us-east-1

[profile keys]
aws_access_key_id = AKIAEXAMPLE00001
aws_secret_access_key = canary

[profile self]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = self

[profile other]
credential_process = /opt/tool --secret canary
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Somebody's config file, and `unexpired setup` typed there."""
    path = tmp_path / "config"
    path.write_bytes(CONFIG.encode())
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("UNEXPIRED_STATE_DIR", str(tmp_path / "state"))

    def setup(*arguments):
        command = [sys.executable, "-m", "unexpired", "setup", *arguments]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
        )

    setup.path = path
    return setup


def resolved(profile):
    return boto3.Session(profile_name=profile)._session.full_config["profiles"][profile]


def test_a_profile_keeps_its_name_and_settings_and_its_sign_in_moves(machine):
    done = machine("corp", "--yes")
    assert done.returncode == 0, done.stderr
    corp, source = resolved("corp"), resolved("corp-source")
    assert set(corp) == {"region", "s3", "credential_process"}
    assert corp["credential_process"].endswith(" credential-process --profile corp-source")
    assert Path(corp["credential_process"].split()[0]).is_absolute()
    assert source["sso_session"] == "corp"
    assert source["sso_role_name"] == "Etl   ; odd"
    assert source["s3"] == {"addressing_style": "path"}
    assert "aws sso login --profile corp-source" in done.stdout


def test_everything_else_stays_and_undo_gives_every_byte_back(machine):
    machine("corp", "--yes")
    after = machine.path.read_bytes()
    assert after.startswith(b"# mine\n[profile corp]\r\ncredential_process = ")
    assert CONFIG.encode().partition(b"[sso-session corp]")[2] in after
    done = machine("--undo")
    assert done.returncode == 0, done.stderr
    assert machine.path.read_bytes() == CONFIG.encode()
    assert machine("--undo").returncode == 2


def test_a_new_profile_can_stand_beside(machine):
    done = machine("corp", "--as", "corp fresh", "--yes")
    assert done.returncode == 0, done.stderr
    assert machine.path.read_bytes().startswith(CONFIG.encode())
    fresh = resolved("corp fresh")
    assert fresh["region"] == "eu-west-1"
    assert fresh["credential_process"].endswith(" credential-process --profile corp")


def test_nothing_is_changed_when_nobody_is_there_to_be_asked_but_the_change_is_shown(machine):
    done = machine("corp")
    assert done.returncode == 2
    assert "- sso_session = corp" in done.stdout
    assert "+ credential_process = " in done.stdout
    assert "+ [profile corp-source]" in done.stdout
    assert machine.path.read_bytes() == CONFIG.encode()


def test_a_role_of_the_agent_that_would_ask_itself_is_named(machine, tmp_path, monkeypatch):
    toml = tmp_path / "unexpired.toml"
    toml.write_text('[roles.etl]\nprofile = "corp"\n')
    monkeypatch.setenv("UNEXPIRED_CONFIG", str(toml))
    assert 'profile = "corp-source"' in machine("corp", "--yes").stdout


@pytest.mark.skipif(os.name != "posix", reason="a terminal")
@pytest.mark.parametrize(("answer", "changed"), [(b"n\n", False), (b"\n", False), (b"y\n", True)])
def test_a_person_is_asked_before_anything_is_changed(machine, answer, changed):
    import pty

    ours, theirs = pty.openpty()
    os.write(ours, answer)
    command = [sys.executable, "-m", "unexpired", "setup", "corp"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False, timeout=60)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "Change this?" in done.stdout
    assert (machine.path.read_bytes() != CONFIG.encode()) is changed


def test_a_secret_in_what_is_moved_is_not_shown(machine):
    done = machine("other", "--yes")
    assert done.returncode == 0, done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert resolved("other-source")["credential_process"] == "/opt/tool --secret canary"


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("plain", "nothing to renew"),
        ("keys", "which nothing renews"),
        ("self", "its own source_profile"),
        ("crop", "corp"),
    ],
)
def test_what_would_not_work_is_refused(machine, profile, words):
    done = machine(profile, "--yes")
    assert done.returncode == 2
    assert words in done.stderr
    assert machine.path.read_bytes() == CONFIG.encode()


def test_a_profile_that_is_set_up_is_not_set_up_twice(machine):
    machine("corp", "--yes")
    after = machine.path.read_bytes()
    done = machine("corp", "--yes")
    assert done.returncode == 2
    assert "asks unexpired already" in done.stderr
    assert machine.path.read_bytes() == after


def test_settings_in_the_credentials_file_that_would_win_are_told(machine):
    path = Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    path.write_text("[corp]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = keys\n")
    done = machine("corp", "--yes")
    assert done.returncode == 2
    assert "it would win over credential_process" in done.stderr


@pytest.fixture
def set_up(sandbox_profile, tmp_path, monkeypatch):
    """The sandbox's profile `job`, set up, with a store of its own."""
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("UNEXPIRED_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    command = [sys.executable, "-m", "unexpired", "setup", "job", "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return sandbox_profile


def test_boto3_gets_a_roles_session_through_it_and_processes_share_it(set_up):
    for _ in range(2):
        identity = boto3.Session(profile_name="job").client("sts").get_caller_identity()
        assert ":assumed-role/" in identity["Arn"]
    assert set_up.count("sts", "AssumeRole") == 1


@pytest.mark.clients
def test_the_aws_cli_goes_on_saying_the_profiles_name(set_up):
    command = [sys.executable, "-m", "awscli", "sts", "get-caller-identity", "--profile", "job", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ":assumed-role/" in json.loads(done.stdout)["Arn"], done.stderr
    assert set_up.count("sts", "AssumeRole") == 1
