"""Keys in the environment: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``.

Whoever exported them renews them, if anybody does; a process never sees it. ``AWS_CREDENTIAL_EXPIRATION`` (AWS CLI's
``export-credentials`` writes it) is the only thing that tells their end.

Renews: nobody: a running process never sees variables that are exported anew.
Ends: a long-term key never; a session at its own end, known from ``AWS_CREDENTIAL_EXPIRATION`` or a cache that holds
    the same key.
Extend: use a profile that renews, in place of exported variables.
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

_KEY_ID = "AWS_ACCESS_KEY_ID"


@dataclass(frozen=True)
class Environment:
    """The variables of this process."""

    lookup: Lookup
    name = "environment"
    shareable = False

    @property
    def key(self) -> str:
        """By access key id."""
        return digest(self.name, access_key_id=self.lookup.environ.get(_KEY_ID))

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, location=_KEY_ID),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - a copy has no other end than its own
        """A long-term key never ends; a session's end is unknown, unless a variable or a cache of the CLI's has it."""
        environ = self.lookup.environ
        token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN")
        return (
            static_link(
                self.name,
                environ.get(_KEY_ID, ""),
                session=bool(token),
                cause="static-env-session",
                where="the environment",
                end=environ.get("AWS_CREDENTIAL_EXPIRATION"),
                extend=("name a profile that renews, which sets the copy aside: --profile PROFILE",),
            ),
        )

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """What the variables hold now.

        Raises:
            ConfigurationError: only part of it is there.
        """
        gone = f"{_KEY_ID} is not set any more"
        return fetched(self.lookup, self.name, gone=gone, next_steps="set it, or name a profile")


def find(lookup: Lookup) -> Environment | None:
    """Keys in the environment, unless somebody named a profile.

    ``--profile`` sets them aside, ``AWS_PROFILE`` does not.

    Raises:
        ConfigurationError: a key id without its secret.
    """
    if lookup.scope != "default" or not lookup.environ.get(_KEY_ID):
        return None
    if not lookup.environ.get("AWS_SECRET_ACCESS_KEY"):
        raise ConfigurationError(
            f"{_KEY_ID} is set, but AWS_SECRET_ACCESS_KEY is not",
            why="half a key pair signs nothing, and every SDK stops at it",
            next_steps=("set both", f"or neither: unset {_KEY_ID} AWS_SESSION_TOKEN"),
            cause="partial-credentials",
            link="environment",
        )
    return Environment(lookup)


ABOUT = About(
    title="Keys in the environment",
    found="`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, where no profile is named",
    renews="nothing: a long-term key needs it not, and an exported session is a copy",
    ends="a session: `AWS_CREDENTIAL_EXPIRATION`, or the CLI's cache if it has the key; otherwise unknown",
    extend=(
        "make the session from its source: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`, "
        "and name a profile"
    ),
)

CHAIN = {10: find}
