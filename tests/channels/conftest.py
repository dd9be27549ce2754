"""What the tests of the channels share: a role of the sandbox, and a function that assumes it."""

from __future__ import annotations

import boto3
import botocore.session
import pytest
from botocore.config import Config

from unexpired import Credentials

REGION = "us-east-1"


@pytest.fixture
def role(sandbox):
    """The ARN of a role that anybody in the sandbox's account may assume."""
    return sandbox.role("etl", max_session_duration=43_200)


@pytest.fixture
def assume(sandbox, role):
    """A source as a user would write it: a function that assumes the role with a long-term key."""
    key = sandbox.user("ann")
    sts = boto3.Session(botocore_session=botocore.session.Session()).client(
        "sts",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        endpoint_url=sandbox.endpoint_url,
        verify=str(sandbox.ca_bundle) if sandbox.ca_bundle else None,
        region_name=REGION,
        config=Config(retries={"total_max_attempts": 1}),
    )

    def assume_role() -> Credentials:
        issued = sts.assume_role(RoleArn=role, RoleSessionName="job")["Credentials"]
        return Credentials(
            issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], expires_at=issued["Expiration"]
        )

    return assume_role
