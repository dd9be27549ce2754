"""What a service needs to know of this user's agent, whatever runs it."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from unexpired.agent.doors._section_file import shared_credentials_file
from unexpired.agent.state import socket_path, state_directory
from unexpired.disk.places import store_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.agent.config import AgentConfig

Platform = Literal["linux", "macos", "windows"]

# Stands in every file of ours: one without it was written by somebody else.
MARK = "written by `unexpired agent install`"

_FILES: dict[Platform, str] = {"linux": "systemd", "macos": "launchd", "windows": "task_scheduler"}
# What says where things are, and how AWS is reached. A service starts with next to no environment. Nothing that holds
# credentials: whoever may see a service's settings may see these.
_PLACES = (
    *("UNEXPIRED_STORE", "UNEXPIRED_STORE_DIR", "UNEXPIRED_AGENT_SOCKET"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
    *("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"),
    *("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "PATH"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run.

    Attributes:
        command: the program and its arguments, absolute.
        environment: what it needs of this environment; no secret.
        writes: folders that it writes to.
        foreign_uids: other users that may ask it.
        home: this user's.
        uid: this user's, or None on Windows.
        user: this user's name as Windows has it; "" elsewhere.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    writes: tuple[Path, ...]
    foreign_uids: bool
    home: Path
    uid: int | None
    user: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What makes the agent a service.

    Attributes:
        path: of the one file.
        content: what it holds.
        start, stop: commands, in order; stopping goes before the file does, and ``forget`` comes after.
        forget: commands after the file has gone.
        hint: a sentence for a person, or "".
    """

    path: Path
    content: bytes
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    forget: tuple[tuple[str, ...], ...] = ()
    hint: str = ""


def platform_here() -> Platform:
    """Which of the three this machine is; every other Unix is taken for Linux."""
    return "macos" if sys.platform == "darwin" else "windows" if sys.platform == "win32" else "linux"


def service_for(platform: Platform, wanted: Wanted) -> Service:
    """The service of a platform."""
    service: Service = importlib.import_module(f"unexpired.agent.service.{_FILES[platform]}").service(wanted)
    return service


def wanted_here(config: AgentConfig, environ: Mapping[str, str] = os.environ, python: str = sys.executable) -> Wanted:
    """This user's agent, with this Python and this environment's places.

    Args:
        config: what it will serve.
        environ: this environment.
        python: the interpreter that has ``unexpired`` installed.
    """
    script = shutil.which("unexpired", path=str(Path(python).parent))
    program = (script,) if script else (python, "-m", "unexpired")
    uid = os.geteuid() if hasattr(os, "geteuid") else None
    own = frozenset() if uid is None else frozenset({uid})
    domain, user = environ.get("USERDOMAIN", ""), environ.get("USERNAME", "")
    return Wanted(
        command=(*program, "agent", "run", "--config", str(config.path)),
        environment={name: environ[name] for name in _PLACES if environ.get(name) and _plain(environ[name])},
        writes=_writes(config, environ),
        foreign_uids=any(role.allow_uids - own for role in config.roles.values()),
        home=Path.home(),
        uid=uid,
        user=f"{domain}\\{user}" if domain else user,
    )


def _plain(value: str) -> bool:
    """Not an address with a user in it, which would be a secret."""
    return "\n" not in value and not ("://" in value and "@" in urlsplit(value).netloc)


def _writes(config: AgentConfig, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where it writes: its state, the shared sessions, sign-ins that renew themselves below ~/.aws, and file doors."""
    places = [config.state or state_directory(environ), store_directory(environ), Path.home() / ".aws"]
    if config.socket is not None or environ.get("UNEXPIRED_AGENT_SOCKET"):
        places.append((config.socket or socket_path(environ)).parent)
    roles = [role for role in config.roles.values() if "file" in role.doors]
    written = (role.credentials_file or shared_credentials_file(environ) for role in roles)
    places += [file.parent for file in written]
    return tuple(dict.fromkeys(place.absolute() for place in places))
