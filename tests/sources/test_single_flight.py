"""Many processes and threads of one host want one role, cold: one of them asks STS."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import unexpired

_WORKER = """
import json, sys, threading
from unexpired import stores
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for
refresher = Refresher(source_for(profile_name="job"), store=stores.chosen())
taken, threads = [], int(sys.argv[1])
together = threading.Barrier(threads)
def take():
    together.wait()
    taken.append(refresher.credentials().access_key_id)
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
workers = [threading.Thread(target=take) for _ in range(threads)]
[worker.start() for worker in workers]; [worker.join() for worker in workers]
print(json.dumps(sorted(set(taken))), flush=True)
"""


@pytest.fixture
def start(sandbox, tmp_path):
    """Start workers that wait for a line before they all ask at once."""
    profiles = sandbox.write_profiles(tmp_path / "aws")
    environment = {
        **profiles.environment,
        "PYTHONPATH": str(Path(unexpired.__file__).parents[1]),
        "UNEXPIRED_STORE_DIR": str(tmp_path / "sessions"),
    }
    started = []

    def start_one(threads: int) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(threads)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(worker)
        return worker

    yield start_one
    for worker in started:
        worker.kill()
        worker.communicate()


def test_four_processes_of_eight_threads_make_one_call(sandbox, start):
    sandbox.slow(0.3, "sts")
    workers = [start(8) for _ in range(4)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    taken = [json.loads(worker.stdout.readline()) for worker in workers]
    assert sandbox.count("sts", "AssumeRole") == 1
    assert all(keys == taken[0] for keys in taken)
    assert len(taken[0]) == 1


def test_a_process_that_comes_later_asks_nobody(sandbox, start):
    for _ in range(2):
        worker = start(1)
        worker.stdin.write("go\n")
        worker.stdin.flush()
        worker.stdout.readline()
        worker.stdout.readline()
    assert sandbox.count("sts", "AssumeRole") == 1


def test_a_renewer_that_is_killed_in_the_middle_is_replaced_at_once(sandbox, start, tmp_path):
    with sandbox.hang("sts"):
        first = start(1)
        first.stdin.write("go\n")
        first.stdin.flush()
        patience_ends = time.monotonic() + 20
        while not list((tmp_path / "sessions").glob("*.lock")):
            assert time.monotonic() < patience_ends
            time.sleep(0.02)
        first.kill()
        first.wait()
    second = start(1)
    began = time.monotonic()
    second.stdin.write("go\n")
    second.stdin.flush()
    second.stdout.readline()
    assert json.loads(second.stdout.readline())
    assert time.monotonic() - began < 4.5, "it waited out the patience for a holder that is dead"
