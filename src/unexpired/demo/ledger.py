"""What became of each lane, as the sandbox has it on record: nobody's belief, nobody's log line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unexpired.sandbox.journal import RequestRecord
    from unexpired.sandbox.sessions import Session


@dataclass(frozen=True, slots=True)
class Entry:
    """One lane's account. Moments are seconds since the epoch.

    Attributes:
        sessions_at: when STS issued its sessions, in order; all but the first are renewals.
        objects: how many uploads were accepted and stored.
        refused_at: when its requests were refused or failed, in order.
    """

    sessions_at: tuple[float, ...] = ()
    objects: int = 0
    refused_at: tuple[float, ...] = ()


def read(session_name: str, sessions: Sequence[Session], requests: Sequence[RequestRecord]) -> Entry:
    """The account of the lane whose sessions bear this ``RoleSessionName``.

    Args:
        session_name: the last part of its sessions' ARNs.
        sessions: all that the sandbox has issued.
        requests: all that it has answered.
    """
    own = [session for session in sessions if session.arn.endswith(f"/{session_name}")]
    keys = {session.access_key_id for session in own}
    answered = [request for request in requests if request.access_key_id in keys]
    return Entry(
        sessions_at=tuple(session.issued_at for session in own),
        objects=sum(request.operation == "PutObject" and _went_well(request) for request in answered),
        refused_at=tuple(request.at for request in answered if not _went_well(request)),
    )


def _went_well(request: RequestRecord) -> bool:
    return request.accepted and 200 <= request.status < 300  # noqa: PLR2004 - HTTP's successes
