"""The public API: what `import unexpired` offers, and that tools can see it although it is imported lazily."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import unexpired

TEXT = Path(unexpired.__file__).read_text(encoding="utf-8")


def names_for_type_checkers() -> list[str]:
    """What stands under TYPE_CHECKING, imported from a module of ours."""
    guarded = next(node for node in ast.parse(TEXT).body if isinstance(node, ast.If))
    imports = [
        node for node in guarded.body if isinstance(node, ast.ImportFrom) and node.module.startswith("unexpired.")
    ]
    return [alias.name for node in imports for alias in node.names]


def test_the_exported_names_are_sorted_and_those_that_type_checkers_see():
    assert unexpired.__all__ == sorted(set(unexpired.__all__))
    assert sorted(names_for_type_checkers()) == unexpired.__all__


@pytest.mark.parametrize("name", unexpired.__all__)
def test_every_exported_name_is_there_documented_and_in_dir(name):
    exported = getattr(unexpired, name)
    assert exported.__name__ == name
    assert exported.__doc__
    assert name in dir(unexpired)


def test_a_name_that_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Sesion'"):
        unexpired.Sesion  # noqa: B018 - the look is the test


def test_a_star_import_brings_the_table():
    program = "from unexpired import *; print(sorted(name for name in globals() if name[0] != '_'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == [name for name in unexpired.__all__ if not name.startswith("_")]
