"""Puts ``credential_process`` in front of a profile, so that every SDK gets its sessions renewed and shared.

botocore prefers ``role_arn``, web identity and SSO over ``credential_process`` in the same profile, and static keys in
the credentials file too (``create_credential_resolver``); and a process that asked for its own profile would start
itself for ever. So there are two profiles, and two ways to name them:

- *in place*: PROFILE keeps its name, which stands in scripts and in ``AWS_PROFILE``, and its Region and other settings.
  What leads to its credentials moves to PROFILE-source, which the process asks;
- *beside*: PROFILE stays as it is, and a new profile asks it.

Only the config file is changed, line by line; every other byte stays (:mod:`unexpired.doctor.ini_edit`), and what was
there is kept to be put back (:mod:`unexpired.doctor.journal`).
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.agent.config import configuration_file, read
from unexpired.causes._edits import EditSection
from unexpired.channels.config_copies import leads_to_credentials
from unexpired.doctor.ini import RawSection, read_ini
from unexpired.doctor.ini_edit import difference, edited
from unexpired.doctor.journal import Change
from unexpired.doctor.seal import PLAIN_SETTINGS, shown
from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.shared_config import load_shared_config, profile_of, section_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STATIC = ("aws_access_key_id", "aws_secret_access_key")
_SIGN_IN = ("sso_session", "sso_start_url", "login_session")


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """What would be changed.

    Attributes:
        change: of the config file.
        shown: as lines of a diff, without secrets.
        profile: the one that tools name from now on.
        asked: the one that the process asks.
        notes: what a person should know before agreeing.
    """

    change: Change
    shown: tuple[str, ...]
    profile: str
    asked: str
    notes: tuple[str, ...] = field(default=())


def program_for_config(executable: str = sys.executable) -> str:
    """What a ``credential_process`` begins with: an absolute path, quoted for the SDKs that split it into words.

    Absolute, because SDKs in services and editors have another ``PATH`` ("Process credential provider", AWS SDKs and
    Tools Reference Guide). The script that was installed beside this Python, or this Python itself.

    Args:
        executable: this Python.
    """
    script = shutil.which("unexpired", path=str(Path(executable).parent))
    if script is not None:
        return _quoted(script)
    return f"{_quoted(executable)} -m unexpired"


def setup_of(profile: str, program: str, environ: Mapping[str, str], *, beside: str | None = None) -> Setup:
    """Plan it. Reads the shared files; changes nothing.

    Args:
        profile: whose sessions are to be renewed.
        program: what the process begins with, as it is to be written: an absolute path, quoted.
        environ: names the shared files.
        beside: a new profile's name, or None for *in place*.

    Raises:
        ConfigurationError: there is no such profile; there is nothing to renew in it; its keys stand in the credentials
            file; it is set up already; or a name is taken.
    """
    shared = load_shared_config(environ)
    settings = shared.profile(profile)
    _check(profile, settings, shared.in_credentials.get(profile, {}), shared.credentials_file)
    new, asked = (beside, profile) if beside else (profile, f"{profile}-source")
    added = beside or asked
    if added in shared.profiles:
        raise ConfigurationError(
            f"There is a profile {added!r} already",
            next_steps=f"give another name: unexpired setup {profile} --as NAME",
        )
    path = Path(os.path.realpath(Path(shared.config_file).expanduser()))
    data = path.read_bytes()
    section = _section(data, profile, path)
    process = ("credential_process", f"{program} credential-process --profile {shlex.quote(asked)}")
    lines = [f"change {shown(shared.config_file)}"]
    if beside:
        kept = [f"{key} = {found.value}" for key, found in section.settings.items() if _goes_along(key, found.value)]
        block = [f"[{section_of(beside)}]", f"{process[0]} = {process[1]}", *kept]
        after = data
    else:
        removed = tuple(key for key in section.settings if leads_to_credentials(key))
        edit = EditSection(str(path), str(path), section.name, removed, (process,))
        lines += difference(data, edit)
        block = [f"[{section_of(asked)}]", *_verbatim(data, section)]
        after = edited(data, edit)
    lines += [f"+ {line}" for line in _told(block)]
    after = _appended(after, block)
    notes = tuple(_notes(profile, asked, settings, environ)) if not beside else ()
    return Setup(Change(path, data, after), tuple(lines), new, asked, (*_warnings(settings), *notes))


def _quoted(word: str) -> str:
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    return shlex.quote(word)


def _check(profile: str, settings: Mapping[str, object], in_credentials: Mapping[str, object], file: str) -> None:
    leading = [key for key in settings if leads_to_credentials(key)]
    process = settings.get("credential_process")
    if isinstance(process, str) and "credential-process" in process and "unexpired" in process:
        raise ConfigurationError(
            f"The profile {profile!r} asks unexpired already", next_steps="to take that back: unexpired setup --undo"
        )
    if not leading:
        raise ConfigurationError(
            f"There is nothing to renew in the profile {profile!r}",
            why="it names no role, no sign-in and no program: its credentials come from somewhere else",
            next_steps=f"unexpired doctor --profile {profile}",
        )
    if any(key in settings for key in _STATIC):
        raise ConfigurationError(
            f"The profile {profile!r} holds keys, which nothing renews",
            why="a long-term key needs no renewal, and a pasted session is a copy without a source",
            next_steps="set up a profile with role_arn and source_profile, or with SSO, instead",
        )
    if any(leads_to_credentials(key) for key in in_credentials):
        raise ConfigurationError(
            f"What leads to the credentials of {profile!r} stands in {file}",
            why="it would win over credential_process",
            next_steps=f"move those lines to the config file, below [{section_of(profile)}]",
        )
    if settings.get("source_profile") == profile:
        raise ConfigurationError(
            f"The profile {profile!r} is its own source_profile", next_steps="give its keys a profile of their own"
        )


def _section(data: bytes, profile: str, path: Path) -> RawSection:
    raw = read_ini(data)
    if raw.faults:
        raise ConfigurationError(f"{path} cannot be changed: line {raw.faults[0].line} {raw.faults[0].said}")
    found = [section for section in raw.sections if profile_of(section.name) == profile]
    if len(found) != 1:
        what = "is in no section of" if not found else "has two sections in"
        raise ConfigurationError(f"The profile {profile!r} {what} {path}")
    return found[0]


def _goes_along(key: str, value: str) -> bool:
    """Settings that a new profile takes over: not what leads to credentials, nor nested or longer ones."""
    return not leads_to_credentials(key) and "\n" not in value


def _verbatim(data: bytes, section: RawSection) -> list[str]:
    """The section's lines below its header, as they are, up to its last setting."""
    last = max((setting.last_line for setting in section.settings.values()), default=section.line)
    lines = data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[section.line : last]


