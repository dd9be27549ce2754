"""What it costs to have it: an import over bare Python, and a command's help."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "import, and --help, over bare Python"
BAR = "< 20 ms, < 120 ms"

_TIMES = {"full": 6, "tiny": 1}
_COMMANDS = {
    "unexpired": [sys.executable, "-m", "unexpired", "--help"],
    "elhaz": [str(Path(sysconfig.get_path("scripts")) / "elhaz"), "--help"],
}


def measure(contender: ModuleType, size: Size) -> Measured:
    # The best of several: what a busy machine adds is not the contender's.
    times, name = _TIMES[size], contender.NAME
    module = name.replace("-", "_") if name != "botocore" else "boto3"
    bare = _best(times, [sys.executable, "-c", "pass"])
    measured = {"import_ms": _best(times, [sys.executable, "-c", f"import {module}"]) - bare}
    if name in _COMMANDS:
        measured["help_ms"] = _best(times, _COMMANDS[name]) - bare
    return measured


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    shown = f"{measured['import_ms']:.0f} ms"
    return f"{shown}, {measured['help_ms']:.0f} ms" if "help_ms" in measured else f"{shown}, no command"


def kept(everybody: dict[str, Measured]) -> bool:
    return everybody["unexpired"]["import_ms"] < 20 and everybody["unexpired"]["help_ms"] < 120


def _best(times: int, command: list[str]) -> float:
    """The shortest of so many runs, in milliseconds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    shortest = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        shortest = min(shortest, time.perf_counter() - began)
    return 1000 * shortest
