"""A changed unexpired.toml is taken over; a broken one is told, and the old one stays in force."""

from __future__ import annotations

import os
import queue
import signal
import threading

import pytest

from unexpired.agent.config import ConfigWatch, read
from unexpired.testing.clock import FakeClock

GOOD = '[roles.etl]\nprofile = "etl"\n'


class Told:
    """What a watch calls back with, in order."""

    def __init__(self, path):
        self.path = path
        self.calls = queue.Queue()
        self.clock = FakeClock()
        self.watch = ConfigWatch(read(path), self.calls.put, self.calls.put, clock=self.clock)

    def next(self):
        return self.calls.get(timeout=10)


@pytest.fixture
def told(tmp_path):
    path = tmp_path / "unexpired.toml"
    path.write_text(GOOD)
    told = Told(path)
    yield told
    told.watch.close()


def test_a_file_that_did_not_change_is_not_read(told):
    assert not told.watch.look()
    assert told.calls.empty()


def test_a_change_is_taken_over(told):
    told.path.write_text(GOOD + '[roles.lake]\nprofile = "lake"\n')
    assert told.watch.look()
    assert list(told.next().roles) == ["etl", "lake"]
    assert not told.watch.look()


def test_a_file_put_in_its_place_with_the_same_time_and_length_is_seen(told):
    before = told.path.stat()
    other = told.path.with_suffix(".new")
    other.write_text(GOOD.replace("etl", "elt"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(told.path)
    assert told.watch.look()
    assert list(told.next().roles) == ["elt"]


def test_a_switched_link_is_seen_as_kubernetes_switches_them(tmp_path):
    for name, role in (("one", "a"), ("two", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "unexpired.toml").write_text(f'[roles.{role}]\nprofile = "p"\n')
    link = tmp_path / "data"
    link.symlink_to("one", target_is_directory=True)
    told = Told(link / "unexpired.toml")
    link.unlink()
    link.symlink_to("two", target_is_directory=True)
    assert told.watch.look()
    assert list(told.next().roles) == ["b"]


def test_a_broken_file_is_told_once_and_a_mended_one_is_taken_over(told):
    told.path.write_text("[roles.etl]\nprofil = 'etl'\nrole_arn = 'arn:aws:iam::123456789012:role/x'\n")
    assert told.watch.look()
    assert "did you mean 'profile'?" in str(told.next())
    assert not told.watch.look()
    told.path.write_text(GOOD)
    assert told.watch.look()
    assert list(told.next().roles) == ["etl"]


def test_a_file_that_an_editor_takes_away_for_a_moment_is_no_mistake(told):
    told.path.unlink()
    assert not told.watch.look()
    assert not told.watch.look()
    told.path.write_text(GOOD + "# again\n")
    assert told.watch.look()
    assert list(told.next().roles) == ["etl"]


def test_a_file_that_stays_away_is_told_once(told):
    told.path.unlink()
    looks = [told.watch.look() for _ in range(6)]
    assert looks.count(True) == 1
    assert "cannot be read" in str(told.next())


def test_the_watch_looks_by_itself_every_second(told):
    told.watch.start()
    told.clock.wait_until_sleeping(1)
    told.path.write_text('[roles.later]\nprofile = "etl"\n')
    told.clock.advance(1.0)
    assert list(told.next().roles) == ["later"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="POSIX's signal")
@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals are the main thread's")
def test_a_hangup_reads_it_at_once_changed_or_not(told):
    told.watch.start()
    before = signal.signal(signal.SIGHUP, lambda *_: told.watch.ask())
    try:
        signal.raise_signal(signal.SIGHUP)
        assert list(told.next().roles) == ["etl"]
    finally:
        signal.signal(signal.SIGHUP, before)
