"""Lets the story run, moment after moment, and leaves nothing behind."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.demo import ledger, stage
from unexpired.demo.scene import LaneScene, Scene
from unexpired.demo.signals import undisturbed
from unexpired.engine.clock import SYSTEM_CLOCK
from unexpired.sandbox import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from unexpired.demo.lane import Lane
    from unexpired.demo.plan import Plan

# How often a moment is looked at, in real seconds.
_FRAME_SECONDS = 0.15


class Story:
    """The demo from curtain to curtain.

    Use it in a with block::

        with Story(Plan()) as story:
            for scene in story.scenes():
                show(scene)

    Leaving the block, however it is left, ends every process, closes the sandbox's port and removes the files.

    Raises:
        ConfigurationError: the sandbox's packages are not installed.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._sandbox = load()(speed=plan.speed)
        self._lanes: tuple[Lane, ...] = ()
        self._directory: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._directory = Path(tempfile.mkdtemp(prefix="unexpired-demo-"))
            self._sandbox.start()
            self._lanes = stage.lanes(self._sandbox, self.plan, self._directory)
            self._sandbox.slow(self.plan.sts_delay, "sts")
            for lane in self._lanes:
                lane.start()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def scenes(self) -> Iterator[Scene]:
        """Moment after moment, several a second; the last one when every process has ended."""
        pause = threading.Event()
        while True:
            scene = self.scene()
            yield scene
            if scene.over:
                return
            pause.wait(_FRAME_SECONDS)

    def scene(self) -> Scene:
        """This moment."""
        sessions, requests = self._sandbox.sessions, self._sandbox.requests
        entries = [ledger.read(lane.session_name, sessions, requests) for lane in self._lanes]
        return Scene(self.plan, tuple(map(self._lane_scene, self._lanes, entries)))

    def _lane_scene(self, lane: Lane, entry: ledger.Entry) -> LaneScene:
        """What the sandbox and the process know, in the lane's own clock."""
        status, now = lane.status, lane.ended_at or SYSTEM_CLOCK.wall()
        began = lane.started_at if lane.job_comes_first else next(iter(entry.sessions_at), None)

        def clock(moment: float) -> float:
            return 0.0 if began is None else (moment - began) * self.plan.speed

        failed = status not in (None, 0)
        died_at = clock(entry.refused_at[0] if entry.refused_at else now) if failed else None
        return LaneScene(
            name=lane.name,
            title=lane.title,
            at=None if began is None else clock(now) if died_at is None else died_at,
            objects=entry.objects,
            failed_requests=len(entry.refused_at),
            sessions=tuple(clock(moment) for moment in entry.sessions_at),
            died_at=died_at,
            error=lane.last_words if failed else "",
            completed=status == 0,
            slowest_ms=lane.slowest_ms,
        )

    def _clear(self) -> None:
        with undisturbed():
            for lane in self._lanes:
                lane.ask_to_end()
            for lane in self._lanes:
                lane.stop()
            self._sandbox.stop()
            if self._directory is not None:
                shutil.rmtree(self._directory, ignore_errors=True)
