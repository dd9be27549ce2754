"""Sessions of ``aws login``: exchanged for the next one without losing the sign-in to another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import botocore.credentials
import pytest

import unexpired
from unexpired.engine.errors import ConfigurationError, PersonNeeded, SourceUnavailable
from unexpired.engine.refresher import Refresher
from unexpired.sandbox.local_endpoint import json_reply
from unexpired.sandbox.sign_in_service import LOGIN_SESSION, SignInService
from unexpired.sources import source_for

try:
    import awscrt
except ImportError:
    awscrt = None

needs_crt = pytest.mark.skipif(awscrt is None, reason="botocore signs the proof with awscrt: pip install botocore[crt]")


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])


@pytest.fixture
def service(sandbox, files, monkeypatch):
    """The service, with this process pointed at it and a profile ``p`` that uses it."""
    started = []
    files(f"[profile p]\nregion = us-east-1\nlogin_session = {LOGIN_SESSION}\n")

    def start(**settings) -> SignInService:
        endpoint = SignInService(sandbox, **settings).__enter__()
        started.append(endpoint)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SIGNIN", endpoint.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return endpoint

    yield start
    for endpoint in started:
        endpoint.__exit__(None, None, None)


@needs_crt
def test_the_cached_session_is_used_while_enough_of_it_is_left(service, home):
    sign_in = service(session_seconds=3600)
    path = sign_in.sign_in(home)
    credentials = source_for(profile_name="p").fetch()
    assert credentials.source == "login"
    assert credentials.access_key_id == json.loads(path.read_text())["accessToken"]["accessKeyId"]
    assert credentials.account_id == "123456789012"
    assert sign_in.renewals == 0


@needs_crt
def test_a_job_outlives_two_sessions(service, home):
    sign_in = service(session_seconds=1)
    sign_in.sign_in(home)
    refresher = Refresher(source_for(profile_name="p"))
    used = set()
    while len(used) < 3:  # a second each: the CLI's file knows no other time
        used.add(refresher.credentials().access_key_id)
    refresher.close()
    assert sign_in.renewals >= 2


@needs_crt
def test_what_was_renewed_is_kept_for_the_cli_with_everything_else(service, home):
    sign_in = service()
    path = sign_in.sign_in(home, session_seconds=30)
    before = json.loads(path.read_text())
    credentials = source_for(profile_name="p").fetch()
    after = json.loads(path.read_text())
    assert after.keys() == before.keys()
    assert after["accessToken"]["accessKeyId"] == credentials.access_key_id
    assert after["refreshToken"] != before["refreshToken"]
    assert after["dpopKey"] == before["dpopKey"]
    assert list(path.parent.iterdir()) == [path]


_RENEWER = """
import sys
from unexpired.sources import source_for
source = source_for(profile_name="p")
print("ready", flush=True)
sys.stdin.readline()
print(source.fetch().access_key_id, flush=True)
"""


@needs_crt
def test_processes_that_renew_at_once_keep_the_sign_in(service, home, tmp_path):
    sign_in = service()
    sign_in.sign_in(home, session_seconds=1)
    package = Path(unexpired.__file__).parents[1]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(package), str(Path(awscrt.__file__).parents[1])]),
        "UNEXPIRED_STORE_DIR": str(tmp_path / "store"),
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _RENEWER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    said = {worker.communicate(timeout=60)[0] for worker in workers}
    assert len(said) == 1, said
    assert said.pop().startswith("ASIA")
    assert sign_in.renewals == 1


@needs_crt
def test_a_sign_in_that_is_over_names_the_command(service, home):
    sign_in = service()
    sign_in.sign_in(home, session_seconds=-5)
    sign_in.end()
    with pytest.raises(PersonNeeded) as caught:
        source_for(profile_name="p").fetch()
    assert caught.value.cause == "login-session-expired"
    assert caught.value.next_steps[0] == "aws login --profile p"
    sign_in.sign_in(home)
    assert source_for(profile_name="p").fetch().source == "login"


@needs_crt
@pytest.mark.parametrize("spoil", ["absent", "torn", "half", "no key"])
def test_a_sign_in_that_cannot_be_used_names_the_command(service, home, spoil):
    sign_in = service()
    path = sign_in.sign_in(home, session_seconds=-5)
    if spoil == "absent":
        path.unlink()
    elif spoil == "torn":
        path.write_text(path.read_text()[:100])
    elif spoil == "half":
        path.write_text(json.dumps({"accessToken": {}}))
    else:
        path.write_text(json.dumps({**json.loads(path.read_text()), "dpopKey": "x"}))
    with pytest.raises(PersonNeeded) as caught:
        source_for(profile_name="p").fetch()
    assert caught.value.cause == "login-session-expired"


@needs_crt
def test_a_service_in_trouble_is_no_reason_to_sign_in_again(service, home):
    sign_in = service()
    sign_in.sign_in(home, session_seconds=-5)
    sign_in.say_instead(json_reply({"message": "x"}, 503))
    with pytest.raises(SourceUnavailable):
        source_for(profile_name="p").fetch()
    sign_in.behave()
    assert source_for(profile_name="p").fetch()


@needs_crt
def test_no_token_and_no_key_shows(service, home, caplog):
    sign_in = service()
    path = sign_in.sign_in(home, session_seconds=-5)
    entry = json.loads(path.read_text())
    sign_in.end()
    with pytest.raises(PersonNeeded) as caught:
        source_for(profile_name="p").fetch()
    said = str(caught.value) + caplog.text
    assert entry["refreshToken"] not in said
    assert entry["dpopKey"].splitlines()[1] not in said


@pytest.mark.skipif(awscrt is not None, reason="what is said without it")
def test_without_awscrt_one_line_says_what_to_install(service, home):
    service().sign_in(home)
    with pytest.raises(ConfigurationError) as caught:
        source_for(profile_name="p").fetch()
    old = not hasattr(botocore.credentials, "LoginProvider")  # before 1.41
    expected = "pip install --upgrade 'unexpired[login]'" if old else "pip install 'botocore[crt]'"
    assert caught.value.next_steps == (expected,)
    assert caught.value.exit_code == 2
