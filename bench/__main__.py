"""``python -m bench [ROW ...]``: every contender through every row, one after the other, and a table at the end."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.arena import ROOT
from bench.contenders import everybody, versions
from bench.rows import rows

if TYPE_CHECKING:
    from types import ModuleType

# Generous: a contender that waits out its retries is slow, not stuck.
_PATIENCE_SECONDS = 120.0
_VERDICTS = {True: "[green]PASS[/]", False: "[red]short[/]", None: "-"}


def main() -> int:
    every_row = rows()
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.partition(":")[2])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(every_row)}; all without one")
    parser.add_argument("--only", action="append", metavar="CONTENDER", help=f"of {', '.join(everybody())}")
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    parser.add_argument(
        "--tiny", action="store_true", help="only see that everything still runs; the numbers are nothing"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.rows if name not in every_row]
    unknown += [name for name in asked.only or () if name not in everybody()]
    if unknown:
        parser.error(f"there is no {unknown[0]!r}")
    names = asked.only or list(everybody())
    results = {row: {name: _measured(row, name, asked.tiny) for name in names} for row in asked.rows or every_row}
    if asked.json:
        found = _versions(results, every_row)
        print(json.dumps({"machine": _machine(), "versions": found, "rows": results}, indent=2))
    else:
        _show(results, every_row)
    return 0


def _measured(row: str, contender: str, tiny: bool) -> dict[str, float] | dict[str, str]:  # noqa: FBT001 - as asked
    """What one contender does in one row; or why it cannot."""
    print(f"bench: {row}: {contender} ...", end=" ", file=sys.stderr, flush=True)
    began = time.monotonic()
    measured = _in_a_process(row, contender, tiny)
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return measured


def _in_a_process(row: str, contender: str, tiny: bool) -> dict[str, float] | dict[str, str]:  # noqa: FBT001 - as asked
    command = [sys.executable, "-m", "bench.child", row, contender, "tiny" if tiny else "full"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, complained = process.communicate(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return {"cannot": f"not done after {_PATIENCE_SECONDS:.0f} s"}
    finally:
        _end(process)
    if process.returncode:
        return {"cannot": (complained.strip().splitlines() or ["it ended without a word"])[-1]}
    measured: dict[str, float] = json.loads(said.splitlines()[-1])
    return measured


def _end(process: subprocess.Popen[str]) -> None:
    """End a measurement that has not ended by itself, with the sandbox and the agent that it started."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGTERM)  # a session of its own: Ctrl-C reaches none of them either
    else:
        process.kill()
    process.wait()


def _show(results: dict[str, dict[str, Any]], every_row: dict[str, ModuleType]) -> None:
    from rich.console import Console
    from rich.table import Table

    contenders, table = everybody(), Table.grid(padding=(0, 2))
    for name, measured in results.items():
        row, fine = every_row[name], {who: what for who, what in measured.items() if "cannot" not in what}
        judged = {"unexpired", "botocore"} <= set(fine)
        verdict = _VERDICTS[row.kept(fine) if judged else None]
        table.add_row(f"[bold]{row.WHAT}[/]", f"bar: {row.BAR}", verdict)
        for who, what in measured.items():
            table.add_row(f"  {contenders[who].NAME}", _cell(row, what, fine))
        table.add_row()
    console = Console()
    console.print(table)
    console.print(_machine(), highlight=False)
    console.print(
        ", ".join(f"{name} {version}" for name, version in _versions(results, every_row).items()), highlight=False
    )


def _cell(row: ModuleType, measured: dict[str, Any], fine: dict[str, dict[str, Any]]) -> str:
    if "cannot" in measured:
        return f"cannot: {measured['cannot']}"
    try:
        return str(row.cell(measured, fine))
    except KeyError as missing:  # compared with somebody who was not asked
        return f"no ratio without {missing.args[0]}"


def _versions(results: dict[str, Any], every_row: dict[str, ModuleType]) -> dict[str, str]:
    """Of the contenders, and of what the rows have beside ours."""
    found = versions()
    for name in results:
        found |= every_row[name].versions() if hasattr(every_row[name], "versions") else {}
    return found


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors"


if __name__ == "__main__":
    sys.exit(main())
