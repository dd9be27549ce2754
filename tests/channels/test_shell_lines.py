"""Lines for a shell say what they are to say, whatever stands in a value."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unexpired.channels.shell_lines import how_to_evaluate, shell_in_use, shell_lines
from unexpired.engine.errors import ConfigurationError

NASTY = "a'b\"c $(echo no) `echo no` \\ \\' ; & | % !"
POSIX_SHELLS = [found for name in ("dash", "bash", "zsh", "ksh") if (found := shutil.which(name))]
needs_a_shell = pytest.mark.skipif(not POSIX_SHELLS, reason="no POSIX shell here")


@needs_a_shell
@pytest.mark.parametrize("shell", POSIX_SHELLS)
def test_a_posix_shell_gets_the_very_value_and_what_stood_in_the_way_is_gone(shell):
    lines = "\n".join(shell_lines("sh", {"TO_SET": NASTY}, unset=["TO_UNSET"], comment="a copy"))
    script = f'{lines}\nprintf "%s" "$TO_SET"; printf "%s" "${{TO_UNSET-gone}}"'
    done = subprocess.run([shell, "-c", script], env={"TO_UNSET": "x"}, capture_output=True, text=True, check=True)
    assert done.stdout == NASTY + "gone"


@needs_a_shell
def test_the_lines_survive_an_eval_without_quotes():
    script = 'eval $(printf "%s\\n" "$LINES_TO_EVALUATE"); printf "%s" "$ONE$TWO"'
    lines = "\n".join(shell_lines("sh", {"ONE": "1", "TWO": "2"}, comment="a copy; ends soon"))
    shell = POSIX_SHELLS[0]
    done = subprocess.run(
        [shell, "-c", script], env={"LINES_TO_EVALUATE": lines}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "12"


@needs_a_shell
@settings(max_examples=30)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30))
def test_no_value_can_say_anything_to_a_posix_shell(value):
    (line,) = shell_lines("sh", {"V": value})
    done = subprocess.run([POSIX_SHELLS[0], "-c", f'{line}\nprintf "%s" "$V"'], capture_output=True, check=True)
    assert done.stdout.decode() == value


def test_fish_and_powershell_quote_in_their_own_way():
    # fish: in single quotes only \\ and \' mean anything ("Quotes", fish's language page).
    assert shell_lines("fish", {"V": "a'b\\c$d"}, unset=["U"]) == ["set -e U", "set -gx V 'a\\'b\\\\c$d'"]
    # PowerShell: a doubled single quote, of whichever kind (about_Quoting_Rules).
    (line,) = shell_lines("powershell", {"V": "a'b\u2019c$d"})
    assert line == "$Env:V = 'a''b\u2019\u2019c$d'"


def test_cmd_sets_what_it_can_quote_and_refuses_the_rest():
    assert shell_lines("cmd", {"V": "a+/=b"}, unset=["U"], comment="w") == ['set "U="', 'set "V=a+/=b"', "rem w"]
    with pytest.raises(ConfigurationError, match="cannot quote"):
        shell_lines("cmd", {"V": "a%PATH%"})


@pytest.mark.parametrize(
    ("environ", "windows", "shell"),
    [
        ({"SHELL": "/usr/bin/fish"}, False, "fish"),
        ({"SHELL": "/bin/zsh"}, False, "sh"),
        ({}, False, "sh"),
        ({}, True, "powershell"),
        ({"SHELL": "/usr/bin/bash"}, True, "sh"),
    ],
)
def test_the_shell_is_known_by_its_variable(environ, windows, shell):
    assert shell_in_use(environ, windows=windows) == shell


def test_each_shell_is_told_how_to_evaluate():
    assert how_to_evaluate("sh", "x") == 'eval "$(x)"'
    assert how_to_evaluate("fish", "x") == "x | source"
