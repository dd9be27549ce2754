"""What several probes ask of the evidence. Like them: no I/O, no state."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes._edits import EditSection, UnsetVariables

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from unexpired.causes._cause import Cause, Cure, Finding, Platform
    from unexpired.causes._chain import Problem, Step
    from unexpired.causes._edits import Edit
    from unexpired.causes._evidence import CachedRole, Evidence, Keys, Online, SignIn

_PLACEHOLDER = re.compile(r"\bPROFILE\b")
_ROLE = re.compile(r"\bROLE\b")
_AS_NOBODY = "aws sts get-caller-identity"
_AS_PROFILE = f"{_AS_NOBODY} --profile PROFILE"


def broken(evidence: Evidence, cause: Cause, cure: Cure | None = None, also: tuple[str, ...] = ()) -> Finding | None:
    """The finding for a source that stops the chain for this cause, or would if it were asked.

    Args:
        evidence: the machine.
        cause: whose slug counts.
        cure: one made more exact.
        also: further evidence.
    """
    problem = evidence.chain.problem
    if problem is not None and problem.cause == cause.slug:
        return cause.found("error", "proven", (told(problem), *also), cure)
    others = [candidate.problem for candidate in evidence.chain.candidates if candidate.problem is not None]
    hidden = tuple(told(other) for other in others if other.cause == cause.slug)
    if hidden:
        return cause.found("warning", "proven", (*hidden, *also), cure)
    return answered(evidence, cause, cure, also)


def answered(evidence: Evidence, cause: Cause, cure: Cure | None = None, also: tuple[str, ...] = ()) -> Finding | None:
    """The finding where whoever was asked for the winner's credentials, or for its identity, gave this answer.

    Args:
        evidence: the machine.
        cause: whose slug the answer means.
        cure: one made more exact.
        also: further evidence.
    """
    refusal = evidence.online.refusal if evidence.online is not None else None
    if refusal is None or refusal.cause != cause.slug:
        return None
    return cause.found("error", "proven", (refusal.said, *also), for_winner(cure or cause.cure, evidence))


def told(problem: Problem) -> str:
    """The problem in a sentence that says where."""
    place = str(problem.place) if problem.place else ""
    return problem.message if not place or place in problem.message else f"{place}: {problem.message}"


def plan(evidence: Evidence) -> tuple[Step, ...]:
    """How the winner's credentials are made, base first; empty where nobody wins."""
    return evidence.chain.winner.plan if evidence.chain.winner else ()


def is_session(keys: Keys | None) -> bool:
    """Whether these keys lapse: they have a token, and their id is not a long-term one's."""
    return keys is not None and keys.kind != "long-term" and (keys.token is not None or keys.kind == "session")


def end_of(evidence: Evidence, keys: Keys) -> tuple[datetime, str] | None:
    """When these keys lapse and how that is known, or None where nothing on this machine betrays it.

    What is written beside the keys counts only where no cache, written by the issuer's own client, knows better.
    """
    entries: tuple[CachedRole | SignIn, ...] = (*evidence.cached_roles, *evidence.login_cache)
    for entry in entries:
        if entry.keys is not None and entry.keys.identity == keys.identity and entry.expires_at is not None:
            return entry.expires_at, f"{entry.place} holds the same session with its end"
    if keys.expires_at is not None:
        return keys.expires_at, f"its end is written at {keys.expires_place or keys.place}"
    return None


def lapsed(evidence: Evidence, keys: Keys | None) -> tuple[datetime, str] | None:
    """As `end_of`, for keys that are known to be past it."""
    refusal = evidence.online.refusal if evidence.online is not None else None
    if (
        keys is not None
        and refusal is not None
        and refusal.code in LAPSED_CODES
        and refusal.signed_with == keys.identity
    ):
        return evidence.now, refusal.said
    end = end_of(evidence, keys) if keys is not None else None
    return end if end is not None and end[0] <= evidence.now else None


_ON_TIME_SECONDS = 60.0
"""Signature Version 4 allows five minutes (fifteen for S3); an answer's date is in whole seconds."""


def is_on_time(online: Online) -> bool:
    """Whether the service's clock and this one's were compared, and agree."""
    return online.offset_seconds is not None and abs(online.offset_seconds) < _ON_TIME_SECONDS


KEY_VARIABLES = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    "AWS_CREDENTIAL_EXPIRATION",
)
LAPSED_CODES = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired")
TOKEN_SETTINGS = ("aws_session_token", "aws_security_token")


def unset(evidence: Evidence, names: tuple[str, ...]) -> tuple[Edit, ...]:
    """The edit that unsets those of the variables that are set; none for another process, whose shell is not here."""
    present = tuple(name for name in names if name in evidence.environment.variables)
    return (UnsetVariables(present),) if present and evidence.process is None else ()


def edit_section(
    evidence: Evidence, keys: Keys, remove: tuple[str, ...], add: tuple[tuple[str, str], ...] = ()
) -> tuple[Edit, ...]:
    """The edit of the section in which these keys stand; none where that is no section of a shared file."""
    profile = evidence.profiles.get(keys.profile or "")
    for file, section in (
        (evidence.credentials, profile.credentials if profile else None),
        (evidence.config, profile.config if profile else None),
    ):
        if section is not None and keys.place.path == file.path and file.state == "read":
            return (EditSection(file.path, file.real, section.name, remove, add),)
    return ()


def lapsed_bearers(evidence: Evidence, kind: str) -> tuple[str, ...]:
    """A sentence for each token of that kind which has ended."""
    return tuple(
        f"{bearer.place}: the token for {bearer.host} lapsed at {moment(bearer.expires_at)}"
        for bearer in evidence.bearers
        if bearer.kind == kind and bearer.expires_at is not None and bearer.expires_at <= evidence.now
    )


def ended(end: tuple[datetime, str], now: datetime) -> str:
    """The sentence for what `lapsed` knows: a moment, or that a service has just said so."""
    return f"it has lapsed: {end[1]}" if end[0] == now else f"it lapsed at {moment(end[0])}: {end[1]}"


def for_profile(cure: Cure, profile: str | None) -> Cure:
    """The cure with the profile's name in the place of ``PROFILE``."""
    if profile is None:
        return cure
    name = quoted(profile or "default")  # a variable that is set to nothing names none
    return replace(cure, commands=_each(cure, lambda command: _PLACEHOLDER.sub(lambda _: name, command)))


def for_winner(cure: Cure, evidence: Evidence) -> Cure:
    """The cure with the winner's profile, or none where it has none, and with the role that it assumes."""
    last = plan(evidence)[-1:]
    if not last:
        return cure
    if last[0].profile is None:
        return replace(cure, commands=_each(cure, lambda command: command.replace(_AS_PROFILE, _AS_NOBODY)))
    return for_role(for_profile(cure, last[0].profile), last[0].role_arn)


def for_role(cure: Cure, role_arn: str | None) -> Cure:
    """The cure with the role's name in the place of ``ROLE``."""
    if not role_arn:
        return cure
    name = quoted(role_arn.rpartition("/")[2])
    return replace(cure, commands=_each(cure, lambda command: _ROLE.sub(lambda _: name, command)))


def _each(cure: Cure, change: Callable[[str], str]) -> dict[Platform, tuple[str, ...]]:
    return {platform: tuple(change(command) for command in typed) for platform, typed in cure.commands.items()}


def quoted(name: str) -> str:
    """A name as one word of a command line."""
    return shlex.quote(name)


def moment(time: datetime) -> str:
    """A moment as the report's sentences have it."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ")
