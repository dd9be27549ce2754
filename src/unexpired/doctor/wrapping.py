"""Breaks the report's lines between words where a terminal would break them within one."""

from __future__ import annotations

import re

import click

_BEGINNING = re.compile(r"\s*(?:[-·●○✗] |cure: )?")
_COMMAND = "    $ "  # pasted as it stands: the terminal breaks it, and a copy of it has no break


def wrapped(line: str, width: int) -> str:
    """The line, broken so that no part is wider than a terminal, unless it is one word, or a command.

    Args:
        line: with or without colours.
        width: of the terminal, in columns.
    """
    plain = click.unstyle(line)
    if len(plain) <= width or plain.startswith(_COMMAND):
        return line
    beginning = _BEGINNING.match(plain)
    indent = " " * (len(beginning[0]) if beginning else 0)
    done: list[str] = []
    for word in line.split(" "):
        joined = f"{done[-1]} {word}" if done else word
        fits = len(click.unstyle(joined)) <= width
        if done and not fits and len(click.unstyle(done[-1])) >= len(indent):
            done.append(f"{indent}{word}")
        else:
            done[-1:] = [joined]
    return "\n".join(done)
