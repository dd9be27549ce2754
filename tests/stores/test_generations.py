"""One renewer a host: seen on real processes that hold the lock, die, or are stopped."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from unexpired.stores.file import FileStore

KEY = "0123456789abcdef" * 4
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")

# Waits for the lock as the engine does, and counts itself in a file when it "asks the issuer", which takes 0.2 s.
_RENEWER = """
import os, sys, time
from pathlib import Path
from unexpired.stores.file import FileStore
directory, key, patience = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
done = directory / "done"
with FileStore(directory, patience_seconds=patience).lock(key, done.exists):
    if not done.exists():
        with open(directory / "calls", "a") as calls:
            calls.write(f"{os.getpid()}\\n")
        time.sleep(0.2)
        done.touch()
print("gone on", flush=True)
"""


def test_one_waiter_wins_and_the_rest_see_what_it_brought(directory):
    store = FileStore(directory)
    store_of_another_thread = FileStore(directory)
    calls, done, answers = [], threading.Event(), []
    together = threading.Barrier(8)

    def renew(own: FileStore) -> None:
        together.wait()
        with own.lock(KEY, done.is_set) as won:
            answers.append(won)
            if not done.is_set():
                calls.append(won)
                time.sleep(0.1)
                done.set()

    threads = [
        threading.Thread(target=renew, args=(own,)) for own in (store, store_of_another_thread) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert calls == [True]
    assert len(answers) == 8


def test_waiting_ends_when_somebody_else_has_done_it(store, other_holder):
    other_holder()
    began = time.monotonic()
    with FileStore(store.directory, patience_seconds=60).lock(KEY, lambda: True) as won:
        assert not won
    assert time.monotonic() - began < 10


@posix
def test_a_holder_that_is_killed_frees_the_lock_at_once(directory, other_holder):
    holder = other_holder()
    threading.Timer(0.2, holder.kill).start()
    began = time.monotonic()
    with FileStore(directory, patience_seconds=60).lock(KEY, lambda: False) as won:
        assert won
    assert time.monotonic() - began < 10


@posix
def test_behind_a_stopped_holder_only_one_of_many_goes_on(directory, other_holder, start_python):
    holder = other_holder()
    os.kill(holder.pid, signal.SIGSTOP)
    renewers = [start_python(_RENEWER, directory, KEY, 1.5) for _ in range(6)]
    for renewer in renewers:
        assert renewer.stdout.readline() == "gone on\n"
    assert len((directory / "calls").read_text().splitlines()) == 1


def test_keys_do_not_wait_for_each_other(directory, other_holder):
    other_holder(KEY)
    with FileStore(directory, patience_seconds=60).lock("f" * 64, lambda: False) as won:
        assert won


def test_a_lock_is_free_again_after_an_exception(store):
    with pytest.raises(RuntimeError), store.lock(KEY, lambda: False):
        raise RuntimeError
    with store.lock(KEY, lambda: False) as won:
        assert won


def test_patience_has_an_end_whoever_holds(directory, other_holder):
    other_holder()
    with FileStore(directory, patience_seconds=0.05).lock(KEY, lambda: False) as won:
        assert won
