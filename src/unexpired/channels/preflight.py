"""Can a job be kept alive as long as it runs? Asked before it starts, where ``--for`` says how long that is.

The chain's horizon answers, seen with the session in hand: an MFA code has just been typed, a program has just been
run, and a session that outlasts the job by itself needs no chain at all. An end that nobody knows is no promise.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.duration import written
from unexpired.engine.errors import HorizonTooShort
from unexpired.sources.aws.horizon import horizon
from unexpired.sources.aws.sign_in import offer_sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.horizon import Horizon
    from unexpired.engine.protocols import Prompter, Source, Store

# The horizon's advice to start `unexpired exec` anew would be odd here: that is where it is read.
_HERE = "unexpired exec"
_ONE_CODE = "let one code last: --duration-seconds 12h, where the role's MaxSessionDuration allows it"


def too_short(
    source: Source,
    credentials: Credentials,
    keep_for: timedelta,
    *,
    store: Store | None = None,
    clock: Clock = SYSTEM_CLOCK,
    who: str = "The command",
    anyway: str = "or start it all the same: --force",
    prompter: Prompter | None = None,
    environ: Mapping[str, str] | None = None,
) -> HorizonTooShort | None:
    """Why the credentials cannot be kept alive that long, or None when they can.

    Args:
        source: what makes them; one that knows nothing of its links has an unknown end.
        credentials: the session in hand.
        keep_for: how long the job runs.
        store: where the sessions of the chain's other links are kept.
        clock: what *now* is.
        who: what is to be kept in credentials, for the first sentence.
        anyway: how to go on all the same, for the last.
        prompter: a person, who is offered to sign in where a sign-in is what ends, unless they just have; None asks
            nobody.
        environ: what the sign-in is run with; None for this process's own.
    """
    now = moment(clock.wall())
    if credentials.expires_at is not None and credentials.expires_at >= now + keep_for:
        return None
    found = horizon(source, store=store, clock=clock, held=credentials)
    if found.until == "unknown":
        # The session in hand is a role's, and what the role is assumed with only tells when asked: the instance's
        # metadata, a program. Both have just been, or will be at every renewal.
        found = horizon(source, store=store, clock=clock, held=credentials, ask=True)
    if found.covers(now, keep_for.total_seconds()):
        return None
    limit = found.limited_by
    if limit is not None and prompter is not None and not prompter.has_run:
        ends = f"{who} is to be kept in credentials for {written(keep_for)}, but {_until(found, now)}"
        environ = os.environ if environ is None else environ
        if offer_sign_in(ends, cause=limit.cause, profile=limit.profile, prompter=prompter, environ=environ):
            return too_short(source, credentials, keep_for, store=store, clock=clock, who=who, anyway=anyway)
    steps = tuple(step for step in limit.extend if not step.startswith(_HERE)) if limit else ()
    if limit is not None and limit.cause == "mfa-cannot-renew":
        steps = (_ONE_CODE, *steps)
    return HorizonTooShort(
        f"{who} cannot be kept in credentials for {written(keep_for)}: {_until(found, now)}",
        why=limit.why if limit else f"nothing is known of the {source.name} source",
        next_steps=(*steps, anyway),
        cause=limit.cause if limit else None,
        link=limit.link if limit else source.name,
    )


def _until(found: Horizon, now: datetime) -> str:
    if found.until is None or found.until == "unknown":
        return "nothing says when they end"
    minutes = (found.until - now) // timedelta(minutes=1)
    if minutes < 1:
        return "they cannot be renewed any more"
    return f"they end at {timestamp(found.until)} (in {written(timedelta(minutes=minutes))})"
