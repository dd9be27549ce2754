"""The role of an EC2 instance, from the instance metadata service (IMDSv2).

In an outage of STS the service, and botocore after it, hand out credentials past their end and say so in the log; AWS's
services then accept them (static stability).

EC2 User Guide, "Use the Instance Metadata Service":
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.engine.horizon import Link
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

_DISABLED_VARIABLE = "AWS_EC2_METADATA_DISABLED"
_ENDPOINT_VARIABLE, _ENDPOINT_SETTING = "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"
_DEFAULT_ENDPOINT = "http://169.254.169.254/"


@dataclass(frozen=True)
class Instance:
    """This machine's metadata service, if it has one: only asking tells."""

    lookup: Lookup
    name = "instance"
    shareable = False

    @property
    def key(self) -> str:
        """By address and host name: the address is the same on every instance, and a home may be shared by many."""
        return digest(self.name, address=self._address, host=socket.gethostname())

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, location=self._address),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - nothing here ends
        """The metadata service renews by itself."""
        return (Link(self.name, None, why="the metadata service renews the instance's role"),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """What the metadata service hands out now.

        Raises:
            ConfigurationError: there is none, it does not answer in a second, or the instance has no role.
            SourceUnavailable: it answers nonsense.
        """
        return fetched(
            self.lookup,
            self.name,
            gone="Nothing here has credentials: no variable, no profile, and no instance metadata service with a role "
            f"at {self._address}",
            next_steps=(
                "see what was looked at: unexpired doctor",
                "configure some: aws configure sso, or aws configure",
            ),
        )

    @property
    def _address(self) -> str:
        section = self.lookup.config.profiles.get(self.lookup.session_profile or "default", {})
        named = self.lookup.environ.get(_ENDPOINT_VARIABLE) or section.get(_ENDPOINT_SETTING)
        return str(named) if named else _DEFAULT_ENDPOINT


def find(lookup: Lookup) -> Instance | None:
    """Always worth asking, except for a role's ``source_profile`` and where ``AWS_EC2_METADATA_DISABLED`` is true."""
    if lookup.scope == "source_profile" or lookup.environ.get(_DISABLED_VARIABLE, "").lower() == "true":
        return None
    return Instance(lookup)


CHAIN = {100: find}
