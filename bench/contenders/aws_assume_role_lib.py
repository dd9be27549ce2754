"""aws-assume-role-lib: ``assume_role`` on a parent session, with the file cache that its README offers for sharing."""

from __future__ import annotations

from pathlib import Path

import boto3

NAME = DISTRIBUTION = "aws-assume-role-lib"


def session(*, due_after: float | None = None) -> boto3.Session:  # noqa: ARG001 - nothing to tell it
    import aws_assume_role_lib

    from bench.arena import role_arn

    cache = aws_assume_role_lib.JSONFileCache(Path.home() / ".aws" / "cli" / "cache")
    assumed: boto3.Session = aws_assume_role_lib.assume_role(
        boto3.Session(profile_name="base"), role_arn(), cache=cache
    )
    return assumed
