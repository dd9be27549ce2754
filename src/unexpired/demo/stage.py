"""Sets the stage: a role, a bucket for each lane, and a configuration that leads to the sandbox and nowhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.demo.lane import Lane

if TYPE_CHECKING:
    from unexpired.demo.plan import Plan
    from unexpired.sandbox.sandbox import Sandbox

JOBS = Path(__file__).parent / "jobs"

_ROLE = "etl"
_REGION = "us-east-1"


def lanes(sandbox: Sandbox, plan: Plan, directory: Path) -> tuple[Lane, ...]:
    """One job and three ways to give it credentials, ready to be started.

    Each lane has its own files and its own store, so that none lives on another's renewal. The key and the role are the
    same for all; the session's name is what the sandbox's records tell them apart by.

    Args:
        sandbox: a running one.
        plan: what the job is told.
        directory: an empty one, for the files.
    """
    import boto3

    role = sandbox.role(_ROLE)
    key = sandbox.user("somebody")
    s3 = boto3.client(
        "s3",
        region_name=_REGION,
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    credentials = directory / "credentials"
    credentials.touch(mode=0o600)
    credentials.write_text(
        f"[base]\naws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
    )

    def environment(session_name: str) -> dict[str, str]:
        config = directory / f"{session_name}.config"
        place = f"region = {_REGION}\nendpoint_url = {sandbox.endpoint_url}\n"
        assumed = f"role_arn = {role}\nsource_profile = base\nrole_session_name = {session_name}\n"
        config.write_text(f"[profile base]\n{place}\n[profile {_ROLE}]\n{place}{assumed}")
        return _without_the_users_own(os.environ) | {
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_EC2_METADATA_DISABLED": "true",
            "UNEXPIRED_STORE_DIR": str(directory / f"{session_name}.store"),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def job(script: str, bucket: str) -> list[str]:
        s3.create_bucket(Bucket=bucket)
        return [sys.executable, str(JOBS / script), bucket, str(plan.results), f"{plan.pause:.6f}"]

    startup = [sys.executable, str(JOBS / "startup.py"), role]
    ours = [sys.executable, "-m", "unexpired", "exec", "--profile", _ROLE, "--for", f"{plan.hours:g}h", "--"]
    return (
        Lane(
            "naive",
            "startup script: assume-role, export, python job.py",
            "startup",
            [*startup, *job("job.py", "results-naive")],
            environment("startup") | {"AWS_PROFILE": "base"},
        ),
        Lane(
            "exec",
            f"unexpired exec --profile {_ROLE} --for {plan.hours:g}h -- python job.py",
            "exec",
            [*ours, *job("job.py", "results-exec")],
            environment("exec"),
        ),
        Lane(
            "unexpired",
            f'job.py with unexpired.Session(profile_name="{_ROLE}")',
            "session",
            job("job_with_session.py", "results-unexpired"),
            environment("session"),
            job_comes_first=True,
        ),
    )


def _without_the_users_own(environ: os._Environ[str]) -> dict[str, str]:
    """The environment without anybody's AWS settings, or ours."""
    return {name: value for name, value in environ.items() if not name.upper().startswith(("AWS_", "UNEXPIRED_"))}
