"""IAM Identity Center: sessions made with a sign-in, and the sign-in renewed without losing it to anybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import unexpired
from unexpired.engine.errors import PersonNeeded, RenewalRefused, SourceUnavailable, UnexpiredError
from unexpired.engine.refresher import Refresher
from unexpired.sandbox.identity_center import START_URL, IdentityCenter
from unexpired.sandbox.local_endpoint import json_reply
from unexpired.sources import source_for


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])


@pytest.fixture
def identity_center(sandbox, monkeypatch):
    """The services, with this process pointed at them; sessions and access tokens as given."""
    started = []

    def start(**settings) -> IdentityCenter:
        endpoint = IdentityCenter(sandbox, **settings).__enter__()
        started.append(endpoint)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", endpoint.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", endpoint.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return endpoint

    yield start
    for endpoint in started:
        endpoint.__exit__(None, None, None)


def failing(source) -> UnexpiredError:
    with pytest.raises(UnexpiredError) as caught:
        source.fetch()
    assert caught.value.why
    assert caught.value.link == "sso"
    return caught.value


@pytest.mark.parametrize("form", [None, "corp"], ids=["legacy", "sso_session"])
def test_a_permission_sets_session(identity_center, files, home, sandbox, form):
    center = identity_center()
    files(center.profile("p", sso_session=form))
    center.sign_in(home, sso_session=form)
    source = source_for(profile_name="p")
    credentials = source.fetch()
    assert credentials.source == "sso"
    assert credentials.account_id == "123456789012"
    assert credentials.access_key_id == sandbox.sessions[-1].access_key_id
    assert credentials.expires_at.timestamp() == pytest.approx(sandbox.sessions[-1].expires_at, abs=1)
    assert source.plan()[0].sign_in == (form or START_URL)


def test_a_job_outlives_two_sessions_and_two_access_tokens(identity_center, files, home):
    center = identity_center(access_token_seconds=1, session_seconds=1)
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp")
    refresher = Refresher(source_for(profile_name="p"))
    used = set()
    while len(used) < 4:  # a second each: what is watched is real time, the sign-in's file has no other
        used.add(refresher.credentials().access_key_id)
    refresher.close()
    assert center.renewals >= 2


def test_the_renewed_sign_in_is_what_the_cli_reads_next_with_everything_that_was_in_it(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    path = center.sign_in(home, sso_session="corp", access_token_seconds=60)
    before = {**json.loads(path.read_text()), "sessionName": "of a newer CLI"}
    path.write_text(json.dumps(before))
    source_for(profile_name="p").fetch()
    after = json.loads(path.read_text())
    assert after.keys() == before.keys()
    assert after["sessionName"] == "of a newer CLI"
    assert after["accessToken"] != before["accessToken"]
    assert after["refreshToken"] != before["refreshToken"]
    assert after["expiresAt"].endswith("Z")
    assert path.stat().st_mode & 0o077 == 0 or os.name != "posix"
    assert list(path.parent.iterdir()) == [path]


def test_a_sign_in_with_enough_left_is_not_renewed(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp")
    source_for(profile_name="p").fetch()
    assert center.renewals == 0


def test_boto3_goes_on_with_what_we_renewed(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    path = center.sign_in(home, sso_session="corp", access_token_seconds=0)
    source_for(profile_name="p").fetch()
    program = (
        "import botocore.session\n"
        "print(botocore.session.Session(profile='p').get_credentials().get_frozen_credentials().access_key)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ASIA")
    assert center.renewals == 1
    assert path.exists()


_RENEWER = """
import sys
from unexpired.sources import source_for
source = source_for(profile_name="p")
print("ready", flush=True)
sys.stdin.readline()
print(source.fetch().access_key_id, flush=True)
"""


def test_processes_that_renew_at_once_use_the_refresh_token_once_and_keep_the_sign_in(
    identity_center, files, home, tmp_path
):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp", access_token_seconds=0)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(unexpired.__file__).parents[1]),
        "UNEXPIRED_STORE_DIR": str(tmp_path / "store"),
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _RENEWER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert all(key.startswith("ASIA") for key in said), said
    assert center.renewals == 1


def test_threads_of_two_profiles_of_one_sign_in_use_the_refresh_token_once(identity_center, files, home):
    center = identity_center()
    center.assigned.add("Admin")
    config = center.profile("p", sso_session="corp")
    files(config + center.profile("q", sso_session="corp", role="Admin").split("[sso-session", 1)[0])
    center.sign_in(home, sso_session="corp", access_token_seconds=0)
    sources = [source_for(profile_name=name) for name in "pqpqpq"]
    with ThreadPoolExecutor(len(sources)) as pool:
        taken = list(pool.map(lambda source: source.fetch().access_key_id, sources))
    assert len(set(taken)) == 6
    assert center.renewals == 1


def test_when_the_cli_was_quicker_its_token_is_taken(identity_center, files, home, monkeypatch):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    path = center.sign_in(home, sso_session="corp", access_token_seconds=0)
    answer = center.answer

    def while_we_ask(visit):
        if visit.path == "/token":
            center.answer = answer  # the CLI signs in anew just before our refresh token arrives
            center.sign_out()
            center.sign_in(home, sso_session="corp")
        return answer(visit)

    center.answer = while_we_ask
    assert source_for(profile_name="p").fetch().source == "sso"
    assert path.exists()


# What a person has to do, and what not.


def never_signed_in(center, home):
    pass


def lapsed_legacy(center, home):
    center.sign_in(home, access_token_seconds=-5)


def lapsed_registration(center, home):
    center.sign_in(home, sso_session="corp", access_token_seconds=-5, registration_seconds=-1)


def ended_by_the_administrator(center, home):
    center.sign_in(home, sso_session="corp", access_token_seconds=-5)
    center.sign_out()


def revoked_while_it_lives(center, home):
    center.sign_in(home, sso_session="corp")
    center.sign_out()


def torn_file(center, home):
    path = center.sign_in(home, sso_session="corp")
    path.write_text(path.read_text()[:50])


def foreign_file(center, home):
    center.sign_in(home, sso_session="corp").write_text("[]")


def no_end(center, home):
    path = center.sign_in(home, sso_session="corp")
    entry = json.loads(path.read_text())
    del entry["refreshToken"]
    path.write_text(json.dumps({**entry, "expiresAt": "soon"}))


@pytest.mark.parametrize(
    ("happened", "form"),
    [
        (never_signed_in, "corp"),
        (never_signed_in, None),
        (lapsed_legacy, None),
        (lapsed_registration, "corp"),
        (ended_by_the_administrator, "corp"),
        (revoked_while_it_lives, "corp"),
        (torn_file, "corp"),
        (foreign_file, "corp"),
        (no_end, "corp"),
    ],
)
def test_a_sign_in_that_is_over_names_the_command(identity_center, files, home, happened, form):
    center = identity_center()
    files(center.profile("my profile" if form is None else "p", sso_session=form).replace("my profile", '"my profile"'))
    happened(center, home)
    error = failing(source_for(profile_name="p" if form else "my profile"))
    assert isinstance(error, PersonNeeded)
    assert error.cause == "sso-session-expired"
    assert error.next_steps[0] == f"aws sso login --profile {'p' if form else repr('my profile')}"


def test_signing_in_again_in_another_terminal_is_enough(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp", access_token_seconds=-5, registration_seconds=-1)
    source = source_for(profile_name="p")
    failing(source)
    center.sign_in(home, sso_session="corp")
    assert source.fetch().source == "sso"


def test_a_service_in_trouble_is_no_reason_to_sign_in_again(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp", access_token_seconds=-5)
    source = source_for(profile_name="p")
    center.say_instead(json_reply({"message": "x"}, 503))
    error = failing(source)
    assert isinstance(error, SourceUnavailable)
    assert "IAM Identity Center" in error.why
    center.behave()
    assert source.fetch().source == "sso"


def test_while_the_access_token_lives_a_renewal_that_fails_is_only_said(identity_center, files, home, caplog):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp", access_token_seconds=120)
    answer = center.answer
    center.answer = lambda visit: json_reply({}, 500) if visit.path == "/token" else answer(visit)
    assert source_for(profile_name="p").fetch().source == "sso"
    assert "lives until" in caplog.text


def test_a_permission_set_that_was_taken_away(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp", role="Admin"))
    center.sign_in(home, sso_session="corp")
    error = failing(source_for(profile_name="p"))
    assert isinstance(error, RenewalRefused)
    assert error.cause == "cannot-assume-role"


def test_throttling_can_be_waited_out(identity_center, files, home):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    center.sign_in(home, sso_session="corp")
    throttled = json_reply({"message": "slow down"}, 429, (("x-amzn-ErrorType", "TooManyRequestsException"),))
    center.say_instead(throttled)
    error = failing(source_for(profile_name="p"))
    assert isinstance(error, SourceUnavailable)
    assert error.cause == "sts-throttled"


def test_no_token_shows(identity_center, files, home, caplog):
    center = identity_center()
    files(center.profile("p", sso_session="corp"))
    path = center.sign_in(home, sso_session="corp", access_token_seconds=-5)
    entry = json.loads(path.read_text())
    center.sign_out()
    said = str(failing(source_for(profile_name="p"))) + caplog.text
    assert not any(entry[name] in said for name in ("accessToken", "refreshToken", "clientSecret"))
