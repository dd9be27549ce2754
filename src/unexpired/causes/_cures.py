"""Commands of a cure for what was seen: the very file, the very variables. Like the probes: no I/O, no state."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes._cause import PLATFORMS, Cure, by_platform, everywhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.causes._cause import Platform
    from unexpired.causes._evidence import Evidence

    Commands = Mapping[Platform, tuple[str, ...]]

KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""One session in the environment."""

_PLAIN = re.compile(r"[\w@%+=:,./-]*\Z", re.ASCII)


def opening(path: str) -> Commands:
    """Open a file in an editor.

    Args:
        path: as it is shown; ``~/`` is the home directory.
    """
    inside = path.removeprefix("~/").replace("/", "\\")
    home = path.startswith("~/")
    return by_platform(
        posix=(f'"${{EDITOR:-vi}}" {in_shell(path)}',),
        cmd=(f'notepad "%USERPROFILE%\\{inside}"' if home else f'notepad "{path}"',),
        powershell=(f'notepad "$HOME\\{inside}"' if home else f'notepad "{path}"',),
    )


def unsetting(*names: str) -> Commands:
    """Take variables out of the shell."""
    quietly = " -ErrorAction SilentlyContinue" if names[1:] else ""  # not all of them need be set
    return by_platform(
        posix=(f"unset {' '.join(names)}",),
        cmd=tuple(f"set {name}=" for name in names),
        powershell=(f"Remove-Item {', '.join(f'Env:{name}' for name in names)}{quietly}",),
    )


def fixing(evidence: Evidence) -> Commands:
    """Have ``--fix`` do it, for the profile that was examined."""
    chain = evidence.chain
    profile = f" --profile {shlex.quote(chain.profile)}" if chain.chosen_by == "--profile" else ""
    return everywhere(f"unexpired doctor --fix{profile}")


def retaken(cure: Cure, evidence: Evidence) -> Cure:
    """The cure for keys that are not right where they stand: a file is opened, and what was given is given anew."""
    chain = evidence.chain
    base = chain.winner.plan[0] if chain.winner else None
    if base is None or base.kind == "environment":
        return replace(cure, commands=unsetting(*KEY_VARIABLES))
    if base.keys is not None and base.keys.place.line:
        return replace(cure, commands=opening(base.keys.place.path))
    return Cure(f"Have what gave these credentials ({base.location or base.kind}) give others.", everywhere())


def then(*parts: Commands) -> Commands:
    """Commands, and more commands after them."""
    return {platform: tuple(command for part in parts for command in part[platform]) for platform in PLATFORMS}


def in_shell(path: str) -> str:
    """A path as one word of a command line, which a leading ``~/`` keeps its meaning in."""
    if _PLAIN.match(path.removeprefix("~/")):
        return path
    return f"~/{shlex.quote(path[2:])}" if path.startswith("~/") else shlex.quote(path)
