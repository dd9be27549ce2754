"""Requests while a session ends and the next begins: does any fail, does any wait?

Four threads send requests through the first half of an hour (of 12 seconds), in which nothing ends, and then until all
have renewed. STS takes 0.3 s. Compared is the time until a request is signed: that is where a renewal would hold it up,
and what the server adds is the same for all. A renewal computes as long in a short hour as in a long one, so that it
weighs three hundred times here what it weighs in earnest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.arena import arena
from bench.load import Load, percentile

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "requests across an expiry"
BAR = "0 failed, p99.9 <= 1.05x of no expiry"

_THREADS = 4
_STS_SECONDS = 0.3
_SHORT_HOUR = 12.0
# Ours begins to renew at 0.6 of the life, botocore and its like at 0.75.
_CALM_SECONDS = 0.55 * _SHORT_HOUR
_ALL_SECONDS = 0.92 * _SHORT_HOUR


def measure(contender: ModuleType, size: Size) -> Measured:
    shorter = 1.0 if size == "full" else 0.05
    with arena(contender, hour=_SHORT_HOUR) as sandbox:
        sandbox.slow(_STS_SECONDS, "sts", "AssumeRole")
        load = Load(contender.session(), _THREADS)
        load.run(0.3)  # the first session, connections, warm caches
        calm = load.run(_CALM_SECONDS * shorter)
        then = load.run((_ALL_SECONDS - _CALM_SECONDS) * shorter)
        issued = sandbox.count("sts", "AssumeRole")
    return {
        "requests": len(calm.durations) + len(then.durations),
        "sessions": issued,
        "failed": calm.failed + then.failed,
        "waited": sum(duration >= _STS_SECONDS for duration in then.until_signed),
        "calm_p999_ms": 1000 * percentile(calm.until_signed, 0.999),
        "p999_ms": 1000 * percentile(calm.until_signed + then.until_signed, 0.999),
    }


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    times = f"{measured['calm_p999_ms']:.1f} -> {measured['p999_ms']:.1f} ms, {_ratio(measured):.2f}x"
    return f"{measured['failed']:.0f} failed, {measured['waited']:.0f} waited, {times}"


def kept(everybody: dict[str, Measured]) -> bool:
    ours = everybody["unexpired"]
    return ours["failed"] == 0 and ours["waited"] == 0 and _ratio(ours) <= 1.05


def _ratio(measured: Measured) -> float:
    return measured["p999_ms"] / measured["calm_p999_ms"]
