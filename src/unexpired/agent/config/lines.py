"""On which line of a TOML file each key stands: the standard library's parser does not say.

Only for a file that parses. A statement is the shortest run of lines that parses by itself, so strings and lists that
go on over several lines need no rules of their own.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from unexpired.engine.errors import ConfigurationError


def toml() -> Any:
    """The TOML parser: the standard library's, or tomli on Python 3.10.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ImportError:
        raise ConfigurationError(
            "The agent's configuration cannot be read: tomli is not installed",
            why="Python 3.10 has no TOML parser of its own",
            next_steps="pip install 'unexpired[agent]'",
        ) from None


def lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """The line, from 1, of every table and every key, by its path: ``("roles", "etl", "profile")``."""
    loads, broken = toml().loads, toml().TOMLDecodeError
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    statement, begun = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        statement += line + "\n"
        try:
            parsed = loads(statement)
        except broken:
            continue
        paths = list(_paths(parsed))
        if statement.lstrip().startswith("["):
            table = max(paths, key=len, default=())
            paths = [table[:length] for length in range(1, len(table) + 1)]
        else:
            paths = [(*table, *path) for path in paths]
        for path in paths:
            found.setdefault(path, begun)
        statement, begun = "", 0
    return found


def _paths(parsed: Any, before: tuple[str, ...] = ()) -> Any:
    if isinstance(parsed, list) and parsed:
        yield from _paths(parsed[-1], before)
    if isinstance(parsed, dict):
        for key, value in parsed.items():
            yield (*before, key)
            yield from _paths(value, (*before, key))
