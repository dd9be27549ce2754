"""What the pages say can be followed: their links lead somewhere, and their commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from unexpired.cli._group import group

CHECKOUT = Path(__file__).parents[2]
PAGES = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
# What is decided but not built stands in the contracts, marked as such, and in the cures of the catalogue.
GUIDES = [page for page in PAGES if page.name != "contracts.md" and page.parent.name != "causes"]


def name(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_to_another_file_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_command_that_a_guide_shows_exists(page):
    shown = re.findall(r"(?m)^(?:.*\| )?(?:\$ )?unexpired ([a-z-]+)", page.read_text(encoding="utf-8"))
    assert [command for command in shown if command not in group.list_commands(click.Context(group))] == []


def test_the_front_page_shows_the_trouble_and_both_commands_on_its_first_screen():
    screen = (CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()[:30]
    text = "\n".join(screen)
    for words in ("The security token included in the request is expired", "docs/demo.svg", "./dev demo", "./dev test"):
        assert words in text