def _told(block: list[str]) -> Iterator[str]:
    for line in block:
        key, sign, value = line.partition("=")
        name = key.strip().lower()
        plain = not sign or name in PLAIN_SETTINGS or (name == "credential_process" and "credential-process" in value)
        yield shown(line) if plain else f"{shown(key.rstrip())} = ****"


def _appended(data: bytes, block: list[str]) -> bytes:
    line_end = "\r\n" if b"\r\n" in data else "\n"
    gap = "" if data.endswith((b"\n\n", b"\r\n\r\n")) else line_end
    gap = gap if data.endswith(b"\n") else line_end * 2
    return data + (gap + line_end.join(block) + line_end).encode()


def _warnings(settings: Mapping[str, object]) -> Iterator[str]:
    if "mfa_serial" in settings and "mfa_process" not in settings:
        yield "Its role asks for an MFA code, and a credential_process has nobody to ask; mfa_process can print it."


def _notes(profile: str, asked: str, settings: Mapping[str, object], environ: Mapping[str, str]) -> Iterator[str]:
    if any(key in settings for key in _SIGN_IN):
        command = "aws login" if "login_session" in settings else "aws sso login"
        yield f"You sign in with another name from now on: {command} --profile {shlex.quote(asked)}"
    with contextlib.suppress(ConfigurationError):
        config = read(configuration_file(environ))
        for role in config.roles.values():
            if role.profile == profile:
                yield f'In {config.path}, [roles.{role.name}] should say profile = "{asked}" from now on.'
    yield f"Tools go on saying {profile!r}. Profiles that have it as their source_profile go on working."
