"""How long it takes to be handed a session that needs no renewal: what every request pays before it is signed."""

from __future__ import annotations

import timeit
from typing import TYPE_CHECKING

from bench.arena import arena

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "a fresh credential, in process"
BAR = "20x faster than botocore"

_CALLS = {"full": 20_000, "tiny": 10}


def measure(contender: ModuleType, size: Size) -> Measured:
    with arena(contender):
        credentials = contender.session().get_credentials()
        credentials.get_frozen_credentials()  # the first one asks STS
        calls = _CALLS[size]
        best = min(timeit.repeat(credentials.get_frozen_credentials, number=calls, repeat=7)) / calls
    return {"microseconds": best * 1e6}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:
    return f"{measured['microseconds']:.2f} us, {_faster(measured, everybody):.1f}x"


def kept(everybody: dict[str, Measured]) -> bool:
    return _faster(everybody["unexpired"], everybody) >= 20


def _faster(measured: Measured, everybody: dict[str, Measured]) -> float:
    return everybody["botocore"]["microseconds"] / measured["microseconds"]
