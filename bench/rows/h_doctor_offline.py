"""How long somebody in trouble waits: ``doctor --offline``, and ``aws configure list``, which shows only the winner."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "who gives the credentials, and what is wrong, offline"
BAR = "faster than aws configure list"

_TIMES = {"full": 9, "tiny": 1}
_COMMANDS = {
    "unexpired": [sys.executable, "-m", "unexpired", "doctor", "--offline", "--json"],
    "botocore": [str(Path(sysconfig.get_path("scripts")) / "aws"), "configure", "list"],
}
# Long-term keys: with a role, aws configure list would ask STS first.
_CONFIG = "[default]\nregion = eu-west-1\n"
_KEYS = "[default]\naws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = none\n"


def measure(contender: ModuleType, size: Size) -> Measured:
    command = _COMMANDS.get(contender.NAME)
    if command is None:
        return {}
    with tempfile.TemporaryDirectory() as home:
        Path(home, ".aws").mkdir()
        Path(home, ".aws/config").write_text(_CONFIG)
        Path(home, ".aws/credentials").write_text(_KEYS)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environ |= {"HOME": home, "AWS_EC2_METADATA_DISABLED": "true"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        return {"ms": min(_once(command, environ) for _ in range(_TIMES[size])) * 1000}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    return f"{measured['ms']:.0f} ms" if measured else "no such command"


def kept(everybody: dict[str, Measured]) -> bool:
    return everybody["unexpired"]["ms"] < everybody["botocore"]["ms"]


def _once(command: list[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environ)
    return time.perf_counter() - began
