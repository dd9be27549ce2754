"""Every row of the benchmarks still runs, with ours and with the SDK. What it measures is not looked at here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROWS = sorted(path.stem[2:].replace("_", "-") for path in (CHECKOUT / "bench" / "rows").glob("[a-z]_*.py"))


def bench(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


@pytest.mark.clients
@pytest.mark.parametrize("row", ROWS)
def test_a_row_can_be_measured(row):
    done = bench(row, "--tiny", "--json", "--only", "unexpired", "--only", "botocore")
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)["rows"][row]
    for contender in ("unexpired", "botocore"):
        assert "cannot" not in measured[contender]
        assert all(isinstance(number, (int, float)) for number in measured[contender].values())


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_its_section_and_its_bar_in_the_docs(row):
    (file,) = (CHECKOUT / "bench" / "rows").glob(f"?_{row.replace('-', '_')}.py")
    (bar,) = re.findall(r'(?m)^BAR = "(.*)"$', file.read_text(encoding="utf-8"))
    page = (CHECKOUT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", page))
    assert sections.keys() == set(ROWS)
    assert f"Bar: {bar}." in " ".join(sections[row].split())


def test_a_row_that_does_not_exist_is_said_to():
    done = bench("faster-than-light")
    assert done.returncode == 2
    assert "there is no 'faster-than-light'" in done.stderr
