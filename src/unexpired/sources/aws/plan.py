"""How a source's credentials are made, step by step, base first: what ``doctor`` shows as the *plan*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Link
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook

_ROLE_KINDS = ("assume_role", "web_identity")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the plan.

    Attributes:
        kind: the name of a file in ``sources/``.
        profile: whose section names it; None where no profile does.
        location: where what it starts from stands: a file, a variable, an address. Never a secret.
        role_arn: for ``assume_role`` and ``web_identity``.
        external_id, mfa_serial: for ``assume_role``, where set.
        duration_seconds: how long a session lasts that nobody asked to be shorter or longer; None where the issuer
        says. sign_in: what a person signs in to (the ``sso-session``'s name or start address, the ``login_session``'s
        ARN).
    """

    kind: str
    profile: str | None = None
    location: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    mfa_serial: str | None = None
    duration_seconds: int | None = None
    sign_in: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The element of ``plan`` as the CLI's contract has it."""
        shown: dict[str, Any] = {"kind": self.kind, "profile": self.profile}
        if self.location is not None:
            shown["location"] = self.location
        if self.kind in _ROLE_KINDS:
            shown["role_arn"] = self.role_arn
            shown["duration_seconds"] = self.duration_seconds
        if self.kind == "assume_role":
            shown |= {"external_id": self.external_id, "mfa_serial": self.mfa_serial}
        return shown


class PlannedSource(Protocol):
    """A source of this folder: what the engine asks for, and the plan."""

    @property
    def name(self) -> str:
        """The kind, in AWS's word."""

    @property
    def key(self) -> str:
        """What tells it from every other source."""

    @property
    def shareable(self) -> bool:
        """Whether other processes may use its sessions."""

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A session from the issuer; see :class:`unexpired.engine.protocols.Source`."""

    def plan(self) -> tuple[Step, ...]:
        """How its credentials are made, base first."""

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """How long each of those can go on with nobody present, base first. Asks no network, runs no program."""
