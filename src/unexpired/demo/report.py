"""The sum of it: the closing table, the JSON object, and the three lines to use on one's own job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unexpired.demo.plan import clock

if TYPE_CHECKING:
    from unexpired.demo.scene import LaneScene, Scene

THREE_LINES = (
    ("unexpired exec --profile etl --for 6h -- python job.py", "any program"),
    ('session = unexpired.Session(profile_name="etl")', "Python: two lines"),
    ('s3 = session.client("s3")', ""),
)

_HEADINGS = {"naive": "startup script", "exec": "unexpired exec", "unexpired": "unexpired.Session"}
# How botocore words a refusal: the code, the operation, and then the service's own message.
_REFUSAL = re.compile(r"\((?P<code>\w+)\) when calling the \w+ operation[^:]*: (?P<message>.*)")


def table_rows(scene: Scene) -> list[list[str]]:
    """The closing table as text, its heading first: a row for each question, a column for each lane."""
    return [
        ["", *(_HEADINGS[lane.name] for lane in scene.lanes)],
        ["completed", *(_completed(lane) for lane in scene.lanes)],
        ["objects written", *(f"{lane.objects} of {scene.plan.results}" for lane in scene.lanes)],
        ["requests failed", *(str(lane.failed_requests) for lane in scene.lanes)],
        ["renewals", *(str(len(lane.renewals)) for lane in scene.lanes)],
        ["longest wait", *(f"{lane.slowest_ms:.0f} ms" for lane in scene.lanes)],
    ]


def as_json(scene: Scene) -> dict[str, dict[str, object]]:
    """What ``--json`` prints: ``naive``, ``unexpired`` and ``exec``, each with the same keys.

    ``died_at`` is on the job's own clock, and like ``error`` null for a job that completed; ``longest_wait_ms`` is in
    real milliseconds.
    """
    order = ("naive", "unexpired", "exec")
    lanes = sorted(scene.lanes, key=lambda lane: order.index(lane.name))
    return {lane.name: _lane_json(lane) for lane in lanes}


def service_words(error: str) -> str:
    """``ExpiredToken: The provided token has expired.`` of botocore's sentence; any other text as it is."""
    refusal = _REFUSAL.search(error)
    return f"{refusal['code']}: {refusal['message']}" if refusal else error


def _lane_json(lane: LaneScene) -> dict[str, object]:
    return {
        "completed": lane.completed,
        "died_at": None if lane.died_at is None else clock(lane.died_at),
        "error": service_words(lane.error) or None,
        "renewals": len(lane.renewals),
        "failed_requests": lane.failed_requests,
        "objects": lane.objects,
        "longest_wait_ms": round(lane.slowest_ms),
    }


def _completed(lane: LaneScene) -> str:
    if lane.died_at is not None:
        return f"died at {clock(lane.died_at)}"
    return "yes" if lane.completed else "still running"
