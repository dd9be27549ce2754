"""Time-based one-time passwords, and the rule that AWS takes each only once.

Source: RFC 6238 with its defaults (SHA-1, 30 s, 6 digits), which is what AWS's virtual devices use.
"""

from __future__ import annotations

import base64
import hmac
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_S = 30
_DIGITS = 6
_DRIFT = (0, -1, 1)
"""Steps around now in which a code is good, nearest first: a person's clock and fingers are slow."""


def code(seed: str, step: int) -> str:
    """The code of a base-32 seed in one 30-second step since the epoch."""
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


class OneTimeCodes:
    """Checks codes and remembers those that were used. Safe for threads.

    Args:
        now: Seconds since the epoch by the clock that authenticators go by, which is the machine's.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._used: set[tuple[str, int]] = set()

    def accept(self, seed: str, given: str) -> bool:
        """Is this code good now? A good one is spent by asking."""
        for step in self._steps():
            if hmac.compare_digest(code(seed, step), given):
                with self._lock:
                    if (seed, step) in self._used:
                        return False
                    self._used.add((seed, step))
                return True
        return False

    def fresh(self, seed: str) -> str | None:
        """A code that ``accept`` would take now; None when all of them are spent (wait for the next step)."""
        for step in self._steps():
            if (seed, step) not in self._used:
                return code(seed, step)
        return None

    def _steps(self) -> tuple[int, ...]:
        return tuple(int(self._now() // STEP_S) + drift for drift in _DRIFT)
