"""Requests in the last 500 seconds of a session, before and while STS does not do its work: shared by two rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.arena import arena
from bench.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from bench.rows import Measured, Size
    from unexpired.sandbox.remote import RemoteSandbox

_THREADS = 4
_LEFT_SECONDS = 500.0


def last_minutes(contender: ModuleType, size: Size, spoil: Callable[[RemoteSandbox], object]) -> Measured:
    """Requests by a session that has 500 s left, and then the same with STS spoiled.

    Each contender is at the moment at which it wants a new session: botocore and its like are, because they want one
    when less than ten minutes are left, and ours is told to begin when STS is spoiled.
    """
    seconds = 4.0 if size == "full" else 0.5
    with arena(contender, lifetime=_LEFT_SECONDS) as sandbox:
        load = Load(contender.session(due_after=seconds / _LEFT_SECONDS), _THREADS)
        load.run(0.3)
        before = load.run(seconds)
        spoil(sandbox)
        spoiled = load.run(seconds)
    return {
        "failed": spoiled.failed,
        "requests": len(spoiled.durations) + spoiled.failed,
        "throughput": spoiled.throughput / before.throughput if before.throughput else 0.0,
    }


def shown(measured: Measured) -> str:
    """In a few words."""
    return f"{measured['failed']:.0f} of {measured['requests']:.0f} failed, {measured['throughput']:.2f}x"
