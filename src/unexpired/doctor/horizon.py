"""Until when the winner's chain goes on renewing with nobody present: one link for each step of its plan.

The same answers as ``unexpired horizon`` gives (``sources/*.links``), which a test holds; but from the evidence alone,
without the SDK, so that an offline diagnosis stays fast.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from unexpired.causes._proofs import end_of, is_session, quoted
from unexpired.engine.horizon import Horizon, Link, horizon_of
from unexpired.engine.rotation import rotation_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.causes._chain import Step
    from unexpired.causes._evidence import Evidence, SignIn
    from unexpired.engine.horizon import End

# IAM User Guide, "Methods to assume a role": role chaining.
CHAINED_SECONDS = 3600


def horizon(evidence: Evidence) -> Horizon | None:
    """The horizon of the chain's winner, or None where nobody wins."""
    winner = evidence.chain.winner
    if winner is None:
        return None
    return horizon_of(tuple(link for step in winner.plan for link in _LINKS[step.kind](step, evidence)), evidence.now)


def _static(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    keys = step.keys
    if keys is None or not is_session(keys):
        return (Link(step.kind, None, why="a long-term key does not lapse", profile=step.profile),)
    cause = "static-env-session" if step.kind == "environment" else "static-profile-session"
    end = end_of(evidence, keys)
    where = f"the session at {keys.place} is not renewed by anybody"
    why = f"{where}; {end[1]}" if end else f"{where}, and nothing here says when it ends"
    return (Link(step.kind, end[0] if end else "unknown", cause, why, profile=step.profile),)


def _role(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    chained = evidence.chain.winner is not None and _is_chained(step, evidence.chain.winner.plan)
    seconds = step.duration_seconds or CHAINED_SECONDS
    role = Link(
        "assume_role",
        None,
        why="a role that a role assumes: an hour at the most, and then anew" if chained else "assumed anew",
        session_seconds=min(seconds, CHAINED_SECONDS) if chained else seconds,
        profile=step.profile,
    )
    if step.mfa_serial is None:
        return (role,)
    why = f"a person must type a code of {step.mfa_serial} for each session"
    return (Link("mfa", evidence.now, "mfa-cannot-renew", why, profile=step.profile), role)


def _is_chained(step: Step, plan: tuple[Step, ...]) -> bool:
    # By identity: thousands of profiles that name one another are compared in a moment.
    below = plan[: next(place for place, other in enumerate(plan) if other is step)]
    # What our own credential_process asks is the base of whoever runs it.
    base = next((other for other in reversed(below) if other.kind != "process"), below[-1])
    return base.kind not in {"static_profile", "environment"} or is_session(base.keys)


def _web_identity(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    token = next((token for token in evidence.tokens.values() if token.place.path == step.location), None)
    role = Link("web_identity", None, why="assumed anew with the token", session_seconds=step.duration_seconds)
    make = partial(Link, "web-identity-token", profile=step.profile)
    if token is None or token.expires_at is None:
        why = f"the token in {step.location} does not say when it lapses"
        return (make("unknown", "web-identity-token-expired", why), role)
    rotation = rotation_of(
        step.location or "",
        evidence.now,
        ends_at=token.expires_at,
        issued_at=token.issued_at,
        issuer=token.issuer,
        changed_at=token.changed_at,
    )
    if rotation.goes_on:
        return (make(None, why=rotation.why), role)
    return (make(token.expires_at, "web-identity-token-expired", rotation.why), role)


def _sso(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    sign_in = _found(evidence.sso_cache, step)
    profile = evidence.profiles.get(step.profile or "")
    renewable = sign_in is not None and sign_in.renewable and profile is not None and "sso_session" in profile.settings
    if renewable:
        why = "renewed while this client is registered, unless the administrator's limit for sign-ins comes first"
    else:
        why = "the sign-in ends then, and has no refresh token that could renew it"
    until: End = "unknown" if sign_in is None else sign_in.until if renewable else sign_in.expires_at
    extend = (f"aws sso login --profile {quoted(step.profile or 'default')}",)
    link = Link("sso-session", until, "sso-session-expired", why, extend, profile=step.profile)
    return (link, Link("sso", None, why="sessions are made anew with the sign-in", profile=step.profile))


def _login(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    sign_in = _found(evidence.login_cache, step)
    until: End = "unknown"
    why = "the sign-in lasts twelve hours at the most, and does not say since when"
    if sign_in is not None and not sign_in.renewable:
        until, why = sign_in.expires_at or "unknown", "the sign-in has no refresh token"
    elif sign_in is not None and sign_in.until is not None:
        until, why = sign_in.until, "a sign-in renews itself for twelve hours at the most"
    extend = (f"aws login --profile {quoted(step.profile or 'default')}",)
    return (Link("login-session", until, "login-session-expired", why, extend, profile=step.profile),)


def _process(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    if evidence.chain.winner is not None and evidence.chain.winner.plan[0] is not step:
        return ()  # our own command, which was seen through
    make = partial(Link, "process", cause="process-without-expiration", profile=step.profile)
    given = evidence.online.session if evidence.online else None
    if given is None:
        return (make(until="unknown", why="only running the program tells whether it names an end (Expiration)"),)
    if given.expires_at is not None:
        why = "the program names an end and is asked again then; what it needs for that cannot be seen from here"
        return (make(until=None, why=why),)
    if given.token is None:
        return (make(until=None, why=f"the program gives a long-term key, {given.key_id}"),)
    return (make(until="unknown", why="the program gives a session without naming its end (Expiration)"),)


def _endpoint(step: Step, evidence: Evidence) -> tuple[Link, ...]:  # noqa: ARG001 - the links' common signature
    return (Link(step.kind, None, why=f"{step.location} is asked again for as long as it answers"),)


_LINKS: dict[str, Callable[[Step, Evidence], tuple[Link, ...]]] = {
    "environment": _static,
    "static_profile": _static,
    "assume_role": _role,
    "web_identity": _web_identity,
    "sso": _sso,
    "login": _login,
    "process": _process,
    "container": _endpoint,
    "instance": _endpoint,
}


def _found(cache: tuple[SignIn, ...], step: Step) -> SignIn | None:
    return next((entry for entry in cache if entry.place.path == step.location), None)
