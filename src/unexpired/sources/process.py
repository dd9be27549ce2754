"""A program of the user's that prints credentials: ``credential_process``.

SDKs and Tools Reference Guide, "Process credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup


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
