"""How far this machine's clock is off AWS's: measured by the ``Date`` that every answer carries, a refusal too.

STS takes a signature for five minutes around its time stamp (IAM User Guide, "Troubleshooting Signature Version 4"), S3
for fifteen. From four on the difference is reported, and what we sign is signed with the service's time: our own calls
to STS (``signing.py``), and the requests of a ``Session``'s clients (``channels/boto/timing.py``). Other programs are
refused until somebody sets the clock, which is why it is said aloud.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.duration import written

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger("unexpired")

# A minute before STS refuses.
TOLERATED_SECONDS = 240.0
# Between two answers the wall clock and the monotonic one drift apart by less. More is a clock that was set, or a
# machine that slept: then what was measured holds no longer.
_JUMP_SECONDS = 5.0
# AWS General Reference, "AWS service endpoints", with China's and the dual-stack ones.
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class ServiceClocks:
    """The measured differences, by endpoint; AWS's own are one. Safe from any thread.

    Args:
        clock: this machine's.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._measured: dict[str, tuple[float, float]] = {}
        self._warned: set[str] = set()

    def ahead(self, endpoint: str) -> float:
        """Seconds by which the service's clock is ahead of this machine's; 0 where that is tolerable or unknown."""
        with self._mutex:
            ahead, base = self._measured.get(clock_of(endpoint), (0.0, 0.0))
        holds = abs(self._base() - base) <= _JUMP_SECONDS
        return ahead if holds and abs(ahead) > TOLERATED_SECONDS else 0.0

    def observe(self, endpoint: str, headers: Mapping[str, str]) -> None:
        """Measure by the headers (in lower case) of an answer that has just arrived.

        An answer without a time, or with none that can be read, changes nothing. A difference that begins to matter is
        said once.
        """
        ahead = difference(headers, self._clock)
        if ahead is None:
            return
        off, endpoint = abs(ahead) > TOLERATED_SECONDS, clock_of(endpoint)
        with self._mutex:
            self._measured[endpoint] = (ahead, self._base())
            news = off and endpoint not in self._warned
            (self._warned.add if off else self._warned.discard)(endpoint)
        if news:
            _log.warning("%s (clock-skew): set it, or AWS refuses what programs here sign", worded(ahead))

    def _base(self) -> float:
        return self._clock.wall() - self._clock.monotonic()


def clock_of(endpoint: str) -> str:
    """Whose clock an endpoint (an address) has: AWS's services keep one time, somebody else's have their own."""
    host = endpoint.partition("://")[2].partition("/")[0].lower()
    return "AWS" if host.partition(":")[0].endswith(_AWS_DOMAINS) else endpoint


def difference(headers: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> float | None:
    """Seconds by which whoever sent these headers (in lower case) just now is ahead; None where they name no time."""
    try:
        served = parsedate_to_datetime(headers["date"])
        # "-0000" is how an e-mail says that its zone is unknown; HTTP's is always UTC (RFC 9110, "Date").
        served = served if served.tzinfo else served.replace(tzinfo=timezone.utc)
        return served.timestamp() - clock.wall()
    except (KeyError, TypeError, ValueError, OverflowError, IndexError):  # what e-mail dates raise, by Python's version
        return None


def worded(ahead: float) -> str:
    """*this machine's clock is 10m behind AWS's*, in whole minutes."""
    minutes = timedelta(minutes=round(abs(ahead) / 60))
    return f"this machine's clock is {written(minutes)} {'behind' if ahead > 0 else 'ahead of'} AWS's"


CLOCKS = ServiceClocks()
