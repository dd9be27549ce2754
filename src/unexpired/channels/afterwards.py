"""What a job that failed may have died of, as far as whoever handed out its credentials can know.

The child's output is its own and is not read: only what was handed out, until when, and whether more could be had. So
this is said only where a session had really ended while the command ran, and never of one that ended well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.credentials import timestamp
from unexpired.engine.policy import Freshness

if TYPE_CHECKING:
    from datetime import datetime

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.status import RefresherStatus


def lost_to(
    status: int,
    *,
    channel: str,
    first: Credentials | None,
    at_end: RefresherStatus,
    renewed_until: datetime | None,
    now: datetime,
) -> str | None:
    """One line: which cause the credentials had ended by, and what to do. None where they had not ended.

    Args:
        status: the command's own.
        channel: how it got its credentials: ``container``, ``file`` or ``env``.
        first: what was in hand when it started.
        at_end: the refresher when it had ended.
        renewed_until: the end of ``--for``; None without one.
        now: when it had ended, aware.
    """
    if status == 0:
        return None
    over = _over(at_end.expires_at, now)
    error = at_end.last_error
    if error is not None and at_end.freshness is Freshness.EXPIRED:
        return _line(status, f"no session could be had any more: {error}", error.cause)
    if renewed_until is not None and renewed_until <= now and over:
        return _line(status, f"nothing was renewed after --for, and what it had {over} — give a longer --for", None)
    began_with = _over(first.expires_at if first else None, now)
    if channel == "env" and began_with:
        told = f"its copy {began_with}, and nothing renews a copy — use --channel container"
        return _line(status, told, "static-env-session")
    if channel == "file" and began_with:
        told = f"the session it began with {began_with}; most SDKs read the file once — use --channel container"
        return _line(status, told, "rotated-file-not-reread")
    return None


def _over(end: datetime | None, now: datetime) -> str:
    return f"ended {timestamp(end)}" if end is not None and end <= now else ""


def _line(status: int, told: str, cause: str | None) -> str:
    named = f" ({cause})" if cause else ""
    return f"the command ended with {status}, and its credentials had ended{named}: {told}"
