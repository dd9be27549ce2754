"""Sessions of 15 minutes, the shortest that STS grants: how often is it asked?

botocore renews when less than 15 minutes are left, which is always (boto/botocore#2189).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.arena import arena

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "15-minute sessions"
BAR = "1 STS call for 200 requests"

_REQUESTS = {"full": 200, "tiny": 3}
_PATIENCE_SECONDS = 8.0  # who asks STS by starting a program does not get through all of them


def measure(contender: ModuleType, size: Size) -> Measured:
    with arena(contender, lifetime=900) as sandbox:
        # S3, because boto3-refresh-session caches clients: a plain STS client is the one that assumes the role.
        client = contender.session().client("s3")
        end, requests = time.monotonic() + _PATIENCE_SECONDS, 0
        while requests < _REQUESTS[size] and time.monotonic() < end:
            client.list_buckets()
            requests += 1
        return {"requests": requests, "sts_calls": sandbox.count("sts", "AssumeRole")}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    return f"{measured['sts_calls']:.0f} for {measured['requests']:.0f}"


def kept(everybody: dict[str, Measured]) -> bool:
    return everybody["unexpired"]["sts_calls"] == 1
