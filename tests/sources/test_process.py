"""A credential_process: taken up on each renewal, and told by name when it does anything else."""

from __future__ import annotations

import json
import sys
import time

import pytest

from unexpired.engine.errors import ConfigurationError, SourceUnavailable, UnexpiredError
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sources import source_for
from unexpired.sources.aws import program
from unexpired.testing import FakeClock

GOOD = {"Version": 1, "AccessKeyId": "ASIATESTKEY000000001", "SecretAccessKey": "s", "SessionToken": "t"}


@pytest.fixture
def process(files, tmp_path):
    """A profile whose credential_process is a Python script of these lines."""

    def made(script: str):
        path = tmp_path / "process.py"
        path.write_text(script)
        files(f"[profile p]\naws_account_id = 123456789012\ncredential_process = {sys.executable} {path}\n")
        return source_for(profile_name="p")

    return made


def printing(body: object) -> str:
    return f"print({json.dumps(json.dumps(body))})"


def failing(source) -> UnexpiredError:
    with pytest.raises(UnexpiredError) as caught:
        source.fetch()
    error = caught.value
    assert "credential_process of 'p'" in error.what
    assert error.why
    assert error.next_steps
    assert error.link == "process"
    return error


def test_what_it_prints_is_taken(process):
    credentials = process(printing({**GOOD, "Expiration": "2030-01-01T00:00:00Z", "AccountId": "1" * 12})).fetch()
    assert credentials.session_token == "t"
    assert credentials.expires_at.year == 2030
    assert credentials.account_id == "1" * 12
    assert credentials.source == "process"


def test_without_an_end_it_is_asked_once_and_the_profile_may_name_the_account(process):
    credentials = process(printing(GOOD)).fetch()
    assert credentials.expires_at is None
    assert credentials.account_id == "123456789012"


def test_a_job_outlives_three_of_its_sessions(process, tmp_path):
    clock = FakeClock()
    counter = tmp_path / "counter"
    source = process(
        f"import json, pathlib, datetime\ncounter = pathlib.Path({str(counter)!r})\n"
        "number = int(counter.read_text()) + 1 if counter.exists() else 1\ncounter.write_text(str(number))\n"
        f"start = datetime.datetime.fromtimestamp({clock.wall()}, datetime.timezone.utc)\n"
        "end = start + datetime.timedelta(hours=number)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'ASIATESTKEY{number:09d}', 'SecretAccessKey': 's',"
        "'SessionToken': 't', 'Expiration': end.isoformat()}))\n"
    )
    refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock))
    used = []
    for _ in range(4):
        used.append(refresher.credentials().access_key_id)
        clock.advance(3600)
    refresher.close()
    assert len(set(used)) == 4


@pytest.mark.parametrize(
    ("script", "happened", "why"),
    [
        ("import sys; sys.exit('the vault is sealed')", "status 1", "the vault is sealed"),
        ("raise SystemExit(3)", "status 3", "no reason"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "signal 15", "no reason"),
        ("print('hello')", "no JSON", "6 bytes"),
        ("", "no JSON", "0 bytes"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\x00')", "no JSON", "bytes"),
        ("print('[' * 100000)", "no JSON", "bytes"),
        (printing([1]), "no object", "list"),
        (printing({**GOOD, "Version": 2}), "no Version 1", "2"),
        (printing({"AccessKeyId": "a", "SecretAccessKey": "b"}), "no Version 1", "None"),
        (printing({**GOOD, "SecretAccessKey": None}), "no SecretAccessKey", "both halves"),
        (printing({**GOOD, "AccessKeyId": 7}), "no AccessKeyId", "both halves"),
        (printing({**GOOD, "AccessKeyId": ""}), "half a key pair", "empty"),
        (printing({**GOOD, "Expiration": "tomorrow"}), "no time", "tomorrow"),
    ],
)
def test_anything_else_is_told_by_name(process, script, happened, why):
    error = failing(process(script))
    assert isinstance(error, SourceUnavailable)
    assert happened in error.what
    assert why in error.why
    assert error.exit_code == 3


def test_its_words_are_shown_without_its_secrets(process, canary):
    error = failing(process(f"import sys; sys.exit('cannot log in with password={canary}')"))
    assert "cannot log in" in error.why
    assert canary not in str(error)


def test_what_it_prints_is_never_shown(process, canary):
    assert canary not in str(failing(process(f"print('AWS_SECRET_ACCESS_KEY={canary}')")))


def test_one_that_hangs_is_stopped_and_its_last_words_are_shown(process, monkeypatch):
    monkeypatch.setattr(program.run, "__kwdefaults__", {**program.run.__kwdefaults__, "seconds": 1.5})
    began = time.monotonic()
    error = failing(
        process("import sys, time\nprint('waiting for the broker', file=sys.stderr, flush=True)\ntime.sleep(60)")
    )
    assert time.monotonic() - began < 20
    assert "waiting for the broker" in error.why


def test_one_that_prints_without_end_is_stopped(process):
    error = failing(process("while True: print('x' * 10000)"))
    assert "more than" in error.what


def test_one_that_leaves_something_running_with_its_output_is_not_waited_for(process):
    script = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])\n" + printing(GOOD)
    )
    assert process(script).fetch().access_key_id == GOOD["AccessKeyId"]


