"""Who may see the agent's page: links that work once, exchanged for a cookie. All of it in memory only.

Both are 256 random bits. Only their SHA-256 is kept: looking one up then tells nothing about it by how long it takes.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.engine.clock import Clock

_BYTES = 32
LINK_SECONDS = 60.0
COOKIE_SECONDS = 12 * 3600.0
# Nobody has more browsers than this; the oldest goes.
_MOST = 16


class Keys:
    """The links and cookies that are valid. Of the event loop's thread.

    Args:
        clock: injected by tests.
    """

    def __init__(self, clock: Clock) -> None:
        self._monotonic = clock.monotonic
        self._links: dict[bytes, float] = {}
        self._cookies: dict[bytes, float] = {}

    def link(self) -> str:
        """A new token for one exchange within 60 seconds."""
        return self._new(self._links, LINK_SECONDS)

    def exchanged(self, token: str) -> str | None:
        """The cookie for a link's token, which is used up by it; None where it was used, has lapsed or never was."""
        until = self._links.pop(_digest(token), None)
        return None if until is None or self._monotonic() >= until else self._new(self._cookies, COOKIE_SECONDS)

    def admits(self, cookie: str) -> bool:
        """Whether this is the value of a cookie that was given out within 12 hours."""
        until = self._cookies.get(_digest(cookie))
        return until is not None and self._monotonic() < until

    def _new(self, kept: dict[bytes, float], seconds: float) -> str:
        token = secrets.token_urlsafe(_BYTES)
        while len(kept) >= _MOST:
            del kept[next(iter(kept))]
        kept[_digest(token)] = self._monotonic() + seconds
        return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
