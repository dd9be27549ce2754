"""How long an SDK waits for its ``credential_process``: ours beside an agent, and the AWS CLI's ``export-credentials``.

Version 1 of the CLI has no such command. ``aws configure list`` does the same work there: it finds the credentials, a
role's from the CLI's own cache, and prints the most part of them as asterisks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.agent import agent
from bench.arena import arena

if TYPE_CHECKING:
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "a credential_process, agent running"
BAR = "<= 1.5x python -c pass, >= 8x faster than aws configure export-credentials"

_TIMES = {"full": 20, "tiny": 1}
_SCRIPTS = Path(sysconfig.get_path("scripts"))
_REGION = {"AWS_DEFAULT_REGION": "us-east-1"}
_BARE = [sys.executable, "-c", "pass"]
# Where the package is only on the path there is no script; this imports what one does that uv has written.
_AS_A_SCRIPT = [sys.executable, "-c", "import sys; from unexpired_start import main; sys.exit(main())"]


def measure(contender: ModuleType, size: Size) -> Measured:
    if contender.NAME not in ("unexpired", "botocore"):
        return {}
    with arena(contender), ExitStack() as beside:
        if contender.NAME == "botocore":
            command, exports = _aws()
            # A role's session is made once and kept for both versions; the older of version 2 know no other STS.
            _once([str(_SCRIPTS / "aws"), "configure", "list", "--profile", "job"], {**os.environ, **_REGION})
            return {**_best(_TIMES[size], [*command, "--profile", "job"]), "exports": float(exports)}
        beside.enter_context(agent('[roles.job]\nprofile = "job"\n')).ask("/process/job")
        script = _SCRIPTS / "unexpired"
        command = [str(script)] if script.exists() else _AS_A_SCRIPT
        return _best(_TIMES[size], [*command, "credential-process", "--profile", "job"])


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:
    if not measured:
        return "no such command"
    shown = f"{measured['ms']:.0f} ms, {measured['ms'] / measured['bare_ms']:.2f}x python -c pass"
    if "exports" not in measured:
        return shown
    slower = measured["ms"] / everybody["unexpired"]["ms"]
    command = "aws configure export-credentials" if measured["exports"] else "aws configure list, as version 1 has it"
    return f"{shown}, {slower:.0f}x ours ({command})"


def kept(everybody: dict[str, Measured]) -> bool:
    ours, peer = everybody["unexpired"], everybody["botocore"]
    return ours["ms"] <= 1.5 * ours["bare_ms"] and 8 * ours["ms"] <= peer["ms"]


def versions() -> dict[str, str]:
    """What stands beside ours here, and is no package of this environment."""
    return {"aws": _version(_aws()[0][0])}


def _best(times: int, command: list[str]) -> Measured:
    """The shortest of so many runs, and of as many of bare Python between them, in milliseconds."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if (_SCRIPTS / "unexpired").exists():
        environ.pop("PYTHONPATH", None)  # everything is installed, and nobody's environment has more on its path
    environ |= _REGION
    _once(command, environ)  # a role's first session is STS's doing, and is kept
    runs = [(_once(command, environ), _once(_BARE, environ)) for _ in range(times)]
    ours, bare = zip(*runs, strict=True)
    return {"ms": 1000 * min(ours), "bare_ms": 1000 * min(bare)}


def _once(command: list[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environ)
    return time.perf_counter() - began


def _aws() -> tuple[list[str], bool]:
    """The CLI's command, and whether it is ``export-credentials``: version 2 if any ``aws`` on the path is of it."""
    here = str(_SCRIPTS / "aws")
    found = (shutil.which("aws", path=folder) for folder in os.environ.get("PATH", "").split(os.pathsep))
    second = next((aws for aws in dict.fromkeys(found) if aws and _version(aws).startswith("2")), None)
    return ([second, "configure", "export-credentials"], True) if second else ([here, "configure", "list"], False)


@cache
def _version(aws: str) -> str:
    """``1.46.2``, of ``aws-cli/1.46.2 Python/3.11.7 ...``."""
    done = subprocess.run([aws, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("/")[2].partition(" ")[0]
