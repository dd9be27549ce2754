"""Finds the lines of shell start-up and ``.env`` files that set credentials: exported sessions come back from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.causes._evidence import StartupLine
from unexpired.causes._files import Place
from unexpired.doctor.paths import read_file
from unexpired.doctor.seal import seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.doctor.paths import Paths

# What bash, zsh, fish and PowerShell read when they start, and what systemd and PAM hand to a login.
_AT_HOME = (
    *("~/.bashrc", "~/.bash_profile", "~/.bash_login", "~/.profile", "~/.bash_aliases"),
    *("~/.zshenv", "~/.zshrc", "~/.zprofile", "~/.zlogin", "~/.config/fish/config.fish"),
    *("~/.config/powershell/profile.ps1", "~/.config/powershell/Microsoft.PowerShell_profile.ps1"),
    *("~/.pam_environment", "~/.config/environment.d/aws.conf", "~/.aws/env"),
)
_OF_THE_SYSTEM = ("etc/environment", "etc/profile", "etc/bash.bashrc", "etc/zsh/zshenv", "etc/profile.d/aws.sh")
# direnv, dotenv (Compose, Node and Python tools read it where they are started), and what containers are made of
_IN_THE_DIRECTORY = (
    *(".envrc", ".env", "Dockerfile", "Containerfile", "compose.yaml", "compose.yml"),
    *("docker-compose.yaml", "docker-compose.yml"),
)
_UNITS = ("etc/systemd/system", "~/.config/systemd/user")

_VARIABLES = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
)
_SETS = re.compile(
    rf"""^\s*(?:export\s+|set\s+(?:-\w+\s+)+|\$env:|declare\s+-x\s+|ENV\s+|Environment\s*=\s*["']?|-\s+["']?)?
    (?P<name>{"|".join(_VARIABLES)})
    (?:\s*[=:]\s*|\s+)
    (?P<value>"[^"]*"|'[^']*'|[^\s;#]*)""",
    re.VERBOSE,
)
_LARGEST_BYTES = 2**20


def read_startup_files(paths: Paths, directory: str | None, root: str) -> tuple[StartupLine, ...]:
    """Every line that sets one of the variables. Lines that only unset or mention them are not.

    Args:
        paths: whose home.
        directory: where the process was started, for its ``.env``; None: not looked at.
        root: where the system's own files stand.
    """
    files = [paths.expand(name) for name in _AT_HOME]
    files += [str(Path(root, name)) for name in _OF_THE_SYSTEM]
    files += [str(Path(directory, name)) for name in _IN_THE_DIRECTORY] if directory else []
    files += [unit for directory in _UNITS for unit in _units(directory, paths, root)]
    return tuple(line for file in dict.fromkeys(files) for line in _lines(file, paths))


def _units(directory: str, paths: Paths, root: str) -> Iterator[str]:
    """Service units, and what was added to them (systemd.unit(5), *drop-ins*)."""
    place = Path(paths.expand(directory)) if directory.startswith("~") else Path(root, directory)
    try:
        yield from (str(found) for pattern in ("*.service", "*.service.d/*.conf") for found in place.glob(pattern))
    except OSError:
        return


def _lines(file: str, paths: Paths) -> Iterator[StartupLine]:
    content = read_file(file, _LARGEST_BYTES)
    if b"AWS_" not in content.data:
        return
    for number, text in enumerate(content.data.decode("utf-8", "replace").splitlines(), start=1):
        match = _SETS.match(text)
        if match and match["value"]:
            value = match["value"].rstrip(",").strip("\"'")
            yield StartupLine(Place(paths.show(file), number), match["name"], seal(value))
