"""One thread that looks, a few that work, however many refreshers there are."""

from __future__ import annotations

import threading

import pytest

from unexpired.engine.scheduler import Scheduler


class Sleeper:
    """Counts how often it was woken; holds its worker until it is let go."""

    def __init__(self) -> None:
        self.woken = 0
        self.let_go = threading.Event()
        self.let_go.set()

    def due(self) -> None:
        self.woken += 1
        assert self.let_go.wait(30)


@pytest.fixture
def scheduler(clock) -> Scheduler:
    return Scheduler(clock, workers=4)


def our_threads() -> int:
    return sum(thread.name.startswith("unexpired-") for thread in threading.enumerate())


def test_it_wakes_at_the_moment_and_not_before(scheduler, clock, eventually) -> None:
    sleeper = Sleeper()
    scheduler.wake(sleeper, 60)
    clock.wait_until_sleeping(1)
    clock.advance(59)
    clock.wait_until_sleeping(1)
    assert sleeper.woken == 0
    clock.advance(1)
    eventually(lambda: sleeper.woken == 1)


def test_a_new_moment_replaces_the_old_one(scheduler, clock, eventually) -> None:
    early, late = Sleeper(), Sleeper()
    scheduler.wake(early, 10)
    scheduler.wake(early, 100)
    scheduler.wake(late, 50)
    clock.wait_until_sleeping(1)
    clock.advance(60)
    eventually(lambda: late.woken == 1)
    assert early.woken == 0
    clock.wait_until_sleeping(1)
    clock.advance(60)
    eventually(lambda: early.woken == 1)


def test_one_that_hangs_delays_nobody_else(scheduler, clock, eventually) -> None:
    hanging, others = Sleeper(), [Sleeper() for _ in range(20)]
    hanging.let_go.clear()
    scheduler.wake(hanging, 1)
    for other in others:
        scheduler.wake(other, 2)
    clock.wait_until_sleeping(1)
    clock.advance(3)
    eventually(lambda: all(other.woken == 1 for other in others))
    hanging.let_go.set()


def test_ten_thousand_are_woken_by_a_handful_of_threads(scheduler, clock, eventually) -> None:
    before = our_threads()
    sleepers = [Sleeper() for _ in range(10_000)]
    for index, sleeper in enumerate(sleepers):
        scheduler.wake(sleeper, 1 + index / 10_000)
    clock.wait_until_sleeping(1)
    clock.advance(3)
    eventually(lambda: all(sleeper.woken == 1 for sleeper in sleepers))
    assert our_threads() - before <= 1 + 4


def test_one_that_raises_is_logged_and_the_next_still_comes(scheduler, clock, eventually, caplog) -> None:
    class Raising:
        def due(self) -> None:
            raise RuntimeError("our bug")

    raising, sleeper = Raising(), Sleeper()
    scheduler.wake(raising, 1)
    clock.wait_until_sleeping(1)
    clock.advance(1)
    eventually(lambda: "please report" in caplog.text)
    scheduler.wake(sleeper, 1)
    clock.wait_until_sleeping(2)
    clock.advance(1)
    eventually(lambda: sleeper.woken == 1)


def test_what_nobody_holds_is_forgotten(scheduler, clock, eventually) -> None:
    kept, dropped = Sleeper(), Sleeper()
    counted = dropped.let_go
    scheduler.wake(dropped, 1)
    scheduler.wake(kept, 2)
    counted.clear()
    del dropped
    clock.wait_until_sleeping(1)
    clock.advance(2)
    eventually(lambda: kept.woken == 1)
