"""The `unexpired` command as such: how it finds commands, and what it says when one fails."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

import unexpired.cli

COMMANDS = """
import click
from unexpired.engine.errors import RenewalRefused

@click.command()
@click.argument("how", default="")
def command(how):
    \"\"\"Does what the test asks for. The rest is not in the list.\"\"\"
    if how == "refused":
        raise RenewalRefused(
            "The role cannot be assumed",
            why="AccessDenied: not you",
            next_steps=("look at the trust policy", "ask an admin"),
        )
    if how == "bug":
        raise KeyError("hunter2-secret")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "findings":
        return 1
    click.secho("fine", fg="green")
"""


@pytest.fixture
def a_command(tmp_path, monkeypatch):
    """The folder of commands with one more file in it: `unexpired a-test-command`."""
    (tmp_path / "a_test_command.py").write_text(COMMANDS)
    (tmp_path / "_shared.py").write_text("raise AssertionError('not a command, so not imported')")
    monkeypatch.setattr(unexpired.cli, "__path__", [*unexpired.cli.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop("unexpired.cli.a_test_command", None)


def test_a_file_is_a_command_by_being_there(a_command, capsys):
    assert unexpired.cli.main(["--help"]) == 0
    commands = capsys.readouterr().out.partition("Commands:")[2].splitlines()
    assert "a-test-command Does what the test asks for." in [" ".join(line.split()) for line in commands]
    assert not [line for line in commands if line.split()[:1] == ["shared"]]


def test_no_arguments_show_the_help(capsys):
    assert unexpired.cli.main([]) == 0
    assert "--version" in capsys.readouterr().out


def test_a_command_that_says_nothing_else_ends_with_0(a_command):
    assert unexpired.cli.main(["a-test-command"]) == 0


def test_what_a_command_returns_is_the_exit_status(a_command):
    assert unexpired.cli.main(["a-test-command", "findings"]) == 1


def test_an_error_says_what_happened_why_and_what_to_do_next(a_command, capsys):
    assert unexpired.cli.main(["a-test-command", "refused"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "unexpired: The role cannot be assumed",
        "  why:  AccessDenied: not you",
        "  next: look at the trust policy",
        "        ask an admin",
    ]


def test_debug_shows_where_an_error_came_from(a_command, capsys):
    assert unexpired.cli.main(["--debug", "a-test-command", "refused"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_is_called_one_in_three_lines_without_the_text_that_may_hold_a_secret(a_command, capsys):
    assert unexpired.cli.main(["a-test-command", "bug"]) == 70
    told = capsys.readouterr().err
    assert told.startswith("unexpired has a bug: KeyError at a_test_command.py:")
    assert len(told.splitlines()) == 3
    assert "hunter2" not in told


def test_an_interrupt_ends_quietly(a_command, capsys):
    assert unexpired.cli.main(["a-test-command", "interrupt"]) == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(a_command, capsys):
    assert unexpired.cli.main(["a-tset-command"]) == 2
    assert "Did you mean 'a-test-command'?" in capsys.readouterr().err


def test_a_wrong_option_is_a_usage_error(capsys):
    assert unexpired.cli.main(["--frobnicate"]) == 2
    assert "--frobnicate" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    assert unexpired.cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"unexpired {unexpired.__version__}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes there have no SIGPIPE to imitate")
def test_a_reader_that_has_gone_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "unexpired", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_colour_is_for_a_terminal_that_does_not_refuse_it(a_command, variables, coloured):
    import pty

    program = textwrap.dedent(f"""
        import sys, unexpired.cli
        unexpired.cli.__path__.append({str(a_command)!r})
        sys.exit(unexpired.cli.main(["a-test-command"]))
    """)
    terminal, inner = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables
    done = subprocess.run([sys.executable, "-c", program], stdout=inner, check=False, env=environment)
    os.close(inner)
    said = os.read(terminal, 1000)
    os.close(terminal)
    assert done.returncode == 0
    assert (b"\x1b[" in said) is coloured
