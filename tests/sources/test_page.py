"""The page that lists every source says what the files say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from unexpired.sources._page import page, rows
from unexpired.sources.aws import chain

PAGE = Path(__file__).parents[2] / "docs/sources.md"


def test_the_page_is_what_the_sources_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m unexpired.sources docs/sources.md"


def test_every_kind_of_source_has_its_row():
    assert tuple(row.name for row in rows()) == chain.kinds()


def test_the_command_writes_the_page_and_check_notices_a_difference(tmp_path: Path):
    file = tmp_path / "sources.md"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "unexpired.sources", str(file), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    missing = run("--check")
    assert (missing.returncode, file.exists()) == (1, False)
    assert run().returncode == 0
    assert file.read_text(encoding="utf-8") == page()
    assert run("--check").returncode == 0
    file.write_text(page().replace("aws sso login", "aws sso logout"), encoding="utf-8")
    changed = run("--check")
    assert (changed.returncode, "python -m unexpired.sources" in changed.stderr) == (1, True)
