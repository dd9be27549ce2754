"""What the engine's tests share: a clock that stands still, and a source that does as it is told."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta

import pytest

from unexpired.engine.credentials import Credentials
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.testing.clock import FakeClock


class ScriptedSource:
    """Issues numbered sessions of a given length; fails, hangs or answers oddly when told to."""

    name = "assume_role"
    shareable = True

    def __init__(self, clock: FakeClock, lifetime: float | None = 3600.0, key: str = "role") -> None:
        self.clock, self.lifetime, self.key = clock, lifetime, key
        self.calls = 0
        self.error: Exception | None = None
        self.answers: list[Credentials] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self._numbers = itertools.count(1)

    def fetch(self, prompter=None) -> Credentials:
        self.calls += 1
        self.entered.release()
        assert self.gate.wait(30), "the test never opened the gate"
        if self.error is not None:
            raise self.error
        if self.answers:
            return self.answers.pop(0)
        return self.session(next(self._numbers))

    def session(self, number: int, **changes) -> Credentials:
        end = None if self.lifetime is None else self.clock.now() + timedelta(seconds=self.lifetime)
        values = {"expires_at": end, "source": self.name, **changes}
        return Credentials(f"ASIATESTKEY{number:05d}", "canary-secret", "canary-token", **values)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source(clock) -> ScriptedSource:
    return ScriptedSource(clock)


@pytest.fixture
def make_source(clock):
    return lambda **options: ScriptedSource(clock, **options)


@pytest.fixture
def events() -> list:
    return []


@pytest.fixture
def make_refresher(clock, events):
    """A refresher on the fake clock, with a scheduler of its own and a draw in the middle of the window."""

    def make(source, **options) -> Refresher:
        options = {"clock": clock, "scheduler": Scheduler(clock), "draw": lambda: 0.5, **options}
        return Refresher(source, hooks=(events.append,), **options)

    return make


@pytest.fixture
def refresher(make_refresher, source) -> Refresher:
    return make_refresher(source)


@pytest.fixture
def eventually():
    """Wait, in real time, for something that another thread is about to make true."""

    def wait(condition, message="it never happened") -> None:
        for _ in range(3000):
            if condition():
                return
            threading.Event().wait(0.01)
        raise AssertionError(message)

    return wait


@pytest.fixture
def in_threads():
    """Run a function in several threads that start together; what each returned or raised, in order."""

    def run(count, function) -> list:
        barrier, results = threading.Barrier(count), [None] * count

        def work(index) -> None:
            barrier.wait(30)
            try:
                results[index] = function()
            except Exception as error:  # noqa: BLE001 - what was raised is what is looked at
                results[index] = error

        threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive(), "a caller hangs"
        return results

    return run
