"""The credentials endpoint of a container: ECS tasks, EKS Pod Identity, and whatever else serves that protocol.

SDKs and Tools Reference Guide, "Container credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

Renews: whoever serves the endpoint (ECS, EKS Pod Identity) renews what it hands out.
Ends: nothing, while the container runs.
Extend: nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.errors import ConfigurationError
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest, subject
from unexpired.sources.aws.metadata_service import extended
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

# The relative one wins, as in botocore.
_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
# ECS, EKS Pod Identity (botocore's ``ContainerMetadataFetcher._ALLOWED_HOSTS``).
_AWS_HOSTS = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")
_TOKEN_FILE_VARIABLE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - a variable's name


@dataclass(frozen=True)
class Container:
    """The endpoint that the variables name."""

    lookup: Lookup
    clock: Clock = SYSTEM_CLOCK
    name = "container"
    shareable = False

    @property
    def key(self) -> str:
        """By address, and by whom the token is about: every pod of a node asks the same address."""
        token_file = self.lookup.environ.get(_TOKEN_FILE_VARIABLE)
        whose = None
        if token_file:
            try:
                whose = subject(Path(token_file).read_text())
            except (OSError, ValueError):
                whose = None
        return digest(self.name, address=self.lookup.environ[self._variable], identity=whose, token_file=token_file)

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, location=self._variable),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - nothing here ends
        """The endpoint renews by itself."""
        return (Link(self.name, None, why="whoever serves the endpoint renews what it hands out"),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """What the endpoint hands out now.

        Raises:
            SourceUnavailable: it cannot be reached, or hands out nothing of use.
            ConfigurationError: its address is one that a token must not be sent to, or its token file cannot be read.
        """
        found = fetched(self.lookup, self.name, gone=f"{self._variable} is not set any more")
        now = moment(self.clock.wall())
        remaining = found.remaining(now)
        if remaining is not None and remaining <= 0 and self._is_aws_own:
            return extended(found, now)
        return found

    @property
    def _is_aws_own(self) -> bool:
        """Whether AWS serves the endpoint; anybody else who serves what has lapsed has a fault."""
        if self._variable == _VARIABLES[0]:
            return True
        return urlsplit(self.lookup.environ.get(_VARIABLES[1], "")).hostname in _AWS_HOSTS

    @property
    def _variable(self) -> str:
        return next((name for name in _VARIABLES if name in self.lookup.environ), _VARIABLES[-1])


def find(lookup: Lookup) -> Container | None:
    """One of the two variables; never for a role's ``source_profile``, which only files can name.

    Raises:
        ConfigurationError: the address is one that botocore will not ask, which is known before anybody asks.
    """
    if lookup.scope == "source_profile" or not any(name in lookup.environ for name in _VARIABLES):
        return None
    if _VARIABLES[0] not in lookup.environ:
        _check_host(lookup.environ[_VARIABLES[1]])
    return Container(lookup)


def _check_host(address: str) -> None:
    """As botocore's ``ContainerMetadataFetcher._validate_allowed_url``: a token goes nowhere in the clear."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _refused("is not an address") from None
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host in _AWS_HOSTS:
        return
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise _refused(f"names {host}, and not by https" if host else "names no host")


def _refused(said: str) -> ConfigurationError:
    return ConfigurationError(
        f"{_VARIABLES[1]} {said}",
        why="without TLS, SDKs ask only this machine, ECS and EKS, and so do we: others could read the keys",
        next_steps=("give it an https address, or a loopback one", f"or take it away: unset {_VARIABLES[1]}"),
        cause="config-invalid",
        link="container",
    )


ABOUT = About(
    title="A container's endpoint",
    found=(
        "`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (ECS) or `…_FULL_URI` (EKS Pod Identity, our own agent), "
        "with the token or its file"
    ),
    renews="the endpoint; its token file is read each time",
    ends=(
        "nothing, while it answers; in an outage AWS's own go on serving the last session, and so do we, "
        "marked `extended`"
    ),
)

CHAIN = {90: find}
