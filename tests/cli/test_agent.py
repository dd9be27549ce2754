"""The sub-commands of `unexpired agent` owe what every command owes."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

import unexpired.cli
from unexpired.cli.agent import command

NAMES = command.list_commands(click.Context(command))


def test_they_are_found_by_their_files():
    assert NAMES[:4] == ["run", "status", "logs", "stop"]


def test_a_mistyped_one_is_answered_with_the_one_that_was_meant(capsys):
    assert unexpired.cli.main(["agent", "statu"]) == 2
    assert "Did you mean 'status'?" in capsys.readouterr().err
    assert unexpired.cli.main(["agent", "frobnicate"]) == 2
    assert "'unexpired agent --help' lists them" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_each_shows_an_example_of_itself(name, capsys):
    assert unexpired.cli.main(["agent", name, "--help"]) == 0
    assert f"unexpired agent {name}" in capsys.readouterr().out.partition("\n")[2]


@pytest.mark.parametrize("name", NAMES)
def test_asking_one_for_help_imports_nothing_heavy(name):
    program = (
        f"import json, sys, unexpired.cli; unexpired.cli.main(['agent', {name!r}, '--help']); "
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"asyncio", "botocore", "textual", "unexpired.agent"}.isdisjoint(json.loads(done.stdout.splitlines()[-1]))
