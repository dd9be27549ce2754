"""Where on this machine our files are."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY_VARIABLE = "UNEXPIRED_STORE_DIR"
CONFIGURATION_VARIABLE = "UNEXPIRED_CONFIG"


def configuration_file(environ: Mapping[str, str]) -> Path:
    r"""Where the file is: ``UNEXPIRED_CONFIG``, or ``unexpired.toml`` in the platform's configuration folder.

    ``~/.config/unexpired`` (``XDG_CONFIG_HOME``) on Linux, ``~/Library/Application Support/unexpired`` on macOS,
    ``%LOCALAPPDATA%\unexpired`` on Windows. Need not exist.
    """
    named = environ.get(CONFIGURATION_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"], "unexpired", "unexpired.toml")
    if sys.platform.startswith("linux"):
        return home_path("~/.config/unexpired/unexpired.toml")
    from platformdirs import user_config_path  # 50 ms, and a named file needs none of it

    return user_config_path("unexpired", appauthor=False) / "unexpired.toml"


def store_directory(environ: Mapping[str, str]) -> Path:
    """The user's own: ``UNEXPIRED_STORE_DIR``, or ``sessions`` in the user's cache directory. Not made here."""
    named = environ.get(DIRECTORY_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_dir  # 50 ms, and a named directory needs none of it

    return Path(user_cache_dir("unexpired", appauthor=False)) / "sessions"


def cli_cache_directory() -> Path:
    """Where the AWS CLI keeps the sessions that it made (botocore's ``CachedCredentialFetcher``)."""
    return home_path("~/.aws/cli/cache")


def home_path(name: str) -> Path:
    """A path below the home, or the name as it is where there is no home."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def lock_path(guarded: Path, environ: Mapping[str, str]) -> Path:
    """The lock that stands for somebody else's file: in our directory, since theirs is not ours to fill."""
    return store_directory(environ) / hashlib.sha256(str(guarded).encode()).hexdigest()
