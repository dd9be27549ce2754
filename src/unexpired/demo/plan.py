"""How long the job runs, how fast the clock, and how often it uploads."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_SECONDS = 3600.0
# The job uploads a result every minute of its own clock ...
_EVERY_SECONDS = 60.0
# ... but not so often that two cores are busy with nothing else, in real seconds,
_SHORTEST_PAUSE_SECONDS = 0.1
# ... nor so often that three lanes outgrow the 10,000 requests that the sandbox remembers.
_MOST_RESULTS = 3000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen.

    Attributes:
        hours: how long the job runs by its own clock.
        speed: seconds of that clock in one real second: at 360, an hour's session lasts ten seconds.
        sts_delay: real seconds that STS takes to answer. A job that had to wait for a renewal would show it.
    """

    hours: float = 6.0
    speed: float = 360.0
    sts_delay: float = 0.3

    @property
    def real_seconds(self) -> float:
        """How long the job really runs."""
        return self.hours * HOUR_SECONDS / self.speed

    @property
    def pause(self) -> float:
        """Real seconds from one upload to the next."""
        return max(_EVERY_SECONDS / self.speed, _SHORTEST_PAUSE_SECONDS, self.real_seconds / _MOST_RESULTS)

    @property
    def results(self) -> int:
        """How many objects a job writes that reaches its end."""
        return max(1, round(self.real_seconds / self.pause))


def clock(seconds: float) -> str:
    """Seconds as the job's clock shows them: ``1:00:00``."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
