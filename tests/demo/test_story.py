"""The story as it is told, by the real command: the processes, the sandbox and the clock are all real."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.clients
def test_an_exported_session_dies_when_it_ends_and_the_same_job_lives_on_with_us():
    # An hour and a half in nine seconds: one end of a session, two renewals or three.
    command = [sys.executable, "-m", "unexpired", "demo", "--hours", "1.5", "--speed", "600", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    naive = told["naive"]
    hours, minutes, _ = map(int, naive["died_at"].split(":"))
    assert (hours, minutes // 10) == (1, 0)  # the next upload is a minute away, or more on a machine that is busy
    assert naive["error"] == "ExpiredToken: The provided token has expired."
    assert (naive["completed"], naive["failed_requests"], naive["renewals"]) == (False, 1, 0)
    assert 0 < naive["objects"] < 90

    for ours in (told["exec"], told["unexpired"]):
        assert (ours["completed"], ours["failed_requests"], ours["objects"]) == (True, 0, 90)
        assert (ours["died_at"], ours["error"]) == (None, None)
        assert 1 <= ours["renewals"] <= 4


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["told", "json"])
def test_without_the_sandboxs_packages_it_says_what_to_install(options, tmp_path):
    (tmp_path / "moto.py").write_text("raise ModuleNotFoundError('no moto here', name='moto')")
    done = subprocess.run(
        [sys.executable, "-m", "unexpired", "demo", *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'unexpired[sandbox]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not options or "packages that are not installed" in json.loads(done.stdout)["error"]["message"]
