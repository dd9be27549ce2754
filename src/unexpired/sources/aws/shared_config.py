"""The shared config and credentials files, as botocore reads them, and what is wrong with them, by file and line.

botocore's own parser does the reading (``botocore.configloader``), and the two files are put together as its
``Session.full_config`` does: the credentials file's values win. What it swallows or says badly is said here: a file
that exists but cannot be read counts as missing there, and the message for a broken line quotes the line, secret and
all.

SDKs and Tools Reference Guide, "Shared config and credentials files":
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

from __future__ import annotations

import codecs
import configparser
import difflib
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

# botocore's variables and defaults (configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES); there AWS_DEFAULT_PROFILE wins.
CONFIG_FILE_VARIABLE, DEFAULT_CONFIG_FILE = "AWS_CONFIG_FILE", "~/.aws/config"
CREDENTIALS_FILE_VARIABLE, DEFAULT_CREDENTIALS_FILE = "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"
PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")

_MOST_NAMES_SHOWN = 5

# Whether they are there is all that anybody asks of these: whoever signs reads the file again.
_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_BLANKED = "***"

Section = dict[str, Any]


@dataclass(frozen=True)
class SharedConfig:
    """Both files, put together; secrets are blanked.

    Attributes:
        config_file, credentials_file: as they were named (``~/.aws/config``), existing or not.
        profiles: name to settings, both files; a value is text, or a dict for an indented block (``s3 =``).
        in_config, in_credentials: the same, of one file.
        sso_sessions: the ``[sso-session NAME]`` sections.
        services: the ``[services NAME]`` sections.
    """

    config_file: str
    credentials_file: str
    profiles: Mapping[str, Section] = field(default_factory=dict)
    in_config: Mapping[str, Section] = field(default_factory=dict)
    in_credentials: Mapping[str, Section] = field(default_factory=dict)
    sso_sessions: Mapping[str, Section] = field(default_factory=dict)
    services: Mapping[str, Section] = field(default_factory=dict)

    def profile(self, name: str) -> Section:
        """The settings of a profile that exists.

        Raises:
            ConfigurationError: it doesn't (``profile-not-found``); names the nearest ones.
        """
        if name in self.profiles:
            return self.profiles[name]
        raise unknown_profile(name, tuple(self.profiles), (self.config_file, self.credentials_file))

    def location(self, profile: str) -> str:
        """The file that a profile's keys stand in, as it was named."""
        return self.credentials_file if profile in self.in_credentials else self.config_file


def load_shared_config(environ: Mapping[str, str]) -> SharedConfig:
    """Read both files. One that does not exist is empty.

    Raises:
        ConfigurationError: a file cannot be read or understood (``config-invalid``): which, where and why.
    """
    from botocore.configloader import build_profile_map  # 40 ms, but not the half second of botocore.session

    config_file = environ.get(CONFIG_FILE_VARIABLE, DEFAULT_CONFIG_FILE)
    credentials_file = environ.get(CREDENTIALS_FILE_VARIABLE, DEFAULT_CREDENTIALS_FILE)
    config = build_profile_map(read_sections(config_file))
    in_credentials = read_sections(credentials_file)
    profiles = {name: dict(section) for name, section in config["profiles"].items()}
    for name, section in in_credentials.items():
        profiles.setdefault(name, {}).update(section)
    return SharedConfig(
        config_file=config_file,
        credentials_file=credentials_file,
        profiles=profiles,
        in_config=config["profiles"],
        in_credentials=in_credentials,
        sso_sessions=config["sso_sessions"],
        services=config.get("services", {}),  # botocore before 1.31 does not know them
    )


def profile_of(section: str) -> str | None:
    """The profile that a section of the *config* file is about, by botocore's rule; None for other sections.

    ``configloader.build_profile_map``: ``default``, or two words as a shell reads them, the first of which begins with
    ``profile``.
    """
    if section == "default":
        return section
    try:
        words = shlex.split(section) if section.startswith("profile") else []
    except ValueError:
        return None
    return words[1] if len(words) == 2 else None  # noqa: PLR2004 - the word and the name


