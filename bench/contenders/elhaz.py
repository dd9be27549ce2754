"""elhaz: its daemon, and a profile whose ``credential_process`` asks it (its quickstart)."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import boto3

NAME = DISTRIBUTION = "elhaz"

_COMMAND = Path(sysconfig.get_path("scripts")) / "elhaz"


def session(*, due_after: float | None = None) -> boto3.Session:  # noqa: ARG001 - nothing to tell it
    import boto3

    return boto3.Session(profile_name="elhaz")


@contextmanager
def ready(directory: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Its configuration, and its daemon for as long as the block lasts. It keeps both below the home directory."""
    from bench.arena import role_arn

    with Path(environment["AWS_CONFIG_FILE"]).open("a") as config:
        config.write(f"\n[profile elhaz]\ncredential_process = {_COMMAND} export -n job -f credential-process\n")
    settings = directory / ".elhaz" / "configs" / "job.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"AssumeRole:\n  RoleArn: {role_arn(environment)}\nSession:\n  profile_name: base\n")
    own = {**environment, "HOME": str(directory)}
    compressing = directory / "compressing"
    compressing.mkdir()
    compression = float(environment["BENCH_COMPRESSION"])
    if compression > 1:  # its daemon is botocore's windows too, and a process that we do not write
        (compressing / "sitecustomize.py").write_text(f"import bench.contenders as it\nit.compress({compression})\n")
    path = os.pathsep.join([str(compressing), environment["PYTHONPATH"]])
    subprocess.run([_COMMAND, "daemon", "start"], env={**own, "PYTHONPATH": path}, check=True, capture_output=True)
    try:
        subprocess.run([_COMMAND, "daemon", "add", "-n", "job"], env=own, check=True, capture_output=True)
        yield own
    finally:
        subprocess.run([_COMMAND, "daemon", "stop"], env=own, check=False, capture_output=True)
