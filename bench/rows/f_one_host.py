"""Four processes of eight threads, one role: cold, and then through a renewal. How often is STS asked?"""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

from bench.arena import arena, join
from bench.contenders import contender as contender_of

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from types import ModuleType

    from bench.rows import Measured, Size

WHAT = "4 processes x 8 threads, one role"
BAR = "1 STS call cold, 1 at a renewal"

_PROCESSES, _THREADS = 4, 8
_STS_SECONDS = 0.3
_SHORT_HOUR = 6.0


def measure(contender: ModuleType, size: Size) -> Measured:
    processes = _PROCESSES if size == "full" else 2
    module = contender.__name__.rpartition(".")[2]
    with arena(contender, hour=_SHORT_HOUR) as sandbox:
        sandbox.slow(_STS_SECONDS, "sts", "AssumeRole")
        before = sandbox.count("sts", "AssumeRole")
        spawn = multiprocessing.get_context("spawn")
        together = spawn.Barrier(processes + 1)
        workers = [spawn.Process(target=_work, args=(module, together, size)) for _ in range(processes)]
        for worker in workers:
            worker.start()
        together.wait(60)  # everybody is about to ask
        together.wait(60)  # everybody has been answered
        cold = sandbox.count("sts", "AssumeRole") - before
        for worker in workers:
            worker.join()
        failed = sum(worker.exitcode != 0 for worker in workers)
        return {"cold": cold, "renewal": sandbox.count("sts", "AssumeRole") - before - cold, "failed": failed}


def cell(measured: Measured, everybody: dict[str, Measured]) -> str:  # noqa: ARG001 - every row's shape
    return f"{measured['cold']:.0f} cold, {measured['renewal']:.0f} at renewal"


def kept(everybody: dict[str, Measured]) -> bool:
    return everybody["unexpired"] == {"cold": 1, "renewal": 1, "failed": 0}


def _work(module: str, together: Barrier, size: Size) -> None:
    """One of the processes: all threads at once, and again in the last tenth of the session, when all have renewed."""
    from bench.load import Load

    contender = contender_of(module)
    join(contender)
    load = Load(contender.session(), _THREADS)
    together.wait(60)
    first = load.run(1.0)
    together.wait(60)
    again = load.run(_SHORT_HOUR - 1.3 if size == "full" else 0.1)
    if first.failed or again.failed:
        raise SystemExit(1)
