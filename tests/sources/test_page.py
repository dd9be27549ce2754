"""The documentation's table is what the sources say."""

from __future__ import annotations

from pathlib import Path

import pytest

from unexpired.sources import _page
from unexpired.sources.__main__ import main
from unexpired.sources.aws.chain import kinds

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_the_page_has_what_the_sources_say():
    present = PAGE.read_text(encoding="utf-8")
    assert _page.filled(present) == present, "run: python -m unexpired.sources docs/sources.md"


def test_every_source_has_its_row():
    rows = _page.table().splitlines()[2:]
    assert len(rows) == len(kinds())
    assert all(row.count(" | ") == 4 for row in rows)


def test_a_page_that_differs_is_said_and_can_be_written(tmp_path, monkeypatch, capsys):
    page = tmp_path / "sources.md"
    page.write_text(f"before\n{_page.BEGIN}\nold\n{_page.END}\nafter\n")
    monkeypatch.setattr("sys.argv", ["sources", str(page), "--check"])
    assert main() == 1
    assert str(page) in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["sources", str(page)])
    assert main() == 0
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("after\n")
    assert "assume_role" in page.read_text()


def test_a_page_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="begin"):
        _page.filled("nothing here")
