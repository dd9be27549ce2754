"""What a sandbox is set to, and the one place that turns a duration asked for into a lifetime granted."""

from __future__ import annotations

from dataclasses import dataclass

CLOCK_RULE_S = 300
"""How far a request's time may be from the service's, either way: five minutes (SigV4, "Elements of a request").

S3 itself allows fifteen. The sandbox is stricter by default: a job whose clock is six minutes off fails at STS in the
field, and ought to fail wherever it is tried. ``s3_clock_rule_s=900`` is S3's own."""


@dataclass(frozen=True)
class Settings:
    """The sandbox's settings.

    Attributes:
        lifetime_s: The length of sessions that do not ask for one, and the cap for those that do, in seconds; None for
            AWS's own rules. May be far below AWS's fifteen minutes.
        speed: Granted lifetimes are divided by this: at 360 an hour lasts ten seconds.
        clock_rule_s: The clock rule of every service but S3, in seconds. Never divided.
        s3_clock_rule_s: S3's.
    """

    lifetime_s: float | None = None
    speed: float = 1.0
    clock_rule_s: float = CLOCK_RULE_S
    s3_clock_rule_s: float = CLOCK_RULE_S

    def __post_init__(self) -> None:
        if self.speed <= 0:
            raise ValueError(f"speed must be above 0, not {self.speed}")
        if self.lifetime_s is not None and self.lifetime_s <= 0:
            raise ValueError(f"lifetime must be above 0 seconds, not {self.lifetime_s}")

    def granted_s(self, asked_s: int | None, default_s: int, cap_s: int) -> float:
        """What a session lives, in real seconds.

        Args:
            asked_s: The request's ``DurationSeconds``, already found legal; None when it had none.
            default_s: What AWS grants then.
            cap_s: What AWS never exceeds here (``MaxSessionDuration``, the chained hour).
        """
        if asked_s is None:
            nominal: float = self.lifetime_s if self.lifetime_s is not None else min(default_s, cap_s)
        else:
            nominal = min(asked_s, self.lifetime_s) if self.lifetime_s is not None else asked_s
        return nominal / self.speed
