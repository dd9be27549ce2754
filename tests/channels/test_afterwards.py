"""The last line of a job that failed: said only where its credentials had really ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from unexpired import Credentials, PersonNeeded
from unexpired.channels.afterwards import lost_to
from unexpired.engine.policy import Freshness
from unexpired.engine.status import RefresherStatus

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ALIVE = RefresherStatus("sso", "ASIA…0001", NOW + HOUR, None, Freshness.FRESH, False, 3, 0, None, 0.0)
GONE = PersonNeeded("The sign-in has lapsed", next_steps="aws sso login --profile etl", cause="sso-session-expired")
DEAD = replace(ALIVE, expires_at=NOW - HOUR, freshness=Freshness.EXPIRED, last_error=GONE)


def said(status: int = 1, channel: str = "container", at_end: RefresherStatus = ALIVE, *, first=HOUR, until=None):
    """The line for a job whose first session ended so long from now."""
    session = Credentials("ASIAXXXXXXXXXXXX0001", "canary-secret", "canary-token", NOW + first)
    line = lost_to(status, channel=channel, first=session, at_end=at_end, renewed_until=until, now=NOW)
    assert "canary" not in (line or "")
    return line


def test_a_renewal_that_failed_to_the_end_is_named_with_its_cause_and_command():
    line = said(at_end=DEAD)
    assert "ended with 1" in line
    assert "(sso-session-expired)" in line
    assert line.endswith("aws sso login --profile etl")


@pytest.mark.parametrize(
    ("channel", "cause"), [("env", "static-env-session"), ("file", "rotated-file-not-reread"), ("container", None)]
)
def test_what_the_command_began_with_counts_for_a_channel_that_is_not_asked_again(channel, cause):
    line = said(channel=channel, first=-HOUR)
    assert (line is None) == (cause is None)
    assert cause is None or f"({cause})" in line
    assert said(channel=channel) is None


def test_a_job_that_outlived_its_for_is_told_so():
    line = said(at_end=replace(ALIVE, expires_at=NOW - HOUR), until=NOW - HOUR)
    assert "give a longer --for" in line
    assert said(until=NOW - HOUR) is None, "what it had was still good"


def test_nothing_is_said_of_a_job_that_ended_well_or_whose_session_was_still_good():
    assert said(0, at_end=DEAD) is None
    assert said(at_end=replace(ALIVE, last_error=GONE)) is None
    assert said() is None
