"""Reads the shared config and credentials files, with line numbers, and merges them into profiles as botocore does.

Sources: botocore's ``configloader.build_profile_map`` and ``Session.full_config``: in the config file a profile is
``[default]`` or ``[profile NAME]``, the last of two wins whole; in the credentials file it is ``[NAME]``, and its
settings overlay the config file's one by one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.causes._files import Fault, Place, Profile, Section, Setting, SharedFile
from unexpired.doctor.ini import RawFault, RawSection, RawSetting, read_ini
from unexpired.doctor.paths import LARGEST_BYTES, FileContent, Paths, read_file
from unexpired.doctor.seal import sealed_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN_NAME = re.compile(r"(profile|sso-session)[ \t]+([\w.@+/:%-]+)\Z", re.ASCII)
# What other SDKs cut off a value (AWS SDKs and Tools Reference Guide, "format of the config file") and Python keeps.
_TRAILING_COMMENT = re.compile(r"\s[#;]")


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """Both files, and what botocore makes of them together."""

    config: SharedFile
    credentials: SharedFile
    profiles: Mapping[str, Profile]
    sso_sessions: Mapping[str, Section]


def read_shared_files(environ: Mapping[str, str], paths: Paths) -> SharedFiles:
    """Read the files that the environment names, or the defaults. Never raises."""
    config = _read("AWS_CONFIG_FILE", "~/.aws/config", environ, paths)
    credentials = _read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", environ, paths)
    in_config: dict[str, Section] = {}
    sso_sessions: dict[str, Section] = {}
    for section in config.sections:
        if section.name == "default":
            in_config["default"] = section
        elif section.name.startswith("profile"):
            _file_under(in_config, section)
        elif section.name.startswith("sso-session"):
            _file_under(sso_sessions, section)
    in_credentials = {section.name: section for section in credentials.sections}
    profiles = {
        name: _merge(name, in_config.get(name), in_credentials.get(name))
        for name in (*in_config, *(name for name in in_credentials if name not in in_config))
    }
    return SharedFiles(config, credentials, profiles, sso_sessions)


def _read(variable: str, default: str, environ: Mapping[str, str], paths: Paths) -> SharedFile:
    written = environ.get(variable)
    chosen_by = None if written is None else variable
    real = paths.expand(default if written is None else written)
    path = paths.show(real)
    # botocore: no file has no name, so there is none. A path of "" would be this directory.
    content = read_file(real) if real else FileContent("absent")
    if content.state != "read":
        return SharedFile(path, real, chosen_by, content.state, content.why)
    raw = read_ini(content.data[:LARGEST_BYTES])
    if len(content.data) > LARGEST_BYTES:
        raw.faults.append(RawFault("too-large", 0, f"is larger than {LARGEST_BYTES >> 20} MiB"))
    inherited = {setting.key: _sealed(setting, path) for setting in raw.inherited.values()}
    return SharedFile(
        path,
        real,
        chosen_by,
        "broken" if raw.faults else "read",
        sections=tuple(_section(section, path, inherited) for section in raw.sections),
        inherited=tuple(inherited.values()),
        faults=tuple(Fault(fault.kind, Place(path, fault.line), fault.said) for fault in raw.faults),
        changed_at=content.changed_at,
        mode=content.mode,
    )


def _section(raw: RawSection, path: str, inherited: dict[str, Setting]) -> Section:
    own = {setting.key: _sealed(setting, path) for setting in raw.settings.values()}
    return Section(raw.name, Place(path, raw.line), {**inherited, **own})


def _sealed(raw: RawSetting, path: str) -> Setting:
    text = raw.value
    value, sealed = sealed_setting(raw.key, text)
    comment = bool(text) and _TRAILING_COMMENT.search(text) is not None
    return Setting(raw.key, value, sealed, Place(path, raw.line), raw.colon, comment, raw.indented)


def _file_under(known: dict[str, Section], section: Section) -> None:
    """Keep a section under the second word of its header; botocore drops a header that is not two words."""
    plain = _PLAIN_NAME.match(section.name)
    if plain:
        known[plain.group(2)] = section
        return
    try:
        words = shlex.split(section.name)
    except ValueError:
        return
    if len(words) == 2:  # noqa: PLR2004 - "profile" and the name
        known[words[1]] = section


def _merge(name: str, config: Section | None, credentials: Section | None) -> Profile:
    settings = {**(config.settings if config else {}), **(credentials.settings if credentials else {})}
    return Profile(name, settings, config, credentials)
