"""Requests in the last 500 seconds of a session, while STS does its work and while not: shared by two rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.arena import arena
from bench.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from bench.rows import Measured, Size
    from unexpired.sandbox.faults import Lifter
    from unexpired.sandbox.remote import RemoteSandbox

_THREADS = 4
_LEFT_SECONDS = 500.0
# Healthy, spoiled, and healthy again, so that what else the machine does weighs on both.
_STRETCH_SECONDS = {"full": 2.0, "tiny": 0.2}


def last_minutes(contender: ModuleType, size: Size, spoil: Callable[[RemoteSandbox], Lifter]) -> Measured:
    """Requests by a session that has 500 s left, and the same with STS spoiled.

    Each contender is at the moment at which it wants a new session: botocore and its like are, because they want one
    when less than ten minutes are left, and ours is told to begin when STS is first spoiled.
    """
    seconds = _STRETCH_SECONDS[size]
    with arena(contender, lifetime=_LEFT_SECONDS) as sandbox:
        load = Load(contender.session(due_after=(0.3 + seconds) / _LEFT_SECONDS), _THREADS)
        load.run(0.3)
        healthy = load.run(seconds)
        with spoil(sandbox):
            spoiled = load.run(2 * seconds)
        healthy += load.run(seconds)
        asked = sandbox.count("sts", "AssumeRole")
    return {
        "sts_calls": asked,
        "failed": spoiled.failed,
        "requests": len(spoiled.durations) + spoiled.failed,
        "throughput": spoiled.throughput / healthy.throughput if healthy.throughput else 0.0,
    }


def shown(measured: Measured) -> str:
    """In a few words."""
    return f"{measured['failed']:.0f} of {measured['requests']:.0f} failed, {measured['throughput']:.2f}x"
