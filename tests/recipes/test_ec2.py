"""docs/recipes/ec2.md: two accounts and an instance, as the page has them."""

from __future__ import annotations

import re

import pytest

from unexpired.sandbox.metadata import InstanceMetadata

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


@pytest.fixture
def page(follow, sandbox, owner):
    page = follow("ec2")
    page.write()
    for account, role in re.findall(r"arn:aws:iam::(\d+):role/(\S+)", page.block("~/.aws/config")):
        sandbox.role(role, account=account, trusts=["123456789012"])
    for bucket in ("lake", "warehouse"):
        owner.create_bucket(Bucket=bucket)
    for number in range(8):
        owner.put_object(Bucket="lake", Key=f"{number}", Body=b"row")
    with InstanceMetadata(sandbox) as metadata:
        del page.environment["AWS_EC2_METADATA_DISABLED"]
        page.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = metadata.url
        yield page


def test_the_page_can_be_followed(page, sandbox, owner):
    for profile in ("lake", "warehouse"):
        done = page.type(f"unexpired horizon --profile {profile}")
        assert done.returncode == 0, done.stderr
    slow = sandbox.slow(0.25, "s3")
    done = page.type("python load.py")
    assert done.returncode == 0, done.stderr
    assert owner.list_objects_v2(Bucket="warehouse")["KeyCount"] == 8
    slow.lift()
    done = page.type("unexpired exec --profile warehouse")
    assert done.returncode == 0, done.stderr
    assert {line[:3] for line in done.stdout.splitlines()} == {"ok "}
    assert sandbox.count(accepted=False) == 0
    assert page.not_typed() == []
