"""The documentation's reference is what the schema says, and the schema is what can be read."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from unexpired.agent import doors
from unexpired.agent.config import AgentConfig, Notify, RoleConfig, _page
from unexpired.agent.config.kinds import DOORS
from unexpired.agent.config.schema import KEYS

PAGE = Path(__file__).parents[3] / "docs" / "agent.md"
CLASSES = {"agent": AgentConfig, "notify": Notify, "roles": RoleConfig}
# Not keys but sections, and what a section's header or place says.
NO_KEYS = {"path", "roles", "notify", "name"}


def test_the_page_has_what_the_schema_says():
    present = PAGE.read_text(encoding="utf-8")
    assert _page.filled(present) == present, "run: python -m unexpired.agent.config docs/agent.md"


@pytest.mark.parametrize("section", KEYS)
def test_every_setting_has_its_key(section):
    known = {key.field or key.name for key in KEYS[section]}
    assert known == {field.name for field in fields(CLASSES[section])} - NO_KEYS


def test_the_doors_that_can_be_named_are_those_that_there_are():
    files = [found.name for found in iter_modules(doors.__path__) if not found.name.startswith("_")]
    assert {import_module(f"{doors.__name__}.{name}").NAME for name in files} == set(DOORS)


def test_a_page_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="begin"):
        _page.filled("nothing here")
