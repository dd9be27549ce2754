"""However the demo ends, nothing of it is left: no process, no file, no port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]


def processes_of(directory: Path) -> list[int]:
    """Whoever has this directory in its environment: every process that the demo started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory).encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_until(condition, *, seconds=30.0):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def running_demo(tmp_path):
    """A demo under way, all its lanes started."""
    process = subprocess.Popen(
        [sys.executable, "-m", "unexpired", "demo"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        told = iter(process.stdout.readline, "")
        assert any("naive      has its first session" in line for line in told), process.stderr.read()
        assert len(processes_of(tmp_path)) > 1
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize(
    ("numbers", "statuses"),
    [
        pytest.param([signal.SIGINT], {130}, id="Ctrl-C"),
        # The second one may also meet an interpreter that is done with everything, and ends by it.
        pytest.param([signal.SIGINT] * 2, {130, -signal.SIGINT}, id="an impatient second Ctrl-C"),
        pytest.param([signal.SIGTERM], {143}, id="TERM"),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(running_demo, tmp_path, numbers, statuses):
    for number in numbers:
        running_demo.send_signal(number)
        time.sleep(0.02)  # into the clearing
    _, complaint = running_demo.communicate(timeout=20)
    assert running_demo.returncode in statuses
    assert complaint.strip() == ""
    assert processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_was_killed_takes_its_jobs_with_it(running_demo, tmp_path):
    running_demo.kill()
    running_demo.wait()
    wait_until(lambda: processes_of(tmp_path) == [])
