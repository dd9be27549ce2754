"""The diagnosis: evidence, horizon, and what each cause has to say, in the order in which a person wants to read it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unexpired.causes import catalogue, cause
from unexpired.causes._proofs import end_of, is_session
from unexpired.doctor.examine import examine
from unexpired.doctor.horizon import horizon
from unexpired.doctor.processes import look_into
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from unexpired.causes import Finding, Platform
    from unexpired.causes._chain import Candidate, Step
    from unexpired.causes._evidence import Evidence
    from unexpired.engine.horizon import Horizon

_CONFIDENCE = ("proven", "likely", "possible")
_SEVERITY = ("error", "warning", "note")


@dataclass(frozen=True)
class Diagnosis:
    """What `doctor` has to say about a machine.

    Attributes:
        evidence: what was found.
        horizon: of the winner; None where nobody wins.
        findings: proven before likely before possible, and in each errors first.
        wanted: how long the credentials should last, or None.
        platform: whose commands the cures name.
    """

    evidence: Evidence
    horizon: Horizon | None
    findings: tuple[Finding, ...]
    wanted: timedelta | None
    platform: Platform

    @property
    def long_enough(self) -> bool:
        """Whether the horizon is known to cover what is wanted."""
        if self.wanted is None or self.horizon is None:
            return True
        return self.horizon.covers(self.evidence.now, self.wanted.total_seconds())

    @property
    def exit_code(self) -> int:
        """2: the chain is broken; 1: findings, or the horizon is too short; 0: fine."""
        if self.evidence.chain.problem is not None:
            return 2
        return 1 if self.findings or not self.long_enough else 0

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        chain = self.evidence.chain
        if chain.problem is not None:
            return f"The chain is broken: {chain.problem.message}"
        if chain.winner is None:
            return "Nothing on this machine gives credentials."
        worst = next((finding for finding in self.findings if finding.severity == "error"), None)
        if worst is not None:
            return f"{chain.winner.source} wins, and is in trouble: {worst.cause}."
        if not self.long_enough:
            return f"{chain.winner.source} wins, but is not known to last that long."
        if self.findings:
            count = len(self.findings)
            return f"{chain.winner.source} wins; {count} thing{'s' if count > 1 else ''} to know."
        return f"{chain.winner.source} wins, and nothing is wrong with it."

    def to_json(self) -> dict[str, Any]:
        """The object of the contract (``docs/contracts.md``)."""
        chain = self.evidence.chain
        problem = chain.problem
        return {
            "version": 1,
            "winner": None if chain.winner is None else self._winner(chain.winner),
            "chain": [_candidate_json(candidate) for candidate in chain.candidates],
            "plan": [_step_json(step) for step in chain.winner.plan] if chain.winner else [],
            "error": None if problem is None else {"cause": problem.cause, "message": problem.message},
            "horizon": None if self.horizon is None else self.horizon.to_json(),
            "findings": [self._finding(finding) for finding in self.findings],
        }

    def _winner(self, winner: Candidate) -> dict[str, Any]:
        last = winner.plan[-1]
        end = expiry(self.evidence, last)
        return {
            "source": winner.source,
            "profile": winner.profile,
            "access_key_id": last.keys.key_id if last.keys else None,
            "expires_at": timestamp(end) if end else None,
            "identity": None,
            "renews": renews(winner.plan),
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        known = cause(finding.cause)
        return {
            "cause": finding.cause,
            "family": known.family,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "evidence": list(finding.evidence),
            "cure": {
                "summary": finding.cure.summary,
                "commands": list(finding.cure.commands[self.platform]),
                "auto": bool(finding.edits),
            },
            "docs": known.docs,
        }


def diagnose(
    *causes: str,
    profile: str | None = None,
    wanted: timedelta | None = None,
    pid: int | None = None,
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Diagnosis:
    """Find out why credentials lapse on this machine. Asks no network, runs nothing, changes nothing.

    Args:
        causes: slugs; only these are asked. None: all.
        profile: as ``--profile``: sets the environment's keys aside.
        wanted: how long the credentials should last.
        pid: look at that process's environment and home instead of this one's.
        environ: None takes this process's.
        now: aware; None asks the clock.

    Raises:
        ConfigurationError: there is no cause of that name, or no process that can be looked into.
    """
    asked = _named(causes)
    process = None if pid is None else look_into(pid)
    evidence = examine(environ, profile=profile, now=now, process=process)
    return concluded(evidence, asked, wanted)


def concluded(evidence: Evidence, causes: Iterable[Any], wanted: timedelta | None = None) -> Diagnosis:
    """Ask the causes what they make of the evidence."""
    found = [finding for known in causes if known.prove and (finding := known.prove(evidence)) is not None]
    found.sort(key=lambda finding: (_CONFIDENCE.index(finding.confidence), _SEVERITY.index(finding.severity)))
    return Diagnosis(evidence, horizon(evidence), tuple(found), wanted, this_platform(evidence.environment.variables))


def _named(slugs: tuple[str, ...]) -> Iterable[Any]:
    if not slugs:
        return catalogue()
    try:
        return [cause(slug) for slug in dict.fromkeys(slugs)]
    except KeyError as error:
        raise ConfigurationError(
            f"There is no cause {error.args[0]!r}", next_steps="see docs/causes for their names"
        ) from None


def this_platform(variables: Mapping[str, str]) -> Platform:  # noqa: ARG001 - which Windows shell it is will need it
    """Where the commands of a cure will be typed. PowerShell is told from cmd by the variable that it sets."""
    if sys.platform == "win32":
        return "powershell" if "PSModulePath" in os.environ else "cmd"
    return "macos" if sys.platform == "darwin" else "linux"


def expiry(evidence: Evidence, step: Step) -> datetime | None:
    """When the winner's present session ends, as far as this machine knows; None for what is yet to be made."""
    if step.keys is None:
        return None
    end = end_of(evidence, step.keys)
    return end[0] if end else None


def renews(plan: tuple[Step, ...]) -> bool | None:
    """Whether a new session can be made with nobody present when this one lapses; None: long-term, or not known."""
    base, last = plan[0], plan[-1]
    if base.kind in {"environment", "static_profile"}:
        if is_session(base.keys):
            return False  # a role's next session would need a base that is still alive, and nothing renews this one
        if last is base:
            return None
    if any(step.mfa_serial is not None for step in plan):
        return False
    if base.kind == "process":
        return None  # only running it would tell
    return True


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "source": candidate.source,
        "state": candidate.state,
        "location": candidate.location,
        "detail": candidate.detail,
        "profile": candidate.profile,
    }


def _step_json(step: Step) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": step.kind, "profile": step.profile}
    if step.kind == "assume_role":
        return shown | {
            "role_arn": step.role_arn,
            "external_id": step.external_id,
            "mfa_serial": step.mfa_serial,
            "duration_seconds": step.duration_seconds,
        }
    if step.kind == "web_identity":
        shown["role_arn"] = step.role_arn
    return shown | {"location": step.location}


def failed(error: Exception) -> dict[str, Any]:
    """The object of the contract for a diagnosis that could not be made: an unknown cause, or a fault of ours."""
    slug, message = None, f"unexpired has a bug: {type(error).__name__}"
    if isinstance(error, UnexpiredError):
        slug, message = error.cause, error.what
    return {
        "version": 1,
        "winner": None,
        "chain": [],
        "plan": [],
        "error": {"cause": slug, "message": message},
        "horizon": None,
        "findings": [],
    }
