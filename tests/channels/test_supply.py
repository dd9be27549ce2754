"""`--for` as an upper bound: after it nothing is renewed, and what is in hand is used up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from unexpired.channels.supply import Supply
from unexpired.engine.credentials import Credentials
from unexpired.engine.errors import RenewalRefused
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.testing.clock import FakeClock


class ClockedSource:
    """Sessions of one hour by a fake clock."""

    name, key, shareable = "callback", "00", False

    def __init__(self, clock):
        self.clock = clock
        self.fetched = 0

    def fetch(self, prompter=None):
        self.fetched += 1
        end = self.clock.now() + timedelta(hours=1)
        return Credentials(f"ASIAEXAMPLE{self.fetched:05d}", "s", "t", end)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def source(clock):
    return ClockedSource(clock)


@pytest.fixture
def refresher(source, clock):
    made = Refresher(source, clock=clock, scheduler=Scheduler(clock))
    yield made
    made.close()


def test_without_an_end_it_goes_on_renewing(refresher, clock, source):
    supply = Supply(refresher, clock=clock)
    for _ in range(5):
        supply()
        clock.advance(hours=2)
    assert supply().remaining(clock.now()) > 0
    assert source.fetched == 6


def test_after_the_end_what_is_in_hand_is_handed_out_until_its_own(refresher, clock, source):
    ended = threading.Event()
    told = []

    def on_end(held):
        told.append(held)
        ended.set()

    supply = Supply(refresher, renew_for=timedelta(minutes=30), on_end=on_end, clock=clock)
    held = supply()
    clock.wait_until_sleeping(1)
    clock.advance(minutes=31)
    assert ended.wait(10)
    assert told == [held]
    assert supply() is held
    clock.advance(minutes=30)
    with pytest.raises(RenewalRefused, match="30m"):
        supply()
    assert source.fetched == 1


def test_closing_it_stops_the_watch_without_a_word(refresher, clock):
    told = []
    supply = Supply(refresher, renew_for=timedelta(minutes=30), on_end=told.append, clock=clock)
    supply()
    supply.close()
    clock.advance(hours=1)
    assert told == []
