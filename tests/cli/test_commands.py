"""What every command owes, whoever wrote it: a line in the list, an example, a cheap import."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import click
import pytest

import unexpired.cli
from unexpired.cli._group import group

COMMANDS = sorted(
    file.name.replace("_", "-") for file in pkgutil.iter_modules(unexpired.cli.__path__) if file.name[0] != "_"
)
CHEAP_ONLY = {"boto3", "botocore", "moto", "flask", "rich", "asyncio", "ssl", "http.server"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_an_example_of_itself(name, capsys):
    assert unexpired.cli.main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"unexpired {name}" in said.partition("\n")[2], "no example below the usage line"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_in_one_line_what_it_is_for(name):
    command = group.get_command(click.Context(group), name)
    line = command.get_short_help_str(limit=58)  # what is left of 80 columns beside `credential-process`
    assert line
    assert not line.endswith("..."), "too long for the list: give it a short_help="


@pytest.mark.parametrize("name", COMMANDS)
def test_asking_a_command_for_help_imports_nothing_heavy(name):
    program = (
        f"import json, sys, unexpired.cli; unexpired.cli.main([{name!r}, '--help']); print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert CHEAP_ONLY.isdisjoint(json.loads(done.stdout.splitlines()[-1]))
