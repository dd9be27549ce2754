"""Until when the winner's chain goes on renewing with nobody present: one link for each step of its plan.

Only what lies on this machine is known here. What the issuer alone knows (how long an access portal session lasts, what
a process will say) is ``"unknown"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes._proofs import end_of, is_session
from unexpired.engine.horizon import Horizon, Link, horizon_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.causes._chain import Step
    from unexpired.causes._evidence import Evidence, SignIn
    from unexpired.engine.horizon import End


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


def _role(step: Step, evidence: Evidence) -> tuple[Link, ...]:  # noqa: ARG001 - the links' common signature
    role = Link(
        "assume_role",
        None,
        why=f"{step.role_arn} can be assumed again for as long as its base lasts",
        session_seconds=step.duration_seconds,
        profile=step.profile,
    )
    if step.mfa_serial is None:
        return (role,)
    why = f"each session of {step.role_arn} asks for an MFA code, and lasts {step.duration_seconds} s"
    return (Link("mfa", "unknown", "mfa-cannot-renew", why, profile=step.profile), role)


def _web_identity(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    token = next((token for token in evidence.tokens.values() if token.place.path == step.location), None)
    until: End = token.expires_at if token and token.expires_at else "unknown"
    why = f"the token in {step.location} lapses then, unless its issuer has written the next one there by then"
    if until == "unknown":
        why = f"the token in {step.location} does not say when it lapses"
    link = Link("web-identity-token", until, "web-identity-token-expired", why, profile=step.profile)
    role = Link("web_identity", None, why=f"{step.role_arn} can be assumed again with a live token")
    return (link, role)


def _sso(step: Step, evidence: Evidence) -> tuple[Link, ...]:
    sign_in = _found(evidence.sso_cache, step)
    command = (f"aws sso login --profile {step.profile}",)
    if sign_in is None or sign_in.renewable:
        why = f"the sign-in {step.sign_in} is renewed until its portal session ends, which only AWS knows"
        return (Link("sso-session", "unknown", "sso-session-expired", why, command, profile=step.profile),)
    why = f"the sign-in {step.sign_in} cannot be renewed without a person"
    return (Link("sso-session", sign_in.expires_at, "sso-session-expired", why, command, profile=step.profile),)


def _login(step: Step, evidence: Evidence) -> tuple[Link, ...]:  # noqa: ARG001 - the links' common signature
    # AWS CLI User Guide, "Sign in with console credentials": at most twelve hours.
    why = "a console sign-in is renewed for up to twelve hours; the cache does not say since when"
    command = (f"aws login --profile {step.profile}",)
    return (Link("login-session", "unknown", "login-session-expired", why, command, profile=step.profile),)


def _process(step: Step, evidence: Evidence) -> tuple[Link, ...]:  # noqa: ARG001 - the links' common signature
    why = "what the process will say is known only by running it"
    return (Link("process", "unknown", "process-without-expiration", why, profile=step.profile),)


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
