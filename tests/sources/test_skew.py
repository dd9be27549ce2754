"""A clock that is off: measured, said once, and made up for in our own calls to STS."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from unexpired.channels.proof import doubt
from unexpired.sources import source_for
from unexpired.sources.aws.skew import ServiceClocks, difference
from unexpired.testing import FakeClock

STS = "https://sts.eu-central-1.amazonaws.com"


@pytest.fixture
def source(sandbox, files):
    """The role ``job``, assumed by a user of the sandbox."""
    key = sandbox.user("ann")
    files(
        f"[profile job]\nrole_arn = {sandbox.role('job')}\nsource_profile = base\nregion = us-east-1\n",
        f"[base]\naws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n",
    )
    return source_for(profile_name="job", endpoint_url=sandbox.endpoint_url)


@pytest.mark.parametrize(("seconds", "said"), [(600, "10m behind AWS's"), (-600, "10m ahead of AWS's")])
def test_sessions_are_had_all_the_same_and_the_clock_is_named_once(sandbox, source, caplog, seconds, said):
    sandbox.skew(seconds)
    assert source.fetch().access_key_id.startswith("ASIA")
    assert (sandbox.count("sts", accepted=False), sandbox.count("sts", accepted=True)) == (1, 1)
    source.fetch()
    assert (sandbox.count("sts", accepted=False), sandbox.count("sts", accepted=True)) == (1, 2)
    assert [message for message in caplog.messages if "clock-skew" in message] == [
        f"this machine's clock is {said} (clock-skew): set it, or AWS refuses what programs here sign"
    ]


def test_a_clock_that_has_been_set_meanwhile_is_believed_again(sandbox, source):
    sandbox.skew(600)
    source.fetch()
    sandbox.skew(0)
    assert source.fetch().access_key_id.startswith("ASIA")
    assert sandbox.count("sts", accepted=False) == 2
    source.fetch()
    assert sandbox.count("sts", accepted=False) == 2


def test_more_than_four_minutes_are_said_although_the_call_succeeds(sandbox, source, caplog):
    sandbox.skew(250)
    source.fetch()
    assert sandbox.count("sts", accepted=False) == 0
    assert len([message for message in caplog.messages if "clock-skew" in message]) == 1


def test_less_is_not_mentioned(sandbox, source, caplog):
    sandbox.skew(230)
    source.fetch()
    assert caplog.messages == []
    assert sandbox.count("sts", accepted=False) == 0


def test_keys_are_proven_with_sts_own_time_where_no_region_is_named(sandbox, monkeypatch):
    key = sandbox.user("ann")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
    sandbox.skew(-900)
    source = source_for(endpoint_url=sandbox.endpoint_url)
    assert doubt(source, source.fetch()) is None


def test_what_was_measured_holds_until_this_clock_is_set():
    clock = FakeClock()
    clocks = ServiceClocks(clock)
    clocks.observe(STS, {"date": formatdate(clock.wall() + 600, usegmt=True)})
    clock.advance(hours=3)
    assert clocks.ahead(STS) == 600
    assert clocks.ahead("https://sts.us-east-1.amazonaws.com") == 600  # AWS has one time
    assert clocks.ahead("https://sts.example") == 0
    clock.jump(600)
    assert clocks.ahead(STS) == 0


@pytest.mark.parametrize(
    "headers",
    [{}, {"date": ""}, {"date": "yesterday"}, {"date": "Sat, 99 Nov 2026 12:00:00 GMT"}, {"date": "0"}],
    ids=["none", "empty", "words", "no such day", "a number"],
)
def test_an_answer_without_a_time_tells_nothing(headers):
    clock = FakeClock()
    assert difference(headers, clock) is None
    clocks = ServiceClocks(clock)
    clocks.observe(STS, headers)
    assert clocks.ahead(STS) == 0
