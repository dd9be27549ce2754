"""Lines that a shell evaluates: variables to set and to unset, quoted as that shell reads them."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Shell = Literal["sh", "fish", "powershell", "cmd"]

# cmd.exe has no way to quote these inside set "NAME=VALUE".
_BEYOND_CMD = frozenset('"%!^&|<>\r\n')


def shell_lines(
    shell: Shell, variables: Mapping[str, str], *, unset: Iterable[str] = (), comment: str = ""
) -> list[str]:
    """The lines, in the order in which they are to be evaluated.

    The comment comes last: ``eval $(…)`` without quotes makes one line of all, which a comment would end.

    Args:
        shell: ``sh`` is every POSIX shell: bash, zsh, dash, ksh.
        variables: to set for the shell and all that it starts.
        unset: names, taken away first.
        comment: one line of words.

    Raises:
        ConfigurationError: a value cannot be written for cmd.
    """
    lines = [_unset(shell, name) for name in unset]
    lines += [_set(shell, name, value) for name, value in variables.items()]
    if comment:
        lines.append(f"{'rem' if shell == 'cmd' else '#'} {comment}")
    return lines


def shell_in_use(environ: Mapping[str, str], *, windows: bool = os.name == "nt") -> Shell:
    """The shell that most likely reads the lines: ``SHELL`` says it, or the operating system."""
    if PurePath(environ.get("SHELL", "")).name == "fish":
        return "fish"
    # Git Bash and MSYS set SHELL on Windows too.
    return "powershell" if windows and not environ.get("SHELL") else "sh"


def how_to_evaluate(shell: Shell, command: str) -> str:
    """What to type so that the lines which a command prints take effect."""
    return {
        "sh": f'eval "$({command})"',
        "fish": f"{command} | source",
        "powershell": f"{command} | Out-String | Invoke-Expression",
        "cmd": f"for /f \"delims=\" %i in ('{command}') do @%i",
    }[shell]


def _unset(shell: Shell, name: str) -> str:
    return {
        "sh": f"unset {name}",
        "fish": f"set -e {name}",
        "powershell": f"Remove-Item -ErrorAction SilentlyContinue Env:{name}",
        "cmd": f'set "{name}="',
    }[shell]


def _set(shell: Shell, name: str, value: str) -> str:
    if shell == "cmd":
        if _BEYOND_CMD & set(value):
            raise ConfigurationError(
                f"{name} cannot be set in cmd",
                why="its value has a character that cmd cannot quote",
                next_steps="use PowerShell: unexpired env --shell powershell",
            )
        return f'set "{name}={value}"'
    if shell == "powershell":
        return f"$Env:{name} = '{_doubled(value)}'"
    if shell == "fish":
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"set -gx {name} '{quoted}'"
    quoted = value.replace("'", "'\\''")
    return f"export {name}='{quoted}'"


def _doubled(value: str) -> str:
    # PowerShell takes the typographic single quotes for the plain one.
    return "".join(letter * 2 if letter in "'\u2018\u2019\u201a\u201b" else letter for letter in value)
