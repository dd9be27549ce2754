"""``unexpired env``: a copy of a session in somebody's shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from unexpired.engine.credentials import parse_timestamp

posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell and a terminal")
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture
def env(shell):
    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "unexpired", "env", *arguments],
            env={**shell.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@posix
def test_a_shell_that_evaluates_it_is_the_role_whatever_stood_in_its_way(shell, stale):
    set_it = 'eval "$("$PYTHON" -m unexpired env --profile etl)"'
    script = f'{set_it}; echo "profile=${{AWS_PROFILE-gone}}"; "$PYTHON" -c "{WHO}"'
    variables = {**shell.environment, **stale, "AWS_PROFILE": "etl", "PYTHON": sys.executable}
    done = subprocess.run(["sh", "-c", script], env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[0] == "profile=gone", done.stderr
    assert ":assumed-role/etl/" in done.stdout
    assert "this is a copy: it ends at" in done.stderr


def test_its_end_is_told_beside_and_below_the_lines(env):
    done = env("--profile", "etl", "--shell", "sh")
    assert done.returncode == 0
    *exports, comment = done.stdout.splitlines()
    assert all(line.startswith("export AWS_") for line in exports)
    assert comment.startswith("# this is a copy")
    assert "and nothing renews it" in done.stderr
    assert "unexpired exec --profile etl" in done.stderr
    assert not any(line.partition("='")[2].rstrip("'") in done.stderr for line in exports if "SECRET" in line)


def test_as_json_it_has_the_contracts_shape(env):
    answer = json.loads(env("--profile", "etl", "--json", AWS_PROFILE="etl", AWS_SECURITY_TOKEN="x").stdout)
    assert set(answer) == {"version", "variables", "unset", "expires_at"}
    assert answer["variables"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert answer["unset"] == ["AWS_PROFILE", "AWS_SECURITY_TOKEN"]
    assert answer["variables"]["AWS_CREDENTIAL_EXPIRATION"] == answer["expires_at"]
    assert parse_timestamp(answer["expires_at"])


def test_the_region_in_force_is_set_under_the_name_that_lacks_it(env, shell):
    shell.environment.pop("AWS_DEFAULT_REGION", None)
    answer = json.loads(env("--profile", "etl", "--json", AWS_REGION="eu-west-1").stdout)
    assert "AWS_REGION" not in answer["variables"]
    assert answer["variables"]["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_an_unknown_profile_prints_nothing_to_evaluate(env):
    done = env("--profile", "elt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "etl" in done.stderr


@posix
@pytest.mark.parametrize("show", [False, True])
def test_a_terminal_sees_secrets_only_when_it_is_asked_for(shell, show):
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "unexpired", "env", "--profile", "etl", *(["--show"] if show else [])]
    done = subprocess.run(
        command, env=shell.environment, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(theirs)
    try:
        seen = os.read(ours, 65536).decode()
    except OSError:  # Linux: nothing was written, and the other side is closed
        seen = ""
    os.close(ours)
    assert ("SECRET" in seen) is show
    assert done.returncode == (0 if show else 2)
    if not show:
        assert 'eval "$(unexpired env --profile etl)"' in done.stderr
