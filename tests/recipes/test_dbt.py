"""docs/recipes/dbt.md, with a stand-in for dbt that makes its sessions as dbt-athena 1.9 does."""

from __future__ import annotations

import sys

import pytest
import yaml

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]

# dbt-athena's session.py: one for a connection, of what profiles.yml names and None for all else.
DBT = """
import boto3, time, yaml
named = yaml.safe_load(open("profiles.yml"))["shop"]["outputs"]["prod"]
end = time.monotonic() + 4
while time.monotonic() < end:
    session = boto3.session.Session(
        aws_access_key_id=named.get("aws_access_key_id"),
        aws_secret_access_key=named.get("aws_secret_access_key"),
        aws_session_token=named.get("aws_session_token"),
        region_name=named["region_name"],
        profile_name=named.get("aws_profile_name"),
    )
    s3 = session.client("s3")
    for _ in range(10):
        s3.put_object(Bucket="bucket", Key="athena/result", Body=b"row")
        print("ok ", flush=True)
        time.sleep(0.1)
"""


def test_a_build_outlives_its_sessions(follow, owner, survived):
    page = follow("dbt")
    page.write()
    (page.programs / "dbt.py").write_text(DBT)
    (page.programs / "dbt").write_text(f"#!/bin/sh\nexec {sys.executable} {page.programs}/dbt.py\n")
    (page.programs / "dbt").chmod(0o755)
    survived(page.type("unexpired exec --profile warehouse").stdout)
    assert page.not_typed() == []


def test_its_profile_names_no_credentials(follow):
    named = yaml.safe_load(follow("dbt").block("profiles.yml"))["shop"]["outputs"]["prod"]
    assert not [name for name in named if name.startswith("aws_")]
