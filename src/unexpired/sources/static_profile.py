"""Keys in a profile: ``aws_access_key_id`` and ``aws_secret_access_key`` in the credentials or the config file.

A long-term key never ends. A pasted session (``aws_session_token`` beside it) ends unseen: the file has no word for it.
Both are read again on each fetch, so that what somebody else rotates there is taken up.

Renews: nobody, but the file is read again each time.
Ends: a long-term key never; a pasted session at its own end, known where a cache holds the same key.
Extend: paste a new session into the file; or use a profile that renews.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.outlook import static_link
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Link
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook
    from unexpired.sources.aws.shared_config import Section

_KEY_ID, _SECRET = "aws_access_key_id", "aws_secret_access_key"
# botocore's METHODs of its two providers.
_CREDENTIALS_FILE, _CONFIG_FILE = "shared-credentials-file", "config-file"


@dataclass(frozen=True)
class StaticProfile:
    """The keys of one section of one file.

    Attributes:
        lookup: whose profile.
        method: botocore's name for the file's provider.
    """

    lookup: Lookup
    method: str
    name = "static_profile"
    shareable = False

    @property
    def key(self) -> str:
        """By access key id."""
        return digest(self.name, access_key_id=self._section.get(_KEY_ID))

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        config = self.lookup.config
        file = config.credentials_file if self.method == _CREDENTIALS_FILE else config.config_file
        return (Step(self.name, profile=self.lookup.profile_name, location=file),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - a copy has no other end than its own
        """A long-term key never ends; a pasted session's end is unknown, unless a cache of the CLI's has it."""
        section, step = self._section, self.plan()[0]
        return (
            static_link(
                self.name,
                section.get(_KEY_ID, ""),
                session="aws_session_token" in section or "aws_security_token" in section,
                cause="static-profile-session",
                where=f"{step.location} [{step.profile}]",
                profile=step.profile,
            ),
        )

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """What the file holds now.

        Raises:
            ConfigurationError: it cannot be read, or the keys are gone from it.
        """
        gone = f"The profile {self.lookup.profile_name!r} has no keys in {self.plan()[0].location} any more"
        return fetched(
            self.lookup, self.name, method=self.method, gone=gone, next_steps=self.lookup.command("aws configure")
        )

    @property
    def _section(self) -> Section:
        config = self.lookup.config
        sections = config.in_credentials if self.method == _CREDENTIALS_FILE else config.in_config
        return sections.get(self.lookup.profile_name, {})


def has_static_keys(section: Section) -> bool:
    """Whether a section counts as one with keys where a role's base is looked for: one of the two is enough there."""
    return _KEY_ID in section or _SECRET in section


def find_in_credentials_file(lookup: Lookup) -> StaticProfile | None:
    """Keys in ``~/.aws/credentials``."""
    return _found(StaticProfile(lookup, _CREDENTIALS_FILE))


def find_in_config_file(lookup: Lookup) -> StaticProfile | None:
    """Keys in ``~/.aws/config``, which botocore looks at last."""
    return _found(StaticProfile(lookup, _CONFIG_FILE))


def _found(source: StaticProfile) -> StaticProfile | None:
    section = source._section  # noqa: SLF001 - this file's own
    if _KEY_ID not in section:
        return None
    if _SECRET not in section:
        step = source.plan()[0]
        raise ConfigurationError(
            f"The profile {step.profile!r} in {step.location} has {_KEY_ID}, but no {_SECRET}",
            why="half a key pair signs nothing, and every SDK stops at it",
            next_steps=("add the other half", f"or remove it: edit {step.location}"),
            cause="partial-credentials",
            link=source.name,
        )
    return source


ABOUT = About(
    title="Keys in a profile",
    found="`aws_access_key_id` and `aws_secret_access_key` in the credentials or config file",
    renews=(
        "nothing: a long-term key needs it not, and a pasted session is a copy. The file is read again when "
        "the session is refused"
    ),
    ends="a pasted session (`aws_session_token`): the CLI's cache may know; otherwise unknown",
    extend="put `role_arn` and `source_profile`, or SSO, in place of the copy",
)

CHAIN = {50: find_in_credentials_file, 80: find_in_config_file}
