"""Can a job be kept alive as long as it runs? Asked before it starts, where ``--for`` says how long that is.

What cannot be renewed with nobody present:

- a session that somebody pasted into variables or a file, also where a role is assumed with it: its end is unknown;
- a role that asks for an MFA code: it lasts as long as the session that the code was given for;
- a session that says nothing about its end, from whatever source.

Everything else renews, as far as can be known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.credentials import Credentials, timestamp
from unexpired.engine.duration import written
from unexpired.engine.errors import HorizonTooShort

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from unexpired.sources.aws.plan import Step

_TOKEN_VARIABLES = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_TOKEN_KEYS = ("aws_session_token", "aws_security_token")


def too_short(
    plan: Sequence[Step], credentials: Credentials, keep_for: timedelta, now: datetime, environment: Mapping[str, str]
) -> HorizonTooShort | None:
    """Why the credentials cannot be kept alive that long, or None when nothing speaks against it.

    Args:
        plan: how they are made, base first.
        credentials: the session in hand.
        keep_for: how long the job runs.
        now: aware.
        environment: where the base of the plan may come from.
    """
    if credentials.expires_at is not None and credentials.expires_at >= now + keep_for:
        return None  # the session in hand lasts that long by itself
    wanted = f"The command cannot be kept in credentials for {written(keep_for)}"
    end = "" if credentials.expires_at is None else f"; this session ends {timestamp(credentials.expires_at)}"
    anyway = "start it all the same: --force"
    for step in plan:
        if step.mfa_serial:
            return HorizonTooShort(
                wanted,
                why=f"a new session of {step.role_arn} asks a person for an MFA code{end}",
                next_steps=("use a profile that renews without a person (SSO, or a role without MFA)", anyway),
                cause="mfa-cannot-renew",
                link=step.kind,
            )
        if _is_copy(step, environment):
            variable = step.kind == "environment"
            where = "the environment" if variable else f"the profile {step.profile!r}"
            return HorizonTooShort(
                wanted,
                why=f"the session in {where} is a copy: nothing renews it, and nothing says when it ends{end}",
                next_steps=("use a profile that renews: --profile NAME", anyway),
                cause="static-env-session" if variable else "static-profile-session",
                link=step.kind,
            )
    if credentials.session_token is not None and credentials.expires_at is None:
        return HorizonTooShort(
            wanted,
            why=f"the {credentials.source} source gives a session and not its end, so nobody can tell when to renew",
            next_steps=("let it give an Expiration", anyway),
            cause="process-without-expiration",
            link=credentials.source,
        )
    return None


def _is_copy(step: Step, environment: Mapping[str, str]) -> bool:
    """Whether a step of the plan hands out a session that somebody put there."""
    if step.kind == "environment":
        return any(environment.get(name) for name in _TOKEN_VARIABLES)
    if step.kind == "static_profile" and step.profile is not None:
        from unexpired.sources.aws.shared_config import load_shared_config

        section = load_shared_config(environment).profiles.get(step.profile, {})
        return any(section.get(key) for key in _TOKEN_KEYS)
    return False
