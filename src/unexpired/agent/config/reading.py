"""Reads ``unexpired.toml``, and says everything that is wrong with it at once: where, what, and what was meant."""

from __future__ import annotations

import os
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unexpired.agent.config import agreement
from unexpired.agent.config.kinds import Wrong, nearest
from unexpired.agent.config.lines import lines_of_keys, toml
from unexpired.agent.config.schema import KEYS, TITLES, Section, home_of
from unexpired.agent.config.settings import AgentConfig, Notify, RoleConfig
from unexpired.disk.places import configuration_file
from unexpired.engine.errors import ConfigurationError

__all__ = ["configuration_file", "places", "read"]

# Part of an address and of a file's name; see agent/doors.
ROLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# tomllib's and tomli's words; only Python 3.14 gives the line as an attribute.
_AT_LINE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong with one key.

    Attributes:
        at: the path of the key; of its table where the key is missing; empty for the file.
        said: a sentence without its end.
        meant: the nearest valid word, or ``""``.
    """

    at: tuple[str, ...]
    said: str
    meant: str = ""


def read(path: Path) -> AgentConfig:
    """Read and check the file.

    Raises:
        ConfigurationError: it cannot be read, somebody else could have written it, it is not TOML, or it says something
            that cannot be followed. All mistakes are told, each as ``FILE:LINE: what is wrong``.
    """
    text = _text(path)
    parser = toml()
    try:
        table: dict[str, Any] = parser.loads(text)
    except parser.TOMLDecodeError as error:
        said = str(error)
        at = _AT_LINE.search(said)
        line = int(at["line"]) if at and at["line"] else len(text.splitlines()) or 1
        plain = _AT_LINE.sub("", said)
        raise ConfigurationError(f"{path}:{line}: this is not TOML: {plain[:1].lower()}{plain[1:]}") from None
    except (ValueError, RecursionError):  # Python's own limits: a number of thousands of digits, brackets in brackets
        raise ConfigurationError(
            f"{path} cannot be read as TOML", why="a number in it is too long, or something is nested too deeply"
        ) from None
    mistakes: list[Mistake] = []
    config = _config(path, table, mistakes)
    if mistakes:
        raise _told(path, lines_of_keys(text), mistakes)
    return config


def places(path: Path) -> tuple[Path | None, Path | None]:
    """The ``socket`` and the ``state`` that the file names, also where something else in it is wrong; None for neither.

    An agent that has refused a changed file runs on where it was, and that is where its status says so.

    Raises:
        ConfigurationError: the file cannot be read, somebody else could have written it, or it is not TOML.
    """
    try:
        config = read(path)
    except ConfigurationError:
        try:
            agent = toml().loads(_text(path)).get("agent")
        except (ValueError, RecursionError):
            agent = None
        if not isinstance(agent, dict):
            raise
        found = _section(path, "agent", ("agent",), agent, [])
        return found.get("socket"), found.get("state")
    return config.socket, config.state


def _a_first_one(path: Path) -> str:
    """How to write a file that serves one role."""
    if os.name != "posix":
        return 'write one: [roles.etl] and, on the next line, profile = "etl"'
    folder, file = shlex.quote(str(path.parent)), shlex.quote(str(path))
    return f"""mkdir -p {folder} && printf '[roles.etl]\\nprofile = "etl"\\n' > {file}"""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found, data = os.fstat(file.fileno()), file.read()
    except OSError as error:
        raise ConfigurationError(
            f"The agent's configuration {path} cannot be read",
            why=(error.strerror or type(error).__name__).lower(),
            next_steps=_a_first_one(path) if isinstance(error, FileNotFoundError) else f"see who may: ls -ld {path}",
        ) from None
    # Whoever can write it decides who is handed sessions, as with ~/.ssh/config.
    if os.name == "posix" and (found.st_mode & stat.S_IWOTH or found.st_uid not in {os.geteuid(), 0}):
        raise ConfigurationError(
            f"The agent's configuration {path} is not used",
            why="everybody may write it" if found.st_mode & stat.S_IWOTH else "it belongs to another user",
            next_steps=f"chmod o-w {path}" if found.st_mode & stat.S_IWOTH else f"chown $(id -u) {path}",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8 text") from None


def _config(path: Path, table: dict[str, Any], mistakes: list[Mistake]) -> AgentConfig:
    for word in table:
        if word not in KEYS:
            home = home_of(word)
            said = (
                f"{word!r} belongs into {home}" if home else f"there is no {word!r}, but {', '.join(TITLES.values())}"
            )
            mistakes.append(Mistake((word,), said, "" if home else nearest(word, tuple(KEYS))))
    agent = _section(path, "agent", ("agent",), table.get("agent", {}), mistakes)
    notify = _section(path, "notify", ("notify",), table.get("notify", {}), mistakes)
    named = table.get("roles", {})
    if not isinstance(named, dict) or not named:
        mistakes.append(Mistake(("roles",), "there is no [roles.NAME]: an agent without a role has nothing to do"))
        named = {}
    roles = {}
    for name, settings in named.items():
        if not ROLE_NAME.fullmatch(name):
            said = f"{name!r} cannot be a role's name: letters, digits, '_', '.' and '-', at most 64, no '.' first"
            mistakes.append(Mistake(("roles", name), said))
        else:
            roles[name] = RoleConfig(name=name, **_section(path, "roles", ("roles", name), settings, mistakes))
    config = AgentConfig(path=path, roles=roles, notify=Notify(**notify), **agent)
    wrong = {mistake.at for mistake in mistakes}
    mistakes += [Mistake(at, said) for at, said in agreement.disagreements(config, table) if at not in wrong]
    return config


def _section(
    path: Path, section: Section, at: tuple[str, ...], written: Any, mistakes: list[Mistake]
) -> dict[str, Any]:
    title = f"[{'.'.join(at)}]"
    if not isinstance(written, dict):
        mistakes.append(Mistake(at, f"{at[-1]!r} is a section: write {title}"))
        return {}
    keys = {key.name: key for key in KEYS[section]}
    fields = {}
    for name, value in written.items():
        if name not in keys:
            home = home_of(name)
            meant = nearest(name, tuple(keys))
            said = f"{name!r} belongs into {home}" if home else f"there is no {name!r} in {title}"
            mistakes.append(Mistake((*at, name), said, "" if home else meant))
            continue
        try:
            taken = keys[name].kind.take(value)
        except Wrong as wrong:
            mistakes.append(Mistake((*at, name), f"{name} {wrong}", wrong.meant))
        else:
            relative = isinstance(taken, Path) and not taken.is_absolute()
            fields[keys[name].field or name] = path.parent / taken if relative else taken
    return fields


def _told(path: Path, lines: dict[tuple[str, ...], int], mistakes: list[Mistake]) -> ConfigurationError:
    def line(mistake: Mistake) -> int:
        return next((lines[mistake.at[:n]] for n in range(len(mistake.at), 0, -1) if mistake.at[:n] in lines), 1)

    def told(mistake: Mistake) -> str:
        meant = f" (did you mean {mistake.meant!r}?)" if mistake.meant else ""
        return f"{path}:{line(mistake)}: {mistake.said}{meant}"

    in_order = sorted(mistakes, key=line)
    if len(in_order) == 1:
        return ConfigurationError(told(in_order[0]))
    return ConfigurationError(f"{path} has {len(in_order)} mistakes", next_steps=tuple(map(told, in_order)))
