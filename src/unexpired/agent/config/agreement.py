"""What keys of ``unexpired.toml`` have to do with each other: each by itself may be right, and together wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unexpired.agent.config.settings import AgentConfig, RoleConfig

At = tuple[str, ...]

# Keys that only mean something at one door.
_OF_A_DOOR = {"credentials_file": "file", "file_profile": "file", "imds_port": "imds"}
# struct sockaddr_un, unix(7): 108 bytes on Linux, 104 on macOS and the BSDs, a zero byte included.
_LONGEST_SOCKET_BYTES = 103


def disagreements(config: AgentConfig, table: Mapping[str, Any]) -> Iterator[tuple[At, str]]:
    """The path of a key, and what is wrong with it beside the others.

    Args:
        config: what was read; keys that were wrong by themselves have their defaults.
        table: the file, to tell what was written from what holds by default.
    """
    if config.socket is not None and len(str(config.socket).encode()) > _LONGEST_SOCKET_BYTES:
        yield (
            ("agent", "socket"),
            f"socket has more than the {_LONGEST_SOCKET_BYTES} bytes that a path of one may have",
        )
    if config.socket is not None and config.socket == config.state:
        yield ("agent", "socket"), "socket and state cannot be one path: the one is a socket, the other a folder"
    for role in config.roles.values():
        written = table["roles"][role.name]
        if isinstance(written, dict):
            yield from (((*_at(role), *key), said) for key, said in _of_one(role, written))
    yield from _twice(config)


def _of_one(role: RoleConfig, written: Mapping[str, Any]) -> Iterator[tuple[At, str]]:
    if "profile" not in written and "role_arn" not in written:
        yield (), f"[roles.{role.name}] needs a profile or a role_arn: whose sessions are to be served?"
    for key, door in _OF_A_DOOR.items():
        if key in written and door not in role.doors:
            yield (key,), f"{key} means nothing without the {door!r} door: add it to doors"
    if "role_arn" not in written and "source_profile" in written:
        yield ("source_profile",), "source_profile needs the role_arn that is to be assumed with it"
    if "allow_uids" in written and role.doors == {"file"}:
        yield ("allow_uids",), "allow_uids means nothing for a role that is only written to a file"
    section = role.file_profile or role.name
    if "file" in role.doors and role.credentials_file is None and section in {role.profile, role.source_profile}:
        at = "file_profile" if "file_profile" in written else "doors"
        yield (at,), f"the 'file' door would write over {section!r}, from which its sessions come: give a file_profile"


def _twice(config: AgentConfig) -> Iterator[tuple[At, str]]:
    spellings: dict[str, str] = {}
    for role in config.roles.values():
        first = spellings.setdefault(role.name.lower(), role.name)
        if first != role.name:  # macOS and Windows would keep one token for both
            yield _at(role), f"{role.name!r} and {first!r} are one name where files are not told apart by their case"
    ports: dict[int, str] = {} if config.port is None else {config.port: "[agent]"}
    sections: dict[tuple[Any, str], str] = {}
    for role in config.roles.values():
        title = f"[roles.{role.name}]"
        if role.imds_port is not None:
            first = ports.setdefault(role.imds_port, title)
            if first != title:
                yield (*_at(role), "imds_port"), f"imds_port {role.imds_port} is taken by {first}"
        if "file" in role.doors:
            section = role.credentials_file, role.file_profile or role.name
            first = sections.setdefault(section, title)
            if first != title:
                yield (*_at(role), "file_profile"), f"[{section[1]}] of the same file is written by {first}"


def _at(role: RoleConfig) -> At:
    return ("roles", role.name)
