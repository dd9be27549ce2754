"""Until when a chain of credentials goes on renewing with nobody present, and which link ends it.

Each element that a session is made from (a static key, a sign-in, a role …) is one *link* with an end of its own: a
moment, never (None), or ``"unknown"`` where nothing on this machine betrays it. The chain lasts as long as its shortest
link. An unknown link makes the whole unknown, unless another is known to end first — and even then it may end sooner,
so the answer is a bound that nobody should build on: it stays ``"unknown"``. Nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from unexpired.engine.credentials import timestamp

End = datetime | Literal["unknown"] | None


@dataclass(frozen=True, slots=True)
class Link:
    """One element of the chain, base first.

    Attributes:
        link: what it is: a file's name in ``sources/`` (``assume_role``, ``container``) or, where a source has several,
            the thing that ends (``sso-session``, ``mfa``, ``web-identity-token``).
        until: aware UTC; None when it never ends; ``"unknown"``.
        cause: the slug of what the service will say when it has ended; None for a link that never does.
        why: one sentence: where the end comes from.
        extend: the commands with which a person puts the end off.
        session_seconds: how long each session of this link lasts, where it makes sessions.
        profile: the profile that names it, or None.
    """

    link: str
    until: End
    cause: str | None = None
    why: str = ""
    extend: tuple[str, ...] = ()
    session_seconds: int | None = None
    profile: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The link as the CLI's contract has it."""
        return {
            "link": self.link,
            "until": _end_json(self.until),
            "cause": self.cause,
            "why": self.why,
            "extend": list(self.extend),
            "session_seconds": self.session_seconds,
            "profile": self.profile,
        }


@dataclass(frozen=True, slots=True)
class Horizon:
    """How long a whole chain can go on.

    Attributes:
        until: aware UTC; None when it never ends; ``"unknown"``.
        limited_by: the link that ends it (or hides its end); None when nothing does.
        links: the chain, base first.
    """

    until: End
    limited_by: Link | None = None
    links: tuple[Link, ...] = field(default=())

    def covers(self, now: datetime, seconds: float) -> bool:
        """Whether the chain is known to last that long from now: an unknown end is no promise."""
        if self.until == "unknown":
            return False
        return self.until is None or self.until >= now + timedelta(seconds=seconds)

    def to_json(self) -> dict[str, Any]:
        """The horizon as the CLI's contract has it: ``{"until", "limited_by", "links"}``."""
        limit = self.limited_by
        return {
            "until": _end_json(self.until),
            "limited_by": None
            if limit is None
            else {"link": limit.link, "cause": limit.cause, "why": limit.why, "extend": list(limit.extend)},
            "links": [link.to_json() for link in self.links],
        }


def horizon_of(links: tuple[Link, ...], now: datetime) -> Horizon:
    """The horizon of a chain.

    Args:
        links: base first.
        now: aware; an unknown end is overruled only by one that has already passed.
    """
    known = [link for link in links if isinstance(link.until, datetime)]
    shortest = min(known, key=_moment, default=None)
    unknown = next((link for link in links if link.until == "unknown"), None)
    if unknown is not None and (shortest is None or _moment(shortest) > now):
        return Horizon("unknown", unknown, links)
    return Horizon(shortest.until if shortest else None, shortest, links)


def _moment(link: Link) -> datetime:
    assert isinstance(link.until, datetime)  # noqa: S101 - the callers' filter, told to the type checker
    return link.until


def _end_json(end: End) -> str | None:
    return timestamp(end) if isinstance(end, datetime) else end
