"""The report for people: the winner first, a picture of the chain, then each finding with its evidence and its cure.

Whatever stands in somebody's files may stand in a sentence, so control characters are made visible here, once for all.
"""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING

import click

from unexpired.doctor.diagnosis import expiry, renews
from unexpired.doctor.seal import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from unexpired.causes import Finding
    from unexpired.causes._chain import Candidate, Step
    from unexpired.doctor.diagnosis import Diagnosis

_STEPS_SHOWN = 8
"""A longer chain of roles is told by its ends."""

_LONGEST_EVIDENCE = 600
"""What AWS answers names caller, action and role, each an ARN: room for all three."""

_HOURS_IN_DAYS = 72
"""From here on a span is told in days: *1055 days ago*, not *25328 h 08 min ago*."""

_MARKS = {"used": "●", "shadowed": "○", "broken": "✗", "absent": "·", "skipped": "·"}
_COLOURS = {"used": "green", "broken": "red", "error": "red", "warning": "yellow", "note": "cyan"}
_WORDS = {
    "environment": "environment",
    "assume_role": "role",
    "web_identity": "web identity",
    "sso": "sign-in (sso)",
    "static_profile": "static keys",
    "login": "console login",
    "process": "process",
    "container": "container",
    "instance": "instance",
}


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """The report, line by line, with colours that click takes away where nobody sees them."""
    yield from _headline(diagnosis)
    yield ""
    yield from _chain(diagnosis)
    for finding in diagnosis.findings:
        yield ""
        yield from _finding(finding, diagnosis)
    if diagnosis.unexplained is not None:
        yield ""
        yield _bold("no session, and none of the known causes says why", "red")
        yield f"  {shown(diagnosis.unexplained.said, _LONGEST_EVIDENCE)}"
    for unseen in diagnosis.unseen:
        yield ""
        yield f"{_bold(f'not to be seen here: {unseen.slug}', 'cyan')}"
        yield f"  {unseen.unprovable}"
    if diagnosis.unseen and not diagnosis.findings:
        return
    well = not diagnosis.findings and diagnosis.unexplained is None
    if well and diagnosis.evidence.chain.winner is not None and diagnosis.long_enough:
        yield ""
        yield click.style(f"All is well: {_until(diagnosis)}.", fg="green")
    elif not diagnosis.long_enough:
        yield ""
        yield click.style(f"Not long enough: {_until(diagnosis)}.", fg="yellow")


def _headline(diagnosis: Diagnosis) -> Iterator[str]:
    chain = diagnosis.evidence.chain
    if chain.problem is not None:
        yield _bold(f"No credentials: {_safe(chain.problem.message)}", "red")
        return
    if chain.winner is None:
        yield _bold("No credentials: nothing on this machine offers any.", "red")
        return
    winner = chain.winner
    whose = f" of profile {winner.profile}" if winner.profile else ""
    yield _bold(f"{_WORDS[winner.source].capitalize()}{whose}: {winner.detail}")
    if len(winner.plan) > 1:
        yield f"  made from {_plan(winner.plan)}"
    end = expiry(diagnosis.evidence)
    renewal = renews(diagnosis.evidence)
    online = diagnosis.evidence.online
    if online is not None and online.identity is not None:
        yield f"  is {_safe(online.identity)}"
    horizon = diagnosis.horizon
    wrong = {finding.severity for finding in diagnosis.findings}
    # Beside an error, *good until* would be a contradiction; without findings the last line says it.
    if wrong and "error" not in wrong and horizon is not None and horizon.covers(diagnosis.evidence.now, 1):
        yield f"  {_until(diagnosis)}"
    facts = [f"ends {_moment(end, diagnosis)}"] if end else []
    facts += ["renews by itself"] if renewal else ["nothing renews it"] if renewal is False else []
    if facts:
        yield f"  {', '.join(facts)}"


def _plan(plan: tuple[Step, ...]) -> str:
    steps = [_safe(_step(step)) for step in (plan if len(plan) <= _STEPS_SHOWN else (*plan[:2], *plan[-2:]))]
    if len(plan) > len(steps):
        steps.insert(2, f"… {len(plan) - len(steps)} more …")
    return " → ".join(steps)


def _step(step: Step) -> str:
    name = step.profile or step.location or ""
    if step.role_arn:
        return f"{step.role_arn.rpartition('/')[2]} ({name})"
    return f"{_WORDS[step.kind]} ({name})"


def _chain(diagnosis: Diagnosis) -> Iterator[str]:
    silent = []
    chain = diagnosis.evidence.chain
    for candidate in chain.candidates:
        if candidate.state in {"absent", "skipped"}:
            silent.append(candidate)
            continue
        yield _row(candidate, said=chain.problem is not None and candidate.problem == chain.problem)
    if silent:
        names = ", ".join(_WORDS[candidate.source] for candidate in silent if candidate.state == "absent")
        if names:
            yield click.style(f"  · nothing in: {names}", dim=True)
        for candidate in silent:
            if candidate.state == "skipped":
                yield click.style(f"  · {_WORDS[candidate.source]} not asked: {_safe(candidate.detail)}", dim=True)


def _row(candidate: Candidate, *, said: bool) -> str:
    mark = click.style(_MARKS[candidate.state], fg=_COLOURS.get(candidate.state))
    start = f"  {mark} {_WORDS[candidate.source]:<14} {candidate.state:<9}"
    if said:  # by the headline
        return start.rstrip()
    # Why something is broken says where, too.
    place = f"  [{candidate.location}]" if candidate.location and candidate.state != "broken" else ""
    return f"{start} {_safe(candidate.detail)}{_safe(place)}"


def _finding(finding: Finding, diagnosis: Diagnosis) -> Iterator[str]:
    colour = _COLOURS[finding.severity]
    yield f"{_bold(f'{finding.severity}: {finding.cause}', colour)} ({finding.confidence})"
    for seen in finding.evidence:
        yield f"  - {shown(seen, _LONGEST_EVIDENCE)}"
    yield f"  cure: {finding.cure.summary}" + (" (--fix does it)" if finding.edits else "")
    for command in finding.cure.commands[diagnosis.platform]:
        yield click.style(f"    $ {_safe(command)}", bold=True)


def _until(diagnosis: Diagnosis) -> str:
    horizon = diagnosis.horizon
    if horizon is None or horizon.until is None:
        return "good with no end in sight"
    if horizon.until == "unknown":
        limit = horizon.limited_by
        return f"good for now; {_safe(limit.why)}" if limit else "good for now"
    if horizon.until <= diagnosis.evidence.now and horizon.limited_by:
        return f"not beyond now; {_safe(horizon.limited_by.why)}"
    return f"good until {_moment(horizon.until, diagnosis)}"


def _moment(end: datetime, diagnosis: Diagnosis) -> str:
    """The local time, with the day where it is not today's; and how long that is from now."""
    local, now = end.astimezone(), diagnosis.evidence.now.astimezone()
    day = "" if local.date() == now.date() else f"{local:%Y-%m-%d} "
    zone = "Z" if local.tzinfo is timezone.utc else f" {local:%Z}"
    minutes = round((end - diagnosis.evidence.now).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    span = f"{hours} h {rest:02d} min" if hours else f"{rest} min"
    if hours >= _HOURS_IN_DAYS:
        span = f"{hours // 24} days"
    return f"{day}{local:%H:%M}{zone} ({'in ' + span if minutes >= 0 else span + ' ago'})"


def _bold(text: str, colour: str | None = None) -> str:
    return click.style(_safe(text), bold=True, fg=colour)


def _safe(text: str) -> str:
    return shown(text)
