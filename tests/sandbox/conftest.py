"""What the sandbox's tests share: boto3 clients for whoever holds a key."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config


@pytest.fixture
def client(sandbox):
    """``client("s3", key_or_session_or_sts_credentials)`` makes a boto3 client of the sandbox, without retries."""

    def make(service: str, who: Any, config: dict[str, Any] | None = None, **options: Any) -> Any:
        session = boto3.Session(botocore_session=botocore.session.Session())
        settings = {"retries": {"total_max_attempts": 1}, **(config or {})}
        return session.client(
            service,
            endpoint_url=sandbox.endpoint_url,
            region_name=options.pop("region_name", "us-east-1"),
            verify=str(sandbox.ca_bundle) if sandbox.ca_bundle else None,
            config=Config(**settings),
            **_keys(who),
            **options,
        )

    return make


def _keys(who: Any) -> dict[str, str]:
    if isinstance(who, dict):
        who = dict(who)
        found = [who["AccessKeyId"], who["SecretAccessKey"], who.get("SessionToken")]
    else:
        found = [who.access_key_id, who.secret_access_key, getattr(who, "session_token", None)]
    return dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), found, strict=True))


@pytest.fixture
def ann(sandbox):
    """A user's long-term key."""
    return sandbox.user("ann")


@pytest.fixture
def assumed(sandbox, client, ann):
    """``assumed(**assume_role_arguments)`` gives STS's credentials for the role ``etl``."""
    arn = sandbox.role("etl", max_session_duration=43_200)

    def assume(**arguments: Any) -> dict[str, Any]:
        return client("sts", ann).assume_role(RoleArn=arn, RoleSessionName="job", **arguments)["Credentials"]

    return assume
