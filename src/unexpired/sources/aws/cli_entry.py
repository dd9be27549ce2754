"""Which entry of the AWS CLI's session cache is surely a source's own, and so may be shared with it.

The CLI names an entry by what was asked for (a role, a session's name, a device …) and not by who asked, or whom. Two
bases of one role share a name there, and so do AWS and a simulator of it, or the same words in another config file. An
entry of the wrong one would be a session of somebody else, so we share only where one thing can be meant:

- the files are the default ones, and have not changed since the entry was made, nor since we read them;
- every profile in them whose session has that name makes it of the same base;
- nothing names another endpoint: no variable, no setting, no argument;
- the base stands in the files; the environment's keys, a container's and an instance's are others tomorrow;
- what the entry says of itself fits: whose session it is, and whose token it was made with.

One thing cannot be seen: the CLI itself, run with another endpoint in a variable, writes what it gets there under the
same name, and would take it for AWS's own. A service refuses such a session, and it is then renewed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from unexpired.disk.places import home_path
from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.lookup import ENDPOINT_SETTINGS, ENDPOINT_VARIABLES
from unexpired.sources.aws.plan import PlannedSource
from unexpired.sources.aws.shared_config import DEFAULT_CONFIG_FILE, DEFAULT_CREDENTIALS_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unexpired.sources.aws.lookup import Lookup

# Bases that no file names.
_OF_THE_MOMENT = ("environment", "container", "instance")
# The services that make sessions: STS, and IAM Identity Center's two.
_SERVICES = ("sts", "sso", "sso_oidc")


class InCliCache(PlannedSource, Protocol):
    """A source whose sessions have a name in the CLI's cache."""

    @property
    def named_in_cli_cache(self) -> str | None:
        """The file's name without its ending; None where no profile says all of it."""

    @property
    def made_of(self) -> str:
        """What its sessions are made with, of all that the name leaves out."""


@dataclass(frozen=True)
class CliEntry:
    """One file of the CLI's cache.

    Attributes:
        name: without its ending.
        fits: whether what an entry of the CLI's says of itself is this source's.
        config_files: the shared files, and when they were last changed (seconds since the epoch).
    """

    name: str
    fits: Callable[[Mapping[str, Any]], bool] = field(compare=False)
    config_files: tuple[tuple[str, float], ...]

    def is_current(self) -> bool:
        """Whether the shared files still say what they said."""
        return _changed_at(tuple(name for name, _ in self.config_files)) == self.config_files

    def holds(self, content: Mapping[str, Any], written_at: float) -> bool:
        """Whether an entry that the CLI wrote is this source's session.

        Args:
            content: the entry.
            written_at: seconds since the epoch.
        """
        newest = max((changed_at for _, changed_at in self.config_files), default=0.0)
        return written_at >= newest and self.is_current() and self.fits(content)


def shared_entry(
    source: InCliCache, lookup: Lookup, settings: Mapping[str, str], fits: Callable[[Mapping[str, Any]], bool]
) -> CliEntry | None:
    """The entry that is this source's beyond doubt; None where it could be another's.

    Args:
        source: whose sessions.
        lookup: how it was found.
        settings: what every profile says whose sessions can have the same name.
        fits: see :class:`CliEntry`.
    """
    name, config = source.named_in_cli_cache, lookup.config
    files = (config.config_file, config.credentials_file)
    if name is None or files != (DEFAULT_CONFIG_FILE, DEFAULT_CREDENTIALS_FILE):
        return None
    if not asks_aws(lookup) or source.plan()[0].kind in _OF_THE_MOMENT:
        return None
    if _is_ambiguous(source, name, lookup, settings):
        return None
    return CliEntry(name, fits, _changed_at(files))


def asks_aws(lookup: Lookup) -> bool:
    """Whether nothing says that another endpoint is asked than AWS's own for the Region."""
    if lookup.endpoint_url is not None or any(lookup.environ.get(name) for name in _endpoint_variables()):
        return False
    return all(_names_no_endpoint(section, lookup) for section in (lookup.settings, lookup.section))


def of_a_session(content: Mapping[str, Any], *, role_arn: str, session_name: str | None) -> bool:
    """Whether an answer of STS's is a session of this role; one that does not say whose it is may be.

    STS API Reference, "AssumedRoleUser": ``arn:aws:sts::123456789012:assumed-role/NAME/SESSION``, without the path.
    """
    user = content.get("AssumedRoleUser")
    said = user.get("Arn") if isinstance(user, dict) else None
    if said is None:
        return True
    _, partition, _, _, account, role = role_arn.split(":", 5)
    start = f"arn:{partition}:sts::{account}:assumed-role/{role.rsplit('/', 1)[-1]}/"
    return isinstance(said, str) and (said == start + session_name if session_name else said.startswith(start))


def _is_ambiguous(source: InCliCache, name: str, lookup: Lookup, settings: Mapping[str, str]) -> bool:
    """Whether some profile's session has this name in the CLI's cache, and is another's."""
    from unexpired.sources.aws.chain import first  # the chain knows the sources, which know this file

    for profile, section in lookup.config.profiles.items():
        if any(section.get(setting) != value for setting, value in settings.items()):
            continue
        theirs = replace(
            lookup,
            profile_name=profile,
            scope="profile",
            session_profile=profile,
            settings_profile=profile,
            region_name=None,
            visited=(),
        )
        try:
            other: Any = first(theirs)
        except ConfigurationError:
            continue  # it makes no sessions, for the CLI neither
        same_name = other is not None and getattr(other, "named_in_cli_cache", None) == name
        if same_name and (other.made_of != source.made_of or not asks_aws(theirs)):
            return True
    return False


def _names_no_endpoint(section: Mapping[str, Any], lookup: Lookup) -> bool:
    services = lookup.config.services.get(section.get("services", ""), {})
    return not any(section.get(name) for name in ENDPOINT_SETTINGS) and not any(services.get(s) for s in _SERVICES)


def _endpoint_variables() -> tuple[str, ...]:
    return (*ENDPOINT_VARIABLES, *(f"AWS_ENDPOINT_URL_{service.upper()}" for service in _SERVICES))


def _changed_at(files: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    def moment_of(name: str) -> float:
        try:
            return home_path(name).stat().st_mtime
        except OSError:
            return 0.0  # absent: it says nothing

    return tuple((name, moment_of(name)) for name in files)
