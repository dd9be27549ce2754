"""Which SDKs and CLIs are here, and how old: read from their installations, since starting one takes half a second."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.causes._evidence import Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from unexpired.doctor.paths import Paths

# Python distributions that carry, or are, a chain of providers. The AWS CLI v1 carries a botocore of its own.
_DISTRIBUTIONS = re.compile(r"(botocore|boto3|aiobotocore|awscli)-(\d[^-]*)\.dist-info\Z")
# The AWS CLI v2 installs itself as .../v2/2.15.0/dist/aws and links to it.
_CLI_V2 = re.compile(r"[\\/]v2[\\/](\d+\.\d+\.\d+)[\\/]")


def find_tools(environ: Mapping[str, str], paths: Paths) -> tuple[Tool, ...]:
    """The SDKs of this Python, of the active virtual environment, and of the ``aws`` and ``python3`` on ``PATH``."""
    found: dict[str, Tool] = {}
    for name in ("aws", "python3", "python"):
        program = _on_path(name, environ)
        version = _CLI_V2.search(str(program)) if program and name == "aws" else None
        if program and version:
            found["aws"] = Tool("aws-cli", version[1], paths.show(str(program)))
    for directory in dict.fromkeys(_site_directories(environ)):
        for tool in _distributions(directory, paths):
            found.setdefault(f"{tool.name} in {tool.where}", tool)
    return tuple(found.values())


def _on_path(name: str, environ: Mapping[str, str]) -> Path | None:
    for directory in environ.get("PATH", "").split(os.pathsep):
        program = Path(directory, name)
        try:
            if directory and program.is_file():
                return program.resolve()
        except (OSError, ValueError):
            continue
    return None


def _site_directories(environ: Mapping[str, str]) -> Iterator[str]:
    yield from (entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages")))
    prefixes = [environ["VIRTUAL_ENV"]] if environ.get("VIRTUAL_ENV") else []
    for name in ("aws", "python3"):
        for directory in environ.get("PATH", "").split(os.pathsep):
            # Unresolved: a virtual environment's python is a link, and its packages are beside the link.
            program = Path(directory, name)
            if directory and os.access(program, os.X_OK):
                prefixes.append(str(program.parent.parent))
                break
    for prefix in prefixes:
        try:
            yield from (str(found) for found in Path(prefix, "lib").glob("python3*/site-packages"))
        except (OSError, ValueError):
            continue


def _distributions(directory: str, paths: Paths) -> Iterable[Tool]:
    try:
        names = os.listdir(directory)  # noqa: PTH208 - names, not paths, of what can be thousands
    except OSError:
        return
    for name in sorted(names):
        match = _DISTRIBUTIONS.match(name)
        if match:
            yield Tool(match[1], match[2], paths.show(directory))
