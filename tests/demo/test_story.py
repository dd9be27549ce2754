"""The story as it is told, by the real command: the processes, the sandbox and the clock are all real."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.clients
def test_an_exported_session_dies_when_it_ends(tmp_path):
    # An hour and a quarter at 900: five seconds.
    done = subprocess.run(
        [sys.executable, "-m", "unexpired", "demo", "--hours", "1.25", "--speed", "900", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    naive = json.loads(done.stdout)["naive"]
    hours, minutes, _ = map(int, naive["died_at"].split(":"))
    assert (hours, minutes) in {(1, 0), (1, 1), (1, 2), (1, 3)}
    assert naive["error"] == "ExpiredToken: The provided token has expired."
    assert naive["failed_requests"] == 1
    assert naive["objects"] > 0
