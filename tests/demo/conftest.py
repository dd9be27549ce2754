"""Scenes as they come, made by hand."""

from __future__ import annotations

import pytest

from unexpired.demo.plan import Plan
from unexpired.demo.scene import LaneScene, Scene

ERROR = "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired."


@pytest.fixture
def closing_scene() -> Scene:
    """The exported session has died, the two others have reached the end."""
    sessions = (0.0, 2300.0, 4700.0, 7000.0)
    return Scene(
        Plan(),
        (
            LaneScene(
                "naive",
                "a script",
                at=3611,
                sessions=(0.0,),
                objects=58,
                failed_requests=1,
                died_at=3611,
                error=ERROR,
                slowest_ms=31.4,
            ),
            LaneScene("exec", "with exec", at=21600, objects=360, sessions=sessions, completed=True, slowest_ms=41.6),
            LaneScene(
                "unexpired", "with Session", at=21600, objects=360, sessions=sessions, completed=True, slowest_ms=38
            ),
        ),
    )


@pytest.fixture
def middle_scene(closing_scene: Scene) -> Scene:
    """The same, an hour and a half into it."""
    naive = closing_scene.lanes[0]
    return Scene(
        closing_scene.plan,
        (
            naive,
            LaneScene("exec", "with exec", at=5400, objects=88, sessions=(0.0, 2300.0, 4700.0)),
            LaneScene("unexpired", "with Session", at=5390, objects=90, sessions=(0.0, 2300.0, 4700.0)),
        ),
    )


@pytest.fixture
def opening_scene(closing_scene: Scene) -> Scene:
    """Nobody has a session yet."""
    return Scene(closing_scene.plan, tuple(LaneScene(lane.name, lane.title) for lane in closing_scene.lanes))
