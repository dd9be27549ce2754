"""A program of the user's that prints credentials: ``credential_process``.

SDKs and Tools Reference Guide, "Process credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from unexpired.engine.credentials import masked
from unexpired.engine.horizon import Link
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook


@dataclass(frozen=True)
class Process:
    """A profile's ``credential_process``."""

    command: str = field(repr=False)
    lookup: Lookup
    name = "process"
    shareable = True

    @property
    def key(self) -> str:
        """By command line."""
        return digest(self.name, command=self.command)

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, profile=self.lookup.profile_name, location=self.command.split()[0]),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The program is asked again at each ``Expiration``; what it needs itself cannot be seen from here."""
        given = outlook.asked(self) or outlook.kept(self.key)
        make = partial(Link, self.name, cause="process-without-expiration", profile=self.lookup.profile_name)
        if given is None:
            why = "only running the program tells whether it names an end (Expiration)"
            return (make(until="unknown", why=why, extend=(self.lookup.command("unexpired horizon"),)),)
        if given.expires_at is not None:
            why = "the program names an end and is asked again then; what it needs for that cannot be seen from here"
            return (make(until=None, why=why),)
        if given.session_token is None:
            return (make(until=None, why=f"the program gives a long-term key, {masked(given.access_key_id)}"),)
        why = "the program gives a session without naming its end (Expiration), so nobody asks for the next one"
        return (make(until="unknown", why=why, extend=("have the program print Expiration",)),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - it asks by itself, if at all
        """What the program prints now.

        Raises:
            SourceUnavailable: it failed, or printed something else.
            ConfigurationError: it cannot be started, or is gone from the profile.
        """
        gone = f"The profile {self.lookup.profile_name!r} has no credential_process any more"
        return fetched(self.lookup, self.name, gone=gone, next_steps=self.lookup.command("unexpired doctor"))


def find(lookup: Lookup) -> Process | None:
    """A section with ``credential_process``."""
    command = lookup.section.get("credential_process")
    return Process(command, lookup) if command is not None else None


CHAIN = {70: find}
