"""boto3-refresh-session: ``RefreshableSession`` by STS, as its documentation begins ("Basic usage")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3

NAME = DISTRIBUTION = "boto3-refresh-session"


def session(*, due_after: float | None = None) -> boto3.Session:  # noqa: ARG001 - nothing to tell it
    from boto3_refresh_session import RefreshableSession

    from bench.arena import role_arn

    refreshable: boto3.Session = RefreshableSession(
        method="sts", assume_role_kwargs={"RoleArn": role_arn()}, profile_name="base"
    )
    return refreshable
