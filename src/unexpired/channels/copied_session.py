"""A session as a copy for somebody's shell: what to set, what to unset, and the warning that it will end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unexpired.channels.environment import copied_variables, credential_variables_in, region_in_force
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.duration import written
from unexpired.engine.policy import RefreshPolicy
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for
from unexpired.sources.aws.shared_config import PROFILE_VARIABLES, load_shared_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter, Store

# Nothing renews a copy, so one with less than half an hour left is made anew, where the session's length allows.
_COPY_POLICY = RefreshPolicy(reserve_seconds=30 * 60.0)


@dataclass(frozen=True, slots=True)
class CopiedSession:
    """What a shell is to be told.

    Attributes:
        variables: to set; secrets.
        unset: names of what would get in its way here.
        expires_at: its end, aware UTC, or None where none is known.
        warning: one line for a person.
    """

    variables: Mapping[str, str] = field(repr=False)
    unset: tuple[str, ...]
    expires_at: datetime | None
    warning: str

    def to_json(self) -> dict[str, Any]:
        """``unexpired env --json``: see ``docs/contracts.md``."""
        ends = timestamp(self.expires_at) if self.expires_at else None
        return {"version": 1, "variables": dict(self.variables), "unset": list(self.unset), "expires_at": ends}


def copied_session(
    profile: str | None,
    environ: Mapping[str, str],
    *,
    prompter: Prompter | None = None,
    store: Store | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> CopiedSession:
    """A session with as much left as can be had without asking for more than needed. Blocks.

    ``AWS_PROFILE`` is unset where it is set, so the Region that its profile names is set in its place, unless one is
    set already.

    Args:
        profile: None takes what the chain finds.
        environ: the shell's variables.
        prompter: somebody to ask for an MFA code.
        store: shares sessions with other processes.
        clock: measures what is left.

    Raises:
        ConfigurationError: the profile does not exist, or cannot be understood.
        RenewalError: no session could be had.
    """
    source = source_for(profile_name=profile, environ=environ)
    refresher = Refresher(source, store=store, policy=_COPY_POLICY, prompter=prompter, clock=clock)
    try:
        credentials = refresher.credentials()
    finally:
        refresher.close()
    variables = copied_variables(credentials)
    if credentials.expires_at is not None:
        # The AWS CLI's name for it, `aws configure export-credentials --format env`.
        variables["AWS_CREDENTIAL_EXPIRATION"] = timestamp(credentials.expires_at)
    variables |= _region(profile, environ)
    unset = tuple(name for name in credential_variables_in(environ) if name not in variables)
    return CopiedSession(variables, unset, credentials.expires_at, _warning(credentials, profile, clock))


def _region(profile: str | None, environ: Mapping[str, str]) -> dict[str, str]:
    named = profile or next((environ[name] for name in PROFILE_VARIABLES if environ.get(name)), None)
    config = load_shared_config(environ)
    region = config.profile(named).get("region") if named else None
    in_force = region_in_force(environ, region if isinstance(region, str) else None)
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")  # each is read by SDKs that do not read the other
    return {name: in_force for name in names if in_force and not environ.get(name)}


def _warning(credentials: Credentials, profile: str | None, clock: Clock) -> str:
    if credentials.expires_at is None:
        return "this is a copy of credentials without a known end: nothing replaces it when they are withdrawn"
    left = credentials.expires_at - moment(clock.wall())
    instead = f"unexpired exec{f' --profile {profile}' if profile else ''} -- COMMAND"
    return (
        f"this is a copy: it ends at {timestamp(credentials.expires_at)} (in {written(left)}), and nothing renews it; "
        f"what renews is: {instead}"
    )
