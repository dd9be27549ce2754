"""What botocore's chain comes to on a machine: the winner, how it is made, and what else stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from unexpired.causes._evidence import Keys
    from unexpired.causes._files import Place

SourceName = Literal[
    "environment", "assume_role", "web_identity", "sso", "static_profile", "login", "process", "container", "instance"
]
"""The names of the files in ``sources/``."""

SOURCES: tuple[SourceName, ...] = (
    *("environment", "assume_role", "web_identity", "sso", "static_profile"),
    *("login", "process", "container", "instance"),
)
"""In the order in which botocore asks (``create_credential_resolver``). It asks the config file's own static keys after
the process; the chain shows both files' as one."""

State = Literal["used", "shadowed", "absent", "broken", "skipped"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a source breaks the chain: botocore raises and asks nobody else.

    Attributes:
        cause: the slug.
        message: one sentence, without secrets.
        place: where to look, or None.
    """

    cause: str
    message: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to the credentials.

    Attributes:
        location: where it stands: a variable, a file, an address; None for a role, whose profile says it.
        duration_seconds: what is asked for, or STS's default; None for a kind that does not ask.
        sign_in: the name of the ``sso-session``, or the start address, or the login session.
        keys: the key of a static step.
    """

    kind: SourceName
    profile: str | None = None
    location: str | None = None
    place: Place | None = None
    role_arn: str | None = None
    external_id: str | None = None
    mfa_serial: str | None = None
    duration_seconds: int | None = None
    sign_in: str | None = None
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source of the chain, judged by itself.

    Attributes:
        state: *used*: the winner; *shadowed*: it would give credentials, but another comes first; *absent*: not
            configured; *broken*: configured so that botocore raises; *skipped*: not asked, and `detail` says why.
        plan: how its credentials are made, base first; empty unless it has any.
    """

    source: SourceName
    state: State
    location: str | None
    detail: str
    profile: str | None = None
    plan: tuple[Step, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer of the chain.

    Attributes:
        profile: the profile that was asked for, or ``default``.
        chosen_by: ``--profile``, the name of the variable, or None for the default.
        winner: one of `candidates`, or None: the chain is empty, or broken.
        problem: what breaks it.
    """

    profile: str
    chosen_by: str | None
    candidates: tuple[Candidate, ...]
    winner: Candidate | None
    problem: Problem | None = None

    def of(self, source: SourceName) -> Candidate:
        """The candidate of that source."""
        return next(candidate for candidate in self.candidates if candidate.source == source)
