"""A job is warned while a person can still do something, and goes on with what they have done."""

from __future__ import annotations

import gc
import threading
import weakref
from datetime import datetime, timedelta, timezone

import pytest

from unexpired.channels.foresight import Foresight
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sources import source_for
from unexpired.testing.clock import FakeClock

SIX_HOURS = timedelta(hours=6)


@pytest.fixture
def clock():
    # botocore looks at the machine's. Some seconds on, so that a sign-in of two hours, made later by however much on a
    # busy machine, has an hour or less when an hour has gone.
    return FakeClock(datetime.now(timezone.utc) + timedelta(seconds=10))


@pytest.fixture
def said():
    return []


class Hands:
    """The clock's hands, with a scheduler on it: moving them returns when everything due has been done."""

    def __init__(self, clock):
        self.clock = clock
        self.scheduler = Scheduler(clock, workers=1)
        self._done = threading.Event()

    def due(self):
        self._done.set()

    def settle(self):
        """One worker does things in the order in which they are due: what it does last is this."""
        self._done.clear()
        self.scheduler.wake(self, 0.0)
        assert self._done.wait(30), "something due is never done"

    def move(self, minutes):
        for _ in range(minutes):
            self.clock.advance(minutes=1)
            self.settle()


@pytest.fixture
def hands(clock):
    return Hands(clock)


@pytest.fixture
def job(sign_ins, clock, hands, said):
    """Begin a job of six hours, and look ahead; its refresher."""
    sign_ins.portal.clock = clock.wall
    begun = []

    def start(*hooks):
        source, scheduler = source_for(profile_name="etl"), hands.scheduler
        refresher = Refresher(source, clock=clock, scheduler=scheduler, draw=lambda: 0.5)
        refresher.credentials()
        foresight = Foresight(refresher, SIX_HOURS, hooks=(*hooks, said.append), clock=clock, scheduler=scheduler)
        begun.extend((refresher, foresight))
        foresight.start()
        hands.settle()
        return refresher

    yield start
    for one in begun:
        one.close()


def warnings(said):
    return [str(details.horizon) for details in said if details.kind == "horizon_ends"]


def test_it_is_said_at_the_start_and_again_with_an_hour_and_a_quarter_left(sign_ins, job, clock, hands, said, caplog):
    sign_ins.made("legacy", hours=2)
    job()
    line = "sso-session ends in 2h, before the job's 6h are over: aws sso login --profile etl"
    assert warnings(said) == [line]
    assert line in caplog.messages
    hands.move(minutes=59)
    assert len(warnings(said)) == 1
    hands.move(minutes=40)
    assert len(warnings(said)) == 2
    assert "ends in 1h," in warnings(said)[1]
    hands.move(minutes=30)
    assert [line.split(",")[0] for line in warnings(said)[2:]] == ["sso-session ends in 15m"]
    assert said[0].horizon.link.cause == "sso-session-expired"
    assert "canary" not in str(said)


def test_a_sign_in_that_outlasts_the_job_is_not_mentioned(sign_ins, job, clock, hands, said):
    sign_ins.made("long", hours=7)
    job()
    hands.move(minutes=30)
    assert said == []


def test_signing_in_again_elsewhere_is_taken_up_without_a_restart(sign_ins, job, clock, hands, said):
    sign_ins.made("ends-soon", hours=2 / 3)
    refresher = job()
    first = refresher.credentials()
    assert warnings(said) == ["sso-session ends in 40m, before the job's 6h are over: aws sso login --profile etl"]
    sign_ins.portal.accepted.clear()  # as the portal does at the sign-in's end
    hands.move(minutes=45)
    assert refresher.credentials() == first  # what is in hand still lives
    assert refresher.status().last_error.cause == "sso-session-expired"
    sign_ins.made("signed-in-again-in-another-terminal", hours=8, since=clock.wall())
    said.clear()
    hands.move(minutes=30)
    later = refresher.credentials()
    assert later != first
    assert later.expires_at > first.expires_at
    hands.move(minutes=180)
    assert said == []
    assert refresher.credentials().remaining(clock.now()) > 0


def test_a_sign_in_that_is_still_too_short_is_not_repeated_until_it_ends_soon(sign_ins, job, clock, hands, said):
    sign_ins.made("two-hours", hours=2)
    job()
    sign_ins.made("three-hours", hours=3)
    hands.move(minutes=90)
    assert len(warnings(said)) == 1
    hands.move(minutes=40)
    assert [line.split(",")[0] for line in warnings(said)[1:]] == ["sso-session ends in 1h"]


def test_after_the_job_nothing_is_said_any_more(sign_ins, job, clock, hands, said):
    sign_ins.made("long", hours=7)
    job()
    clock.advance(hours=6)
    hands.settle()
    sign_ins.cache_file.unlink()
    hands.move(minutes=5)
    assert said == []


def test_a_hook_that_raises_does_not_end_the_looking(sign_ins, job, hands, caplog):
    def broken(details):
        raise RuntimeError(details.kind)

    sign_ins.made("legacy", hours=2)
    job(broken)
    hands.move(minutes=61)
    assert [message for message in caplog.messages if "ends in 1h," in message]


def test_nobody_has_to_close_it(sign_ins, clock, hands):
    sign_ins.made("long", hours=7)
    refresher = Refresher(source_for(profile_name="etl"))
    foresight = Foresight(refresher, SIX_HOURS, clock=clock, scheduler=hands.scheduler)
    foresight.start()
    hands.settle()
    gone = weakref.ref(foresight)
    del foresight
    gc.collect()
    assert gone() is None
