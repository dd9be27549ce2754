"""One moment of the story, ready to be shown: plain values, in the job's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.demo.lane import LaneName
    from unexpired.demo.plan import Plan


@dataclass(frozen=True, slots=True)
class LaneScene:
    """One lane at one moment. Its clock starts with its job; times are seconds of that clock.

    A job of six hours ends some minutes after six, because Python takes half a second to start.

    Attributes:
        name, title: see :class:`unexpired.demo.lane.Lane`.
        at: what its clock says; None before its job has started.
        objects: written so far.
        failed_requests: refused by the sandbox so far.
        sessions: when it got its sessions.
        died_at: when it ended with its work undone: at its first refused request, or without one when its process
        ended. error: what it said then.
        completed: it has ended with its work done.
        slowest_ms: how long its slowest upload took, in real milliseconds; see :class:`unexpired.demo.lane.Lane`.
    """

    name: LaneName
    title: str
    at: float | None = None
    objects: int = 0
    failed_requests: int = 0
    sessions: tuple[float, ...] = ()
    died_at: float | None = None
    error: str = ""
    completed: bool = False
    slowest_ms: float = 0.0

    @property
    def renewals(self) -> tuple[float, ...]:
        """When it got its sessions after the first."""
        return self.sessions[1:]

    @property
    def over(self) -> bool:
        """Its process has ended, one way or the other."""
        return self.completed or self.died_at is not None


@dataclass(frozen=True, slots=True)
class Scene:
    """All lanes at one moment."""

    plan: Plan
    lanes: tuple[LaneScene, ...]

    @property
    def over(self) -> bool:
        """Every process has ended."""
        return all(lane.over for lane in self.lanes)

    @property
    def kept_its_promise(self) -> bool:
        """Everything that ran with us has completed. What becomes of the naive lane is its own business."""
        return all(lane.completed for lane in self.lanes if lane.name != "naive")
