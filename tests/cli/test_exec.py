"""`unexpired exec`, run as a person runs it, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

IDENTITY = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'].split('/')[1])"


@pytest.mark.parametrize("status", [0, 3, 70])
def test_the_commands_status_is_passed_on(shell, status):
    assert shell.exec("--profile", "etl", "--", "sh", "-c", f"exit {status}").returncode == status


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_signal_is_128_and_its_number(shell):
    assert shell.exec("--profile", "etl", "sh", "-c", "kill -TERM $$").returncode == 143


def test_a_command_that_does_not_exist_costs_no_session(shell, sandbox):
    done = shell.exec("--profile", "etl", "--", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command cannot be started" in done.stderr
    assert "no such file in PATH" in done.stderr
    assert "PATH" not in shell.exec("--profile", "etl", "--", "/no/such/command").stderr
    assert not sandbox.requests


def test_neither_stale_variables_nor_a_pasted_default_shadow_it(shell, stale):
    done = shell.exec("--profile", "etl", program=IDENTITY, **stale, AWS_DEFAULT_PROFILE="nobody")
    assert (done.stdout, done.stderr) == ("etl\n", "")


@pytest.mark.parametrize("channel", ["container", "file", "env"])
@pytest.mark.parametrize("asked", ["etl", "default"])
def test_a_child_that_names_the_profile_gets_it_too(shell, channel, asked):
    program = f"import boto3; print(boto3.Session(profile_name={asked!r}).client('sts').get_caller_identity()['Arn'])"
    done = shell.exec("--profile", "etl", "--channel", channel, program=program)
    # Keys in variables are no profile's: boto3 sets them aside when a profile is named.
    if channel == "env":
        assert "NoCredentials" in done.stderr
    else:
        assert ":assumed-role/etl/" in done.stdout


@pytest.mark.parametrize("channel", ["container", "file", "env"])
def test_a_role_on_top_of_the_profile_goes_on_working(shell, profiles, channel):
    config = profiles.config_file.read_text()
    before, after = config.split("[profile on-top]")
    profiles.config_file.write_text(f"{before}[profile on-top]{after.replace('= base', '= etl')}")
    program = "import boto3; print(boto3.Session(profile_name='on-top').client('sts').get_caller_identity()['Arn'])"
    done = shell.exec("--profile", "etl", "--channel", channel, program=program)
    assert ":assumed-role/on-top/" in done.stdout


def test_settings_of_the_profile_stay_in_force(shell, profiles):
    with profiles.config_file.open("a") as file:
        file.write(
            "\n[profile tuned]\nregion = eu-west-3\nmax_attempts = 7\nrole_arn = arn:aws:iam::123456789012:role/etl"
        )
        file.write("\nsource_profile = base\ns3 =\n  addressing_style = path\n")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        shell.environment.pop(name)
    program = (
        "import botocore.session, json; s = botocore.session.Session(); c = s.get_scoped_config()\n"
        "print(json.dumps([s.get_config_variable('region'), c['max_attempts'], c['s3'], sorted(c)]))"
    )
    done = shell.exec("--profile", "tuned", program=program)
    assert json.loads(done.stdout) == ["eu-west-3", "7", {"addressing_style": "path"}, ["max_attempts", "region", "s3"]]


def test_a_refused_role_is_told_before_anything_starts(shell, tmp_path):
    started = tmp_path / "started"
    done = shell.exec("--role-arn", "arn:aws:iam::123456789012:role/nobodys", "touch", str(started), AWS_PROFILE="base")
    assert done.returncode == 3
    assert done.stderr.count("AccessDenied") == 1
    assert not started.exists()


def test_a_role_that_no_profile_names_is_assumed(shell):
    arn = "arn:aws:iam::123456789012:role/etl"
    done = shell.exec("--role-arn", arn, "--source-profile", "base", "--role-session-name", "me", program=IDENTITY)
    assert done.stdout == "etl\n"


def test_an_exported_session_that_has_expired_is_told_before_anything_starts(shell, sandbox, exported, tmp_path):
    sandbox.revoke()
    done = shell.exec("touch", str(tmp_path / "started"), **exported)
    assert done.returncode == 3
    assert "AWS_SESSION_TOKEN has expired" in done.stderr
    assert "unset AWS_ACCESS_KEY_ID" in done.stderr
    assert not (tmp_path / "started").exists()


def test_credentials_that_cannot_be_proven_are_said_to_be_so_and_used(shell, exported):
    done = shell.exec("echo", "started", **exported, AWS_ENDPOINT_URL_STS="http://127.0.0.1:9")
    assert done.stdout == "started\n"
    assert "could not be proven" in done.stderr


def test_a_job_that_an_exported_session_cannot_carry_is_not_started(shell, exported):
    done = shell.exec("--for", "6h", "echo", "started", **exported)
    assert (done.returncode, done.stdout) == (1, "")
    assert "6h" in done.stderr
    assert "a copy of a session" in done.stderr
    assert "--force" in done.stderr


def test_unless_somebody_insists(shell, exported):
    done = shell.exec("--for", "6h", "--force", "echo", "started", **exported)
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert "a copy of a session" in done.stderr


def test_a_role_assumed_with_a_pasted_session_cannot_carry_a_job(shell, profiles, exported):
    with profiles.config_file.open("a") as config, profiles.credentials_file.open("a") as credentials:
        config.write("\n[profile chained]\nrole_arn = arn:aws:iam::123456789012:role/etl\nsource_profile = pasted\n")
        credentials.write("\n[pasted]\n" + "".join(f"{name.lower()} = {value}\n" for name, value in exported.items()))
    done = shell.exec("--profile", "chained", "--for", "6h", "echo", "started")
    assert done.returncode == 1
    assert "[pasted]" in done.stderr


def test_a_job_that_a_role_can_carry_is_started(shell):
    assert shell.exec("--profile", "etl", "--for", "6h", "--", "true").returncode == 0


def test_for_is_an_upper_bound_as_well(shell):
    done = shell.exec("--profile", "etl", "--for", "1s", "--", "sleep", "1.5")
    assert done.returncode == 0
    assert "nothing is renewed any more" in done.stderr


def test_a_copy_in_variables_is_called_one(shell):
    done = shell.exec("--profile", "etl", "--channel", "env", program=IDENTITY)
    assert done.stdout == "etl\n"
    assert "nothing renews; it ends 20" in done.stderr


def test_the_summary_counts(shell):
    done = shell.exec("--profile", "etl", "--summary", "--", "sh", "-c", "exit 4")
    assert done.stderr == "unexpired: 0 renewals, 0 failures, longest wait 0 ms; the command ended with 4\n"


def test_nothing_is_said_that_was_not_asked_for(shell):
    done = shell.exec("--profile", "etl", "echo", "only this")
    assert (done.stdout, done.stderr) == ("only this\n", "")


def test_nothing_secret_is_said_or_left(shell, sandbox, stale, tmp_path):
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-m", "unexpired", "--debug", "exec", "--profile", "etl", "--summary", "--", "true"],
        env={**shell.environment, **stale, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for session in sandbox.sessions:
        assert session.secret_access_key not in done.stderr
        assert session.session_token not in done.stderr
    assert "AWS_SESSION_TOKEN" in done.stderr  # the name of what was not handed on
    assert "stale" not in done.stderr
    assert list((runtime / "unexpired").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["--for", "soon", "true"], "soon"),
        (["--profile", "elt", "true"], "did you mean etl"),
        (["--channel", "pipe", "true"], "pipe"),
        (["--source-profile", "base", "true"], "role"),
    ],
)
def test_a_mistake_is_2_and_says_what_to_do(shell, arguments, said):
    done = shell.exec(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_file_is_named_with_its_line(shell, profiles):
    lines = profiles.config_file.read_text().count("\n")
    with profiles.config_file.open("a") as file:
        file.write("\naws_secret_access_key canary-secret\n")
    done = shell.exec("--profile", "etl", "true")
    assert done.returncode == 2
    assert f"line {lines + 2}" in done.stderr
    assert "canary" not in done.stderr


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_no_secret_stands_in_a_command_line(shell):
    program = (
        "import os, pathlib\n"
        "lines = b''.join(pathlib.Path(f'/proc/{pid}/cmdline').read_bytes() for pid in (os.getpid(), os.getppid()))\n"
        "print(os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'].encode() in lines)\n"
    )
    assert shell.exec("--profile", "etl", program=program).stdout == "False\n"


def test_a_job_that_is_started_all_the_same_says_what_ends_and_what_to_do(shell, sign_ins):
    sign_ins.made("ends-too-soon", hours=2 / 3)
    shell.environment = {**os.environ, **sign_ins.environment}
    refused = shell.exec("--profile", "etl", "--for", "6h", program="print('ran')")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "aws sso login --profile etl" in refused.stderr
    done = shell.exec("--profile", "etl", "--for", "6h", "--force", program="import time; time.sleep(1); print('ran')")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    line = "unexpired: sso-session ends in 40m, before the job's 6h are over: aws sso login --profile etl"
    assert done.stderr.splitlines().count(line) == 1


def test_without_a_terminal_a_lapsed_sign_in_ends_it_at_once_with_the_command(shell, sign_ins):
    sign_ins.install_aws()
    shell.environment = {**os.environ, **sign_ins.environment}
    done = shell.exec("--profile", "etl", program="print('ran')")
    assert (done.returncode, done.stdout) == (3, "")
    assert "aws sso login --profile etl" in done.stderr
    assert sign_ins.commands == []