def test_a_noisy_standard_error_does_not_stop_it(process):
    script = f"import sys\nsys.stderr.write('x' * 1000000)\n{printing(GOOD)}"
    assert process(script).fetch().access_key_id == GOOD["AccessKeyId"]


def test_in_the_background_it_does_not_get_the_jobs_input(process):
    script = f"import sys\nassert sys.stdin.read() == ''\n{printing(GOOD)}"
    assert process(script).fetch()


@pytest.mark.parametrize("command", ["/nowhere/at/all --x", "'unfinished", '""', "/"])
def test_one_that_cannot_be_started_is_a_mistake_in_the_configuration(files, command):
    files(f"[profile p]\ncredential_process = {command}\n")
    error = None
    with pytest.raises(ConfigurationError) as caught:
        source_for(profile_name="p").fetch()
    error = caught.value
    assert "credential_process of 'p'" in error.what
    assert error.exit_code == 2


ROLE = "[profile base]\naws_access_key_id = AKIATESTKEY000000001\naws_secret_access_key = s\n"
ROLE += "[profile etl-source]\nrole_arn = arn:aws:iam::123456789012:role/Etl\nsource_profile = base\n"


@pytest.mark.parametrize("program", ["unexpired", "/opt/bin/unexpired", "'/a b/unexpired'"])
def test_a_process_of_ours_is_seen_through(files, program):
    files(f"{ROLE}[profile etl]\ncredential_process = {program} credential-process --profile etl-source\n")
    found, behind = source_for(profile_name="etl"), source_for(profile_name="etl-source")
    assert found.key == behind.key
    assert [step.kind for step in found.plan()] == ["static_profile", "assume_role"]


def test_a_role_may_stand_on_a_process_of_ours(files):
    files(
        f"{ROLE}[profile etl]\ncredential_process = unexpired credential-process --profile etl-source\n"
        "[profile next]\nrole_arn = arn:aws:iam::123456789012:role/Next\nsource_profile = etl\n"
    )
    kinds = [step.kind for step in source_for(profile_name="next").plan()]
    assert kinds == ["static_profile", "assume_role", "assume_role"]


def test_a_process_of_ours_that_asks_for_itself_is_refused_rather_than_started_for_ever(files):
    files(f"{ROLE}[profile etl]\ncredential_process = unexpired credential-process --profile etl\n")
    with pytest.raises(ConfigurationError, match="asks for itself: etl → etl"):
        source_for(profile_name="etl")


@pytest.mark.parametrize(
    "command",
    [
        "unexpired credential-process --profile missing",
        "unexpired credential-process --profile etl-source --debug",
        "other credential-process --profile etl-source",
        "unexpired exec --profile etl-source credential-process",
        "unexpired credential-process '",
    ],
)
def test_any_other_program_is_a_program(files, command):
    files(f"{ROLE}[profile etl]\ncredential_process = {command}\n")
    assert source_for(profile_name="etl").name == "process"
