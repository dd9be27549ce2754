"""The scripts that the demo runs are what it says they are."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys

from unexpired.demo.report import THREE_LINES
from unexpired.demo.stage import JOBS


def test_two_lines_make_the_job_one_that_does_not_expire():
    before, after = ((JOBS / name).read_text().splitlines() for name in ("job.py", "job_with_session.py"))
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert changed == [
        "- import boto3",
        "+ import unexpired",
        "- session = boto3.Session()",
        '+ session = unexpired.Session(profile_name="etl")',
    ]


def test_the_lines_to_take_home_are_the_lines_that_ran():
    ran = (JOBS / "job_with_session.py").read_text().splitlines()
    assert [code for code, _ in THREE_LINES if "session" in code] == [line for line in ran if "session" in line]


def test_the_startup_script_exports_a_session_and_passes_the_status_on(tmp_path, sandbox):
    role = sandbox.role("etl")
    printing = "import json, os; print(json.dumps(dict(os.environ))); raise SystemExit(7)"
    done = subprocess.run(
        [sys.executable, str(JOBS / "startup.py"), role, sys.executable, "-c", printing],
        env=sandbox.environment(sandbox.user("ann")),
        capture_output=True,
        text=True,
        check=False,
    )
    exported = json.loads(done.stdout)
    session = sandbox.sessions[-1]
    assert (exported["AWS_ACCESS_KEY_ID"], exported["AWS_SESSION_TOKEN"]) == (
        session.access_key_id,
        session.session_token,
    )
    assert done.returncode == 7
