"""Every recipe has a test, and stands in the list."""

from __future__ import annotations

from pathlib import Path

PAGES = sorted(page.stem for page in (Path(__file__).parents[2] / "docs" / "recipes").glob("[a-z]*.md"))


def test_every_recipe_is_followed_by_a_test():
    assert [page for page in PAGES if not Path(__file__).with_name(f"test_{page.replace('-', '_')}.py").exists()] == []


def test_every_recipe_stands_in_the_list():
    text = (Path(__file__).parents[2] / "docs" / "recipes" / "README.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if f"]({page}.md)" not in text] == []
