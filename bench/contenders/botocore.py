"""boto3 alone: a profile with ``role_arn`` and ``source_profile`` (boto3's guide, "Assume role provider")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3

NAME = DISTRIBUTION = "botocore"


def session(*, due_after: float | None = None) -> boto3.Session:  # noqa: ARG001 - nothing to tell it
    import boto3

    return boto3.Session(profile_name="job")
