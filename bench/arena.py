"""Where one contender is measured: a strict sandbox in a process of its own, and a home without anybody's settings.

Runs in the contender's own process, which the row's measuring then fills.
"""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from unexpired.sandbox.remote import RemoteSandbox

ROOT = Path(__file__).resolve().parent.parent
HOUR = 3600.0


@contextmanager
def arena(contender: ModuleType, *, hour: float = HOUR, lifetime: float | None = None) -> Iterator[RemoteSandbox]:
    """A sandbox with the contender ready, and this process's environment set.

    Args:
        contender: see ``contenders``.
        hour: how many seconds an hour lasts. What a contender has fixed in minutes shrinks alike, so that it behaves
            over a session of ten seconds as it does over one of an hour.
        lifetime: how many seconds a session lasts; an hour when None.
    """
    from unexpired.sandbox.remote import RemoteSandbox

    with tempfile.TemporaryDirectory(prefix="bench-") as home, _sandbox(lifetime or hour) as said:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "UNEXPIRED_"))}
        environment |= {
            "HOME": home,
            "AWS_CONFIG_FILE": said["config_file"],
            "AWS_SHARED_CREDENTIALS_FILE": said["credentials_file"],
            "AWS_ENDPOINT_URL": said["endpoint_url"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "UNEXPIRED_STORE_DIR": str(Path(home) / "store"),
            "BENCH_COMPRESSION": str(HOUR / hour),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        with contender.ready(Path(home), environment) as ready:
            os.environ.clear()
            os.environ.update(ready)
            join(contender)
            yield RemoteSandbox(said["endpoint_url"])


def join(contender: ModuleType) -> None:
    """Let the contender live in the arena's hours; for a process that was started in one."""
    compression = float(os.environ["BENCH_COMPRESSION"])
    if compression != 1:
        contender.compress(compression)


def role_arn(environment: Mapping[str, str] = os.environ) -> str:
    """The role that every contender assumes, from the profile that names it."""
    config = configparser.ConfigParser()
    config.read(environment["AWS_CONFIG_FILE"])
    return config["profile job"]["role_arn"]


@contextmanager
def _sandbox(lifetime: float) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "unexpired", "sandbox", "--json", "--lifetime", f"{lifetime:g}s"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_with_path())
    try:
        said: dict[str, str] = json.loads(process.stdout.readline() if process.stdout else "")
        yield said
    finally:
        process.terminate()
        process.wait()


def _with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}
