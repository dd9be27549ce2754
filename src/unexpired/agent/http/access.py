"""Who may ask the agent for a role: the rules of ``channels/admission.py``, and what a daemon for many roles adds.

- *uid*: a role is for the users in its ``allow_uids``, the agent's own by default. Root is no exception: what runs as
  root in a container with the socket mounted is to be named. Where the system does not tell whose a TCP client is (all
  but Linux), the token alone decides, and a door without tokens is closed.
- *rate*: each user has so many requests a second. Refusals have a smaller share of their own: who goes on being refused
  is told to slow down and no longer why, and a program with a stale token does not use up what the others need.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unexpired.channels.admission import Refusal
from unexpired.engine.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from unexpired.agent.config import RoleConfig
    from unexpired.agent.http.peer import Peer

# Not against guessing, which 256 bits are: against a loop that nobody looks at.
_REFUSALS_PER_SECOND = 5.0
_REFUSALS_BURST = 50.0
# Two seconds' worth of requests may come at once: a pool of workers starts together.
_BURST_SECONDS = 2.0
_LEAST_BURST = 50.0

TOO_MANY = Refusal(429, "TooManyRequests", "This user asks faster than the agent allows: requests_per_second.")
UID_REFUSED = Refusal(403, "UidRefused", "This role is not for the user that asks: allow_uids in unexpired.toml.")
UID_UNKNOWN = Refusal(403, "UidUnknown", "This system does not say which user asks, and this door has no token.")


def own_uid() -> int:
    """Whose agent this is."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def uid_refused(role: RoleConfig, peer: Peer, *, token_shown: bool) -> Refusal | None:
    """Why a role is not for this client, or None.

    Args:
        role: what is asked for.
        peer: who asks.
        token_shown: the client has the role's token, which only the agent's user can read.
    """
    if peer.uid is None:
        return None if token_shown else UID_UNKNOWN
    return None if peer.uid in role.allow_uids else UID_REFUSED


class Limits:
    """How often each user may ask, and be refused. Of the event loop's thread.

    Args:
        requests_per_second: of one user, at all doors together.
        clock: injected by tests.
    """

    def __init__(self, requests_per_second: float, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._monotonic = clock.monotonic
        self.requests_per_second = requests_per_second
        self._asked: dict[int | None, float] = {}
        self._refused: dict[int | None, float] = {}

    def admit(self, peer: Peer) -> bool:
        """Count a request; whether it may be looked at."""
        now = self._monotonic()
        rate = self.requests_per_second
        full_at = max(self._asked.get(peer.uid, now), now) + 1.0 / rate
        if full_at - now > max(_BURST_SECONDS, _LEAST_BURST / rate):
            return False
        self._asked[peer.uid] = full_at
        return True

    def refuse(self, peer: Peer) -> bool:
        """Count a refusal; whether its reason may be told."""
        now = self._monotonic()
        full_at = max(self._refused.get(peer.uid, now), now) + 1.0 / _REFUSALS_PER_SECOND
        if full_at - now > _REFUSALS_BURST / _REFUSALS_PER_SECOND:
            return False
        self._refused[peer.uid] = full_at
        return True
