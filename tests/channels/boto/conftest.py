"""Sessions of ours against the sandbox, and clients of theirs."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.config import Config

import unexpired

REGION = "us-east-1"
BUCKET = "bucket"


@pytest.fixture
def session(assume):
    """A session whose source is the sandbox's role; kept in memory, so that no test meets another's."""
    return unexpired.Session(
        source=assume, store="memory", region_name=REGION, botocore_session=botocore.session.Session()
    )


@pytest.fixture
def connect(sandbox):
    """``connect(session, "s3", mode="legacy")`` makes a client of the sandbox, which may make so many attempts."""

    def make(session: Any, service: str, *, mode: str = "standard", attempts: int = 3, **options: Any) -> Any:
        return session.client(
            service,
            endpoint_url=sandbox.endpoint_url,
            config=Config(retries={"mode": mode, "total_max_attempts": attempts}, s3={"addressing_style": "path"}),
            **options,
        )

    return make


@pytest.fixture
def s3(session, connect):
    """A client of the session, with a bucket; one session has been issued by then."""
    client = connect(session, "s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def issued(sandbox):
    """How many sessions STS has issued."""
    return lambda: sandbox.count("sts", "AssumeRole", accepted=True)
