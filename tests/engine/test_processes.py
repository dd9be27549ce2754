"""Forked children, and interpreters that want to exit: seen on real processes."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import os, sys, threading, time
from datetime import datetime, timedelta, timezone
from unexpired.engine.credentials import Credentials
from unexpired.engine.refresher import Refresher

class Issuer:
    name, key, shareable = "assume_role", "k", False
    lifetime, calls, slow = 1.0, 0, threading.Event()
    slow.set()
    def fetch(self, prompter=None):
        self.calls += 1
        self.slow.wait(60)
        end = datetime.now(timezone.utc) + timedelta(seconds=self.lifetime)
        return Credentials(f"ASIA{os.getpid():08d}{self.calls:04d}", "s", "t", end)

issuer = Issuer()
refresher = Refresher(issuer)
"""


def run(script: str) -> subprocess.CompletedProcess:
    program = PRELUDE + textwrap.dedent(script)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=False)


needs_fork = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this platform")


@needs_fork
def test_a_forked_child_renews_for_itself_behind_its_callers() -> None:
    done = run("""
        refresher.credentials()
        child = os.fork()
        inherited = refresher.credentials().access_key_id
        seen, end = {inherited}, time.monotonic() + 2.5
        while time.monotonic() < end:
            seen.add(refresher.credentials().access_key_id)
            assert refresher.credentials().remaining(datetime.now(timezone.utc)) > 0
            time.sleep(0.005)
        own = f"ASIA{os.getpid():08d}"
        assert sum(key.startswith(own) for key in seen) >= 2, seen
        assert refresher.status().longest_wait_seconds < 0.5
        if child == 0:
            os._exit(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert done.returncode == 0, done.stderr


@needs_fork
def test_a_fork_in_the_middle_of_a_renewal_leaves_the_child_no_lock_and_no_flight() -> None:
    done = run("""
        issuer.lifetime = 3600
        issuer.slow.clear()
        threading.Thread(target=refresher.credentials, daemon=True).start()
        while issuer.calls == 0:
            time.sleep(0.01)
        refresher._lock.acquire()          # as another thread might at the moment of the fork
        child = os.fork()
        if child == 0:
            issuer.slow = threading.Event()
            issuer.slow.set()
            refresher.credentials()
            os._exit(0)
        refresher._lock.release()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert done.returncode == 0, done.stderr


def test_an_interpreter_exits_while_a_renewal_hangs() -> None:
    done = run("""
        refresher.credentials()
        issuer.slow.clear()
        while not refresher.status().renewing:
            time.sleep(0.01)
        print("leaving")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")


def test_a_session_can_still_be_had_while_the_interpreter_shuts_down() -> None:
    done = run("""
        import atexit
        issuer.lifetime = 0.2
        refresher.credentials()

        def last_words():
            time.sleep(0.3)
            print("last upload with", refresher.credentials().access_key_id[:4])

        atexit.register(last_words)
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "last upload with ASIA\n", "")
