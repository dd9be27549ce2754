"""STS takes a second to answer while the session is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.last_minutes import last_minutes, shown

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "STS slow (1 s), 500 s of the session left"
BAR = "0 failed, throughput >= 0.98x"


def measure(contender: ModuleType, size: Size) -> Measured:
    return last_minutes(contender, size, lambda sandbox: sandbox.slow(1.0, "sts", "AssumeRole"))


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    return shown(measured)


def kept(everybody: dict[str, Measured]) -> bool:
    return everybody["unexpired"]["failed"] == 0 and everybody["unexpired"]["throughput"] >= 0.98
