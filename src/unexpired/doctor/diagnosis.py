"""The diagnosis: evidence, horizon, and what each cause has to say, in the order in which a person wants to read it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from unexpired.causes import catalogue, cause
from unexpired.causes._evidence import Online, Refusal
from unexpired.causes._proofs import end_of, is_session
from unexpired.doctor.examine import examine
from unexpired.doctor.horizon import horizon
from unexpired.doctor.processes import look_into
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from unexpired.causes import Cause, Finding, Platform
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
        unseen: causes that were asked for by name and that no machine can show.
    """

    evidence: Evidence
    horizon: Horizon | None
    findings: tuple[Finding, ...]
    wanted: timedelta | None
    platform: Platform
    unseen: tuple[Cause, ...] = ()

    @property
    def long_enough(self) -> bool:
        """Whether the horizon is known to cover what is wanted."""
        if self.wanted is None or self.horizon is None:
            return True
        return self.horizon.covers(self.evidence.now, self.wanted.total_seconds())

    @property
    def unexplained(self) -> Refusal | None:
        """A refusal that no cause of ours accounts for."""
        refusal = self.evidence.online.refusal if self.evidence.online else None
        if refusal is None or any(found.severity == "error" or found.cause == refusal.cause for found in self.findings):
            return None
        return refusal

    @property
    def exit_code(self) -> int:
        """2: the chain is broken; 3: no session could be had, and no finding says why; 1: findings; 0: fine."""
        if self.evidence.chain.problem is not None:
            return 2
        if self.unexplained is not None:
            return 3
        return 1 if self.findings or not self.long_enough else 0

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        chain = self.evidence.chain
        if chain.problem is not None:
            return f"The chain is broken: {chain.problem.message}"
        if chain.winner is None:
            return "Nothing on this machine gives credentials."
        return f"{chain.winner.source} wins{self._verdict()}."

    def _verdict(self) -> str:
        worst = next((finding for finding in self.findings if finding.severity == "error"), None)
        if self.unexplained is not None:
            return f", and cannot be used: {self.unexplained.said}"
        if worst is not None:
            return f", and is in trouble: {worst.cause}"
        if not self.long_enough:
            return ", but is not known to last that long"
        count = len(self.findings)
        return f"; {count} thing{'s' if count > 1 else ''} to know" if count else ", and nothing is wrong with it"

    def to_json(self) -> dict[str, Any]:
        """The object of the contract (``docs/contracts.md``)."""
        chain = self.evidence.chain
        return {
            "version": 1,
            "winner": None if chain.winner is None else self._winner(chain.winner),
            "chain": [_candidate_json(candidate) for candidate in chain.candidates],
            "plan": [_step_json(step) for step in chain.winner.plan] if chain.winner else [],
            "error": self._error(),
            "horizon": None if self.horizon is None else self.horizon.to_json(),
            "findings": [self._finding(finding) for finding in self.findings],
        }

    def _error(self) -> dict[str, str | None] | None:
        problem = self.evidence.chain.problem
        if problem is not None:
            return {"cause": problem.cause, "message": problem.message}
        unexplained = self.unexplained
        return None if unexplained is None else {"cause": unexplained.cause, "message": unexplained.said}

    def _winner(self, winner: Candidate) -> dict[str, Any]:
        online = self.evidence.online
        keys = (online.session if online else None) or winner.plan[-1].keys
        end = expiry(self.evidence)
        return {
            "source": winner.source,
            "profile": winner.profile,
            "access_key_id": keys.key_id if keys else None,
            "expires_at": timestamp(end) if end else None,
            "identity": online.identity if online else None,
            "renews": renews(self.evidence),
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
    offline: bool = True,
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Diagnosis:
    """Find out why credentials lapse on this machine. Changes nothing.

    Args:
        causes: slugs; only these are asked. None: all.
        profile: as ``--profile``: sets the environment's keys aside.
        wanted: how long the credentials should last.
        pid: look at that process's environment and home instead of this one's.
        offline: ask no network and run no program. Otherwise the winner's credentials are fetched (which runs a
            ``credential_process``) and STS is asked whose they are; only this process's own can be, so with `pid` or
            `environ` everything stays offline.
        environ: None takes this process's.
        now: aware; None asks the clock.

    Raises:
        ConfigurationError: there is no cause of that name, or no process that can be looked into.
    """
    asked = _named(causes)
    bearers = any(known.family == "other" for known in asked)
    process = None if pid is None else look_into(pid)
    evidence = examine(environ, profile=profile, now=now, process=process, bearers=bearers)
    if not offline and process is None and environ is None:
        evidence = _asked(evidence, profile, now)
    diagnosis = concluded(evidence, asked, wanted)
    return replace(diagnosis, unseen=tuple(known for known in asked if known.unprovable)) if causes else diagnosis


def _asked(evidence: Evidence, profile: str | None, now: datetime | None) -> Evidence:
    """The evidence with what the network says. The instance's metadata service is asked where nobody else offers."""
    from unexpired.doctor.online import ask, instance_answers

    chain = evidence.chain
    disabled = evidence.environment.variables.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    if chain.winner is None and chain.problem is None and not disabled:
        evidence = examine(profile=profile, now=now, instance=instance_answers(), instance_asked=True)
    try:
        online = ask(evidence, profile=profile)
    except Exception as error:  # noqa: BLE001 - what lies here is known; what the network says is told apart from it
        said = f"STS could not be asked: {type(error).__name__}"
        online = Online("STS", refusal=Refusal(None, said, answered=False) if evidence.chain.winner else None)
    return replace(evidence, online=online)


def concluded(evidence: Evidence, causes: Iterable[Cause], wanted: timedelta | None = None) -> Diagnosis:
    """Ask the causes what they make of the evidence."""
    found = [finding for known in causes if known.prove and (finding := known.prove(evidence)) is not None]
    found.sort(key=lambda finding: (_CONFIDENCE.index(finding.confidence), _SEVERITY.index(finding.severity)))
    return Diagnosis(evidence, horizon(evidence), tuple(found), wanted, this_platform(evidence.environment.variables))


def _named(slugs: tuple[str, ...]) -> Sequence[Cause]:
    if not slugs:
        # Tokens of other systems are asked for by name only: an old registry login is no reason why a session lapses.
        return [known for known in catalogue() if known.family != "other"]
    try:
        return [cause(slug) for slug in dict.fromkeys(slugs)]
    except KeyError as error:
        import difflib  # only for a mistake

        near = difflib.get_close_matches(error.args[0], [known.slug for known in catalogue()], n=3, cutoff=0.5)
        steps = [f"unexpired doctor {slug}" for slug in near] or ["name none: all are looked for, and told by name"]
        raise ConfigurationError(f"There is no cause {error.args[0]!r}", next_steps=tuple(steps)) from None


def this_platform(variables: Mapping[str, str]) -> Platform:  # noqa: ARG001 - which Windows shell it is will need it
    """Where the commands of a cure will be typed. PowerShell is told from cmd by the variable that it sets."""
    if sys.platform == "win32":
        return "powershell" if "PSModulePath" in os.environ else "cmd"
    return "macos" if sys.platform == "darwin" else "linux"


def expiry(evidence: Evidence) -> datetime | None:
    """When the winner's present session ends; None for a long-term key, and for what was not fetched."""
    session = evidence.online.session if evidence.online else None
    if session is not None and session.expires_at is not None:
        return session.expires_at
    keys = evidence.chain.winner.plan[-1].keys if evidence.chain.winner else None
    end = end_of(evidence, keys) if keys else None
    return end[0] if end else None


def renews(evidence: Evidence) -> bool | None:
    """Whether a new session can be made with nobody present when this one lapses; None: long-term, or not known."""
    if evidence.chain.winner is None:
        return None
    plan = evidence.chain.winner.plan
    base, last = plan[0], plan[-1]
    if base.kind in {"environment", "static_profile"}:
        if is_session(base.keys):
            return False  # a role's next session would need a base that is still alive, and nothing renews this one
        if last is base:
            return None
    if any(step.mfa_serial is not None for step in plan):
        return False
    if base.kind == "process":
        session = evidence.online.session if evidence.online and last is base else None
        # Only running it tells: what names an end is asked for again, what names none is kept for ever.
        return None if session is None or not session.token else session.expires_at is not None
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
