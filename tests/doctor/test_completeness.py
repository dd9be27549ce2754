"""Every cause is proved in a scene, or says why no machine can show it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from unexpired.causes import catalogue
from unexpired.cli import main

HERE = Path(__file__).parent


def named_in_tests() -> set[str]:
    """The words that tests of the doctor name."""
    found = set()
    for path in HERE.glob("test_*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                # What stands in a test, in its fixtures, and in what it is parametrized with.
                found |= {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
    return {word for word in found if isinstance(word, str)}


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.slug)
def test_a_cause_is_proved_or_says_why_no_machine_can(one):
    assert (one.prove is None) == bool(one.unprovable)
    if one.unprovable:
        assert one.unprovable.endswith(".")
        assert 40 < len(one.unprovable) < 200


def test_every_cause_that_a_machine_can_show_has_a_scene():
    provable = {one.slug for one in catalogue() if one.prove is not None}
    assert provable - named_in_tests() == set()


@pytest.mark.parametrize("slug", [one.slug for one in catalogue() if one.unprovable])
def test_the_doctor_says_so_when_it_is_asked_for_one_that_cannot_be_seen(slug, home, monkeypatch, capsys):
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    main(["doctor", "--offline", slug])
    shown = capsys.readouterr().out
    assert f"not to be seen here: {slug}" in shown
    assert "All is well" not in shown
