"""What is at hand already: variables, keys in files, a callable. Taken up again when somebody changed it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unexpired.engine.credentials import Credentials, timestamp
from unexpired.engine.errors import ConfigurationError, PersonNeeded, RenewalRefused, SourceUnavailable
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sources import source_for
from unexpired.sources.callback import Callback
from unexpired.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def refreshed(clock):
    made = []

    def make(source) -> Refresher:
        made.append(Refresher(source, clock=clock, scheduler=Scheduler(clock)))
        return made[-1]

    yield make
    for refresher in made:
        refresher.close()


# The environment.


def export(monkeypatch, number: int, **more: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"ASIATESTKEY{number:09d}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    for name, value in more.items():
        monkeypatch.setenv(name, value)


def test_exported_keys_are_taken_as_they_are(files, monkeypatch):
    files()
    export(monkeypatch, 1, AWS_ACCOUNT_ID="123456789012")
    credentials = source_for().fetch()
    assert credentials.access_key_id == "ASIATESTKEY000000001"
    assert credentials.session_token == "token"
    assert credentials.expires_at is None
    assert credentials.account_id in ("123456789012", None)  # since botocore 1.35


def test_an_exported_end_is_believed_and_what_is_exported_anew_is_taken_up(files, monkeypatch, clock, refreshed):
    files()
    refresher = refreshed(source_for_environment(monkeypatch, clock, 1))
    used = []
    for number in (2, 3, 4):
        used.append(refresher.credentials().access_key_id)
        export(monkeypatch, number, AWS_CREDENTIAL_EXPIRATION=timestamp(clock.now() + timedelta(hours=2)))
        clock.advance(3601)
    assert len(set(used)) == 3


def source_for_environment(monkeypatch, clock, number):
    export(monkeypatch, number, AWS_CREDENTIAL_EXPIRATION=timestamp(clock.now() + timedelta(hours=1)))
    return source_for()


def test_an_exported_end_that_has_passed_is_named(files, monkeypatch, clock, refreshed):
    files()
    export(monkeypatch, 1, AWS_CREDENTIAL_EXPIRATION="2020-01-01T00:00:00Z")
    with pytest.raises(SourceUnavailable) as caught:
        refreshed(source_for()).credentials()
    assert caught.value.cause == "static-env-session"


def test_an_exported_session_that_is_refused_and_nobody_renewed_is_named(files, monkeypatch, refreshed):
    files()
    export(monkeypatch, 1)
    refresher = refreshed(source_for())
    refresher.invalidate(refresher.credentials())
    with pytest.raises(RenewalRefused) as caught:
        refresher.credentials()
    assert caught.value.cause == "static-env-session"


@pytest.mark.parametrize("secret", [None, ""])
def test_half_a_key_pair_is_named_before_anybody_is_asked(files, monkeypatch, secret):
    files()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTKEY000000001")
    if secret is not None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with pytest.raises(ConfigurationError) as caught:
        source_for()
    assert caught.value.cause == "partial-credentials"
    assert "unset AWS_ACCESS_KEY_ID" in caught.value.next_steps[1]


def test_blank_variables_are_none(files, monkeypatch):
    files("[default]\nKEYS\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    assert source_for().name == "static_profile"


# Keys in files.


def pasted(number: int) -> str:
    return f"[p]\naws_access_key_id = ASIATESTKEY{number:09d}\naws_secret_access_key = s\naws_session_token = t\n"


def test_a_pasted_session_that_somebody_rotates_is_taken_up_when_a_service_refuses_the_old(files, refreshed):
    files("", pasted(1))
    refresher = refreshed(source_for(profile_name="p"))
    used = []
    for number in (2, 3, 4):
        used.append(refresher.credentials())
        files("", pasted(number))
        refresher.invalidate(used[-1])
    assert len({credentials.access_key_id for credentials in used}) == 3


def test_a_pasted_session_that_nobody_rotates_is_named(files, refreshed):
    files("", pasted(1))
    refresher = refreshed(source_for(profile_name="p"))
    refresher.invalidate(refresher.credentials())
    with pytest.raises(RenewalRefused) as caught:
        refresher.credentials()
    assert caught.value.cause == "static-profile-session"


@pytest.mark.parametrize("where", ["config", "credentials"])
def test_half_a_key_pair_in_a_file_is_named_with_the_file(files, where):
    half = "aws_access_key_id = AKIATESTKEY000000001\n"
    paths = files(f"[profile p]\n{half}", "") if where == "config" else files("", f"[p]\n{half}")
    with pytest.raises(ConfigurationError) as caught:
        source_for(profile_name="p")
    assert caught.value.cause == "partial-credentials"
    assert str(paths[0 if where == "config" else 1]) in caught.value.what


def test_keys_that_are_gone_from_the_file_are_missed(files):
    files("", pasted(1))
    source = source_for(profile_name="p")
    files("", "[p]\nregion = x\n")
    with pytest.raises(ConfigurationError, match="any more"):
        source.fetch()


def test_a_profile_that_is_gone_from_the_file_is_missed_by_name(files):
    files("", pasted(1))
    source = source_for(profile_name="p")
    files("", pasted(1).replace("[p]", "[q]"))
    with pytest.raises(ConfigurationError) as caught:
        source.fetch()
    assert "'p'" in caught.value.what


# A callable.


def test_a_callable_is_called_again_before_each_end(clock, refreshed):
    calls = []

    def broker():
        calls.append(len(calls))
        end = clock.now() + timedelta(hours=1)
        return {"access_key": f"ASIATESTKEY{len(calls):09d}", "secret_key": "s", "token": "t", "expiry_time": end}

    refresher = refreshed(Callback(broker))
    used = set()
    for _ in range(3):
        used.add(refresher.credentials().access_key_id)
        clock.advance(3601)
    assert len(used) == 3


END = "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "given",
    [
        {"AccessKeyId": "A" * 20, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": END},
        {"Credentials": {"AccessKeyId": "A" * 20, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": END}},
        {"access_key": "A" * 20, "secret_key": "s", "token": "t", "expiry_time": END},
        {"aws_access_key_id": "A" * 20, "aws_secret_access_key": "s", "aws_session_token": "t", "expires_at": END},
    ],
)
def test_every_spelling_in_use_is_understood(given):
    credentials = Callback(lambda: given).fetch()
    assert (credentials.access_key_id, credentials.session_token) == ("A" * 20, "t")
    assert timestamp(credentials.expires_at) == END


def test_credentials_are_taken_as_they_are():
    mine = Credentials("A" * 20, "s")
    assert Callback(lambda: mine).fetch() is mine


@pytest.mark.parametrize("given", [None, "text", 7, [], {}, {"AccessKeyId": "A" * 20}, {"Expiration": "soon"}])
def test_anything_else_says_what_to_return(given):
    with pytest.raises(ConfigurationError):
        Callback(lambda: given).fetch()


def test_what_it_raises_is_named_and_not_quoted(canary):
    def broker():
        raise ValueError(canary)

    with pytest.raises(SourceUnavailable) as caught:
        Callback(broker).fetch()
    assert "ValueError" in caught.value.what
    assert canary not in str(caught.value)


def test_our_own_errors_pass_as_they_are():
    def broker():
        raise PersonNeeded("x")

    with pytest.raises(PersonNeeded):
        Callback(broker).fetch()
