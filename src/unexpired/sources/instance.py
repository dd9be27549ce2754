"""The role of an EC2 instance, from the instance metadata service (IMDSv2).

In an outage the service hands out credentials past their end, and AWS's services then accept them (static stability).
They are served on, marked as ``extended``. botocore instead moves the end of anything that has less than a quarter of
an hour left, outage or not, so that nobody sees the difference.

EC2 User Guide, "Use the Instance Metadata Service":
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html

Renews: the metadata service renews the instance's role.
Ends: nothing, while the instance runs and has the role.
Extend: nothing to do.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.errors import ConfigurationError, SourceUnavailable, UnexpiredError
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.metadata_service import Silence, extended, from_metadata_service, why_silent
from unexpired.sources.aws.plan import Step

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

_DISABLED_VARIABLE = "AWS_EC2_METADATA_DISABLED"
_ENDPOINT_VARIABLE, _ENDPOINT_SETTING = "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"
_DEFAULT_ENDPOINT = "http://169.254.169.254/"

_MODIFY = "aws ec2 modify-instance-metadata-options --instance-id INSTANCE"
_CURES = {
    Silence.UNANSWERED: (f"let the response go further: {_MODIFY} --http-put-response-hop-limit 2",),
    Silence.SWITCHED_OFF: (f"switch it on: {_MODIFY} --http-endpoint enabled",),
    Silence.NO_ROLE: ("attach one: aws ec2 associate-iam-instance-profile --instance-id INSTANCE …",),
    Silence.ROLE_UNUSABLE: ("let the role trust ec2.amazonaws.com: aws iam get-role --role-name ROLE",),
    Silence.UNCLEAR: ("see what it says: unexpired doctor",),
}


class Instance:
    """This machine's metadata service, if it has one: only asking tells."""

    name = "instance"
    shareable = False

    def __init__(self, lookup: Lookup, clock: Clock = SYSTEM_CLOCK) -> None:
        self.lookup = lookup
        self._clock = clock
        self._has_served = False

    @property
    def key(self) -> str:
        """By address and host name: the address is the same on every instance, and a home may be shared by many."""
        return digest(self.name, address=self._address, host=socket.gethostname())

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, location=self._address),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The metadata service renews by itself, if there is one: only asking tells."""
        if outlook.asked(self) is None:
            why = f"only asking {self._address} tells whether this machine is an instance with a role"
            return (Link(self.name, "unknown", "no-credentials", why),)
        return (Link(self.name, None, why="the metadata service renews the instance's role"),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """What the metadata service hands out now.

        Raises:
            ConfigurationError: there is none, or it has nothing for us.
            SourceUnavailable: it had, and is silent now.
        """
        with explaining(Attempt(self.name, self.lookup)):
            found = from_metadata_service(self.lookup)
        if found is None:
            raise self._nothing(why_silent(self._address))
        self._has_served = True
        now = moment(self._clock.wall())
        remaining = found.remaining(now)
        if remaining is not None and remaining <= 0:
            return extended(found, now)
        return found

    def _nothing(self, silence: Silence) -> UnexpiredError:
        why = f"{silence.value} ({self._address})"
        if self._has_served:
            return SourceUnavailable(
                "The instance metadata service has nothing to give, and had",
                why=why,
                next_steps=f"try it: curl -sS {self._address}",
                cause="metadata-stale",
                link=self.name,
            )
        if silence is Silence.ABSENT:
            return ConfigurationError(
                "Nothing here has credentials",
                why=f"no variable and no profile names any, and no metadata service answers at {self._address}",
                next_steps=("see what was looked at: unexpired doctor", "configure some: aws configure sso"),
                cause="no-credentials",
                link=self.name,
            )
        return ConfigurationError(
            "The instance metadata service gives no credentials",
            why=why,
            next_steps=_CURES[silence],
            cause="no-credentials" if silence is Silence.NO_ROLE else "metadata-stale",
            link=self.name,
        )

    @property
    def _address(self) -> str:
        section = self.lookup.settings
        named = self.lookup.environ.get(_ENDPOINT_VARIABLE) or section.get(_ENDPOINT_SETTING)
        return str(named) if named else _DEFAULT_ENDPOINT


def find(lookup: Lookup) -> Instance | None:
    """Always worth asking, except for a role's ``source_profile`` and where ``AWS_EC2_METADATA_DISABLED`` is true."""
    if lookup.scope == "source_profile" or lookup.environ.get(_DISABLED_VARIABLE, "").lower() == "true":
        return None
    return Instance(lookup)


ABOUT = About(
    title="An EC2 instance's role",
    found=(
        "the instance metadata service (IMDSv2; version 1 only where offered), unless `AWS_EC2_METADATA_DISABLED=true`"
    ),
    renews="the metadata service",
    ends=(
        "nothing, while it answers; in an outage it goes on serving the last session, and so do we, marked `extended`"
    ),
)

CHAIN = {100: find}
