"""How fast a long log is read: ``unexpired explain``, and ``grep -E`` with the words that it looks for."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.rows import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "the cause in a log of 100 MB"
BAR = ">= 0.3x grep -E with the same words, in constant memory"
RATIO, MOST_MEGABYTES = 0.3, 60.0

_MEGABYTES = {"full": 100, "tiny": 1}
_TIMES = {"full": 5, "tiny": 1}
_LINES = (
    "2026-11-21T{h:02}:{m:02}:{s:02}Z INFO  [worker-{w}] batch {n}: {k} rows read from s3://warehouse/orders/part-{n:06}.parquet\n",
    "2026-11-21T{h:02}:{m:02}:{s:02}Z DEBUG [worker-{w}] connection pool: {k} in use, {w} idle, waited {s} ms\n",
    '{{"time":"2026-11-21T{h:02}:{m:02}:{s:02}Z","level":"info","task":"load","attempt":{w},"rows":{k},"bytes":{n}}}\n',
    "2026-11-21T{h:02}:{m:02}:{s:02}Z WARN  [worker-{w}] slow write of part-{n:06}.parquet: {k} ms, attempt {w}\n",
    '10.0.{w}.{s} - - [21/Nov/2026:{h:02}:{m:02}:{s:02} +0000] "GET /orders/{n} HTTP/1.1" 200 {k}\n',
)
_LAST = (
    "botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the PutObject operation: "
    "The provided token has expired.\n"
)


def measure(contender: ModuleType, size: Size) -> Measured:
    if contender.NAME != OURS:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "job.log")
        with log.open("w") as file:
            file.writelines(_job(_MEGABYTES[size] * 1_000_000))
            file.write(_LAST)
        explain = [sys.executable, "-m", "unexpired", "explain", "--json", str(log)]
        megabytes = log.stat().st_size / 1e6
        took, memory = _best(explain, _TIMES[size])
        measured = {"mb_per_s": megabytes / took, "memory_mb": memory}
        if (grep := shutil.which("grep")) is not None:
            measured["grep_mb_per_s"] = megabytes / _best([grep, "-E", "-c", _words(), str(log)], _TIMES[size])[0]
        return measured


def versions() -> dict[str, str]:
    """Of grep."""
    grep = shutil.which("grep")
    if grep is None:
        return {}
    said = subprocess.run([grep, "--version"], capture_output=True, text=True, check=False).stdout
    return {"grep": said.splitlines()[0].split()[-1]} if said else {}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    if not measured:
        return "no such command"
    beside = f", {_ratio(measured):.2f}x grep" if "grep_mb_per_s" in measured else ""
    return f"{measured['mb_per_s']:.0f} MB/s{beside}; {measured['memory_mb']:.0f} MB"


def kept(everybody: dict[str, Measured]) -> bool | None:
    ours = everybody[OURS]
    if "grep_mb_per_s" not in ours:
        return None
    return _ratio(ours) >= RATIO and ours["memory_mb"] <= MOST_MEGABYTES


def _ratio(ours: Measured) -> float:
    return ours["mb_per_s"] / ours["grep_mb_per_s"]


def _job(size: int) -> Iterator[str]:
    """A job's log, the same each time, to about so many bytes."""
    draw = random.Random(1)
    written = 0
    while written < size:
        number = draw.randrange(1_000_000)
        line = draw.choice(_LINES).format(
            h=number % 24, m=number % 60, s=number % 59, w=number % 7, n=number, k=number % 9973
        )
        written += len(line)
        yield line


def _words() -> str:
    from unexpired.explaining._words import WORDS

    return "|".join(word.decode() for word in WORDS)


def _best(command: list[str], times: int) -> tuple[float, float]:
    """Seconds of the fastest run, and the megabytes that the largest held at its peak."""
    seconds, memory = [], []
    for _ in range(times):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, _, used = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - began)
        memory.append(used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
    return min(seconds), max(memory)
