"""`unexpired exec` in a terminal: a person is asked before the command starts, and never after."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")


@pytest.fixture
def guarded(sandbox, tmp_path):
    """A shell's environment with the profile `guarded`, whose role asks for an MFA code; and the device."""
    user = sandbox.user("ann")
    device = sandbox.mfa_device("ann")
    arn = sandbox.role("guarded", mfa=True)
    config = tmp_path / "config"
    config.write_text(
        f"[profile guarded]\nrole_arn = {arn}\nsource_profile = ann\nmfa_serial = {device.serial}\n"
        f"region = us-east-1\n[profile ann]\naws_access_key_id = {user.access_key_id}\n"
        f"aws_secret_access_key = {user.secret_access_key}\n"
    )
    environment = {**sandbox.environment(), "AWS_CONFIG_FILE": str(config)}
    return {**environment, "UNEXPIRED_STORE_DIR": str(tmp_path / "store")}, device


def typed(environment, arguments, answers, seconds=40, command="exec"):
    """Run exec, or another command, in a terminal, answer each question as it comes: (what was shown, exit status)."""
    import pty

    pid, keys = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "unexpired", command, *arguments], environment)
    shown, give_up_at = "", time.monotonic() + seconds
    pending = list(answers)
    try:
        while True:
            ready, _, _ = select.select([keys], [], [], max(0.0, give_up_at - time.monotonic()))
            if not ready:
                pytest.fail(f"nothing more was shown after: {shown!r}")
            try:
                part = os.read(keys, 4096)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not part:
                break
            shown += part.decode(errors="replace")
            if pending and pending[0][0] in shown:
                os.write(keys, pending.pop(0)[1]().encode() + b"\n")
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(keys)
    assert not pending, f"never asked: {shown!r}"
    return shown, os.waitstatus_to_exitcode(status)


def test_the_code_is_asked_for_once_and_the_command_has_the_terminal(guarded, sandbox):
    environment, device = guarded
    program = (
        "import boto3, sys; print(sys.stdin.isatty(), boto3.client('sts').get_caller_identity()['Arn'])\n"
        "print('you said', input('and now? '))"
    )
    shown, status = typed(
        environment,
        ["--profile", "guarded", "--", sys.executable, "-c", program],
        [("MFA code", lambda: sandbox.mfa_code(device.serial)), ("and now?", lambda: "hello")],
    )
    assert status == 0, shown
    assert "True arn:aws:sts::123456789012:assumed-role/guarded/" in shown
    assert "you said hello" in shown
    assert shown.count("MFA code") == 1


def test_a_job_that_would_need_another_code_is_not_started(guarded, sandbox):
    environment, device = guarded
    shown, status = typed(
        environment,
        ["--profile", "guarded", "--for", "6h", "--", "echo", "started"],
        [("MFA code", lambda: sandbox.mfa_code(device.serial))],
    )
    assert status == 1, shown
    assert "made with a code of" in shown
    assert "--duration-seconds 12h" in shown
    assert "started" not in shown


@pytest.mark.sandbox(lifetime=2)
def test_the_command_is_never_interrupted_by_a_question(guarded, sandbox):
    """The session lapses while the command runs: it is told why, and nobody is asked in its terminal."""
    environment, device = guarded
    program = (
        "import os, time, urllib.request, urllib.error\n"
        "time.sleep(2.5)\n"
        "request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])\n"
        "request.add_header('Authorization', os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'])\n"
        "try: urllib.request.urlopen(request)\n"
        "except urllib.error.HTTPError as error: print(error.code, error.read().decode())\n"
    )
    shown, status = typed(
        environment,
        ["--profile", "guarded", "--", sys.executable, "-c", program],
        [("MFA code", lambda: sandbox.mfa_code(device.serial))],
    )
    assert status == 0, shown
    assert "503 {" in shown
    assert "mfa-cannot-renew" in shown
    assert shown.count("MFA code of") == 1


def test_a_lapsed_sign_in_is_made_on_the_spot_and_the_command_starts(sign_ins):
    sign_ins.install_aws()
    environment = {**os.environ, **sign_ins.environment}
    shown, status = typed(environment, ["--profile", "etl", "--", "echo", "started"], [("[Y/n]", lambda: "y")])
    assert status == 0, shown
    assert "aws sso login --profile etl" in shown
    assert "Opening the sign-in page" in shown
    assert "started" in shown


def test_a_sign_in_that_ends_before_the_job_is_made_anew(sign_ins):
    sign_ins.install_aws()
    sign_ins.made("ends-too-soon", hours=0.7)
    environment = {**os.environ, **sign_ins.environment}
    arguments = ["--profile", "etl", "--for", "6h", "--", "echo", "started"]
    shown, status = typed(environment, arguments, [("[Y/n]", lambda: "")])
    assert status == 0, shown
    assert "is to be kept in credentials for 6h" in shown
    assert "started" in shown


def test_whoever_has_just_signed_in_is_not_asked_to_sign_in_again(sign_ins):
    sign_ins.install_aws()
    environment = {**os.environ, **sign_ins.environment}
    arguments = ["--profile", "etl", "--for", "12h", "--", "echo", "started"]
    shown, status = typed(environment, arguments, [("[Y/n]", lambda: "y")])
    assert status == 1, shown
    assert sign_ins.commands == ["aws sso login --profile etl --use-device-code --no-browser"]
    assert "cannot be kept in credentials for 12h" in shown


def test_a_person_who_declines_is_told_why_the_job_does_not_start(sign_ins):
    sign_ins.install_aws()
    sign_ins.made("ends-too-soon", hours=0.7)
    environment = {**os.environ, **sign_ins.environment}
    arguments = ["--profile", "etl", "--for", "6h", "--", "echo", "started"]
    shown, status = typed(environment, arguments, [("[Y/n]", lambda: "n")])
    assert status == 1, shown
    assert sign_ins.commands == []


def test_horizon_offers_to_put_the_end_off_and_looks_again(sign_ins):
    sign_ins.install_aws()
    sign_ins.made("ends-too-soon", hours=0.7)
    environment = {**os.environ, **sign_ins.environment}
    shown, status = typed(environment, ["--profile", "etl", "--for", "6h"], [("[Y/n]", lambda: "")], command="horizon")
    assert status == 0, shown
    assert shown.count("etl: renews until") == 2
