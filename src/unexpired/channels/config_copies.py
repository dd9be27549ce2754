"""Copies of the shared AWS files in which one profile's credentials come from where we say.

A static ``[default]`` in the credentials file beats the container endpoint in boto3, the AWS CLI, JavaScript and C++
(measured), and so does a profile with a role, an SSO session or a process. So a child is given copies in which

- ``[default]`` and the *served* profile keep every setting (Region, endpoints, ``services``, ``s3``, retries …)
  and lose every key that leads to credentials, so that both fall through to what the child is handed;
- a profile that is assumed from the served one (``source_profile``) is assumed from what the child is handed, so that
  chains on top of it go on working;
- a profile that is assumed from a ``[default]`` that is *not* served keeps its meaning: that one is kept under another
  name;
- every other section is as it was.

The files are read by botocore's own parser and written anew, without comments.
"""

from __future__ import annotations

import locale
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.sources.aws.shared_config import (
    CONFIG_FILE_VARIABLE,
    CREDENTIALS_FILE_VARIABLE,
    DEFAULT_CONFIG_FILE,
    DEFAULT_CREDENTIALS_FILE,
    Section,
    profile_of,
    read_sections,
    section_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Settings reference, AWS SDKs and Tools Reference Guide; botocore 1.44 ``credentials.py``.
CREDENTIAL_KEYS = frozenset(
    {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_account_id"),
        "aws_security_token",  # boto's old name of the token
        *("role_arn", "source_profile", "credential_source", "role_session_name", "external_id", "mfa_serial"),
        *("duration_seconds", "web_identity_token_file", "credential_process", "login_session"),
    }
)
_CREDENTIAL_PREFIX = "sso_"

# How a profile is assumed from what the child is handed, by channel.
FROM_CONTAINER = ("credential_source", "EcsContainer")
FROM_ENVIRONMENT = ("credential_source", "Environment")
FROM_DEFAULT = ("source_profile", "default")

# botocore opens these files without naming an encoding.
ENCODING = locale.getpreferredencoding(False)

_KEPT_DEFAULT = "default-outside-exec"

Sections = dict[str, Section]


@dataclass(frozen=True, slots=True)
class ConfigCopies:
    """The text of the two copies, and what the child's environment has to know of them.

    Attributes:
        config, credentials: secrets: other profiles' keys stand in them.
        region: the settings' ``region``, or None.
        needs_instance: a profile that is still there asks the instance metadata service.
    """

    config: Sections
    credentials: Sections
    region: str | None
    needs_instance: bool

    def __repr__(self) -> str:
        return f"<ConfigCopies of {len(self.config) + len(self.credentials)} sections>"


def config_copies(
    environment: Mapping[str, str],
    *,
    settings_of: str = "default",
    served: str | None = "default",
    handed: tuple[str, str] = FROM_CONTAINER,
) -> ConfigCopies:
    """The copies for a child.

    Args:
        environment: names the files (``AWS_CONFIG_FILE``, ``AWS_SHARED_CREDENTIALS_FILE``).
        settings_of: the profile whose settings are the child's.
        served: the profile whose credentials the child is handed, or None when they are no profile's own
            (``--role-arn``). ``[default]`` is always handed over.
        handed: how a profile is assumed from it: :data:`FROM_CONTAINER`, :data:`FROM_ENVIRONMENT` or
            :data:`FROM_DEFAULT`.

    Raises:
        ConfigurationError: a file exists and cannot be read or understood.
    """
    config = read_sections(environment.get(CONFIG_FILE_VARIABLE, DEFAULT_CONFIG_FILE))
    credentials = read_sections(environment.get(CREDENTIALS_FILE_VARIABLE, DEFAULT_CREDENTIALS_FILE))
    settings = _settings(config, credentials, settings_of)
    replaced = {"default"} if served is None else {"default", served}
    if served != "default":
        _keep_default(config, credentials)
    copied_config = {
        name: _rewritten(section, replaced, served, handed)
        for name, section in config.items()
        if profile_of(name) not in replaced
    }
    copied_credentials = {
        name: _rewritten(section, replaced, served, handed)
        for name, section in credentials.items()
        if name not in replaced
    }
    # The profile stays where it can be asked for by name, even if nothing of it is left.
    for name in replaced:
        copied_config[section_of(name)] = dict(settings)
    everything = [*copied_config.values(), *copied_credentials.values()]
    return ConfigCopies(
        copied_config,
        copied_credentials,
        region=settings.get("region") or None,
        needs_instance=any(section.get("credential_source") == "Ec2InstanceMetadata" for section in everything),
    )


def leads_to_credentials(key: str) -> bool:
    """Whether a setting is credentials, or says where they come from."""
    return key in CREDENTIAL_KEYS or key.startswith(_CREDENTIAL_PREFIX)


def written_sections(sections: Sections) -> str:
    """The text of an INI file that botocore reads as these sections."""
    lines = []
    for name, section in sections.items():
        lines.append(f"[{name}]")
        for key, value in section.items():
            if isinstance(value, dict):
                lines += [f"{key} =", *(f"  {inner} = {text}".rstrip() for inner, text in value.items())]
            else:
                lines.append(f"{key} = {value}".rstrip().replace("\n", "\n  "))
        lines.append("")
    return "\n".join(lines)


def _settings(config: Sections, credentials: Sections, profile: str) -> Section:
    """A profile's settings without its credentials. The credentials file's word counts before the config file's."""
    merged: Section = {}
    for name, section in config.items():
        if profile_of(name) == profile:
            merged = dict(section)  # of [profile default] and [default], botocore takes the one that comes last
    merged.update(credentials.get(profile, {}))
    return {key: value for key, value in merged.items() if not leads_to_credentials(key)}


def _keep_default(config: Sections, credentials: Sections) -> None:
    """Give a ``[default]`` that somebody's ``source_profile`` names another name, under which it keeps its keys."""
    everything = [*config.values(), *credentials.values()]
    if not any(section.get("source_profile") == "default" for section in everything):
        return
    for name in [name for name in config if profile_of(name) == "default"]:
        config[section_of(_KEPT_DEFAULT)] = dict(config[name])
    if "default" in credentials:
        credentials[_KEPT_DEFAULT] = dict(credentials["default"])
    for section in [*config.values(), *credentials.values()]:
        if section.get("source_profile") == "default":
            section["source_profile"] = _KEPT_DEFAULT


def _rewritten(
    section: Section, replaced: Collection[str | None], served: str | None, handed: tuple[str, str]
) -> Section:
    """A section of another profile, assumed from what the child is handed where it was from the served one.

    ``credential_source = Environment`` means *what this program was started with*, and so does what is handed over.
    """
    of_the_served = served is not None and section.get("source_profile") in replaced
    of_the_environment = section.get("credential_source") == "Environment"
    if not (of_the_served or of_the_environment):
        return section
    kept = {key: value for key, value in section.items() if key not in {"source_profile", "credential_source"}}
    return {**kept, handed[0]: handed[1]}