def section_of(profile: str) -> str:
    """The section of the config file in which botocore looks for a profile."""
    return profile if profile == "default" else f"profile {shlex.quote(profile)}"


def unknown_profile(name: str, known: tuple[str, ...], files: tuple[str, ...]) -> ConfigurationError:
    """What a person is told who named a profile that does not exist."""
    # Without itself: a file can lose it between being read and being asked.
    near = difflib.get_close_matches(name, [other for other in known if other != name], n=3, cutoff=0.6)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif known:
        more = f" and {len(known) - _MOST_NAMES_SHOWN} more" if len(known) > _MOST_NAMES_SHOWN else ""
        hint = f"there are: {', '.join(sorted(known)[:_MOST_NAMES_SHOWN])}{more}"
    else:
        hint = "there are no profiles at all: aws configure"
    return ConfigurationError(
        f"The profile {name!r} does not exist",
        why=f"neither {' nor '.join(files)} has it",
        next_steps=hint,
        cause="profile-not-found",
    )


def read_sections(name: str) -> dict[str, Section]:
    """Every section of one file under the name that stands in its brackets; none if the file does not exist.

    Raises:
        ConfigurationError: the file cannot be read or understood.
    """
    from botocore.configloader import raw_config_parse
    from botocore.exceptions import ConfigNotFound, ConfigParseError

    path = Path(os.path.expandvars(name)).expanduser()
    try:
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}  # a directory is "missing" too, as botocore has it
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"{name} cannot be read", why=reason, next_steps=f"see who may read it: ls -l {name}"
        ) from error
    try:
        sections: dict[str, Section] = raw_config_parse(name)
    except ConfigNotFound:
        return {}
    except ConfigParseError as error:
        raise _broken(name, path, error.kwargs.get("error")) from None  # its own words quote the line
    return {name: _blanked(section) for name, section in sections.items()}


def _blanked(section: Section) -> Section:
    return {setting: _BLANKED if setting in _SECRETS and value else value for setting, value in section.items()}


def _broken(name: str, path: Path, error: object) -> ConfigurationError:
    line, why = _where(path, error)
    place = f"{name}, line {line}" if line else name
    return ConfigurationError(
        f"{place} cannot be understood",
        why=why,
        next_steps="correct that line: every line is `[section]`, `key = value`, `# comment`, or an indented block's "
        "`key = value`; then: aws configure list --profile NAME"
        if line
        else f"look at the file: {name}",
    )


def _where(path: Path, error: object) -> tuple[int | None, str]:
    """The line (from 1) and the reason, in words that quote nothing but names."""
    content = path.read_bytes()
    if isinstance(error, configparser.Error):
        return _where_by_parser(error, content)
    if isinstance(error, UnicodeDecodeError):
        start = error.start if error.object == content else _first_undecodable(content, error.encoding)
        return content.count(b"\n", 0, start) + 1, f"it holds bytes that are not {error.encoding}"
    return _nested_line(content), "an indented line has no `=`"


def _where_by_parser(error: configparser.Error, content: bytes) -> tuple[int | None, str]:
    if content.startswith(codecs.BOM_UTF8):
        return 1, "the file begins with a byte order mark: save it as UTF-8 without one"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return error.lineno, "it stands before the first [section]"
    if isinstance(error, configparser.DuplicateSectionError):
        return error.lineno, f"the section [{error.section}] stands there a second time"
    if isinstance(error, configparser.DuplicateOptionError):
        return error.lineno, f"{error.option} stands there a second time in [{error.section}]"
    if isinstance(error, configparser.ParsingError):
        return (error.errors[0][0] if error.errors else None), "it is neither a section, a `key = value` nor a comment"
    return None, "its sections cannot be told apart"


def _first_undecodable(content: bytes, encoding: str) -> int:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _nested_line(content: bytes) -> int | None:
    """The first line of an indented block under a bare ``key =`` that has no ``=``."""
    in_block = False
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        if line[:1].isspace():
            if in_block and "=" not in text:
                return number
        else:
            in_block = text.endswith(("=", ":"))
    return None
