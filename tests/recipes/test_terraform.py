"""docs/recipes/terraform.md with the real Terraform: its state is in the sandbox's S3, past the ends of sessions."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


def test_an_apply_outlives_its_sessions(follow, owner, sandbox, tool):
    tool("terraform")
    owner.create_bucket(Bucket="state")
    page = follow("terraform")
    page.write()
    started = page.type("unexpired exec --profile deploy --for 2h -- terraform init")
    assert started.returncode == 0, started.stdout + started.stderr
    done = page.type("unexpired exec --profile deploy --for 2h -- terraform apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 added" in done.stdout
    assert "err " not in done.stdout
    assert sandbox.count(accepted=False) == 0
    ours = [record for record in sandbox.requests if record.arn and ":assumed-role/deploy/" in record.arn]
    assert len({record.access_key_id for record in ours}) >= 2
    assert page.not_typed() == []


def test_the_file_is_terraforms(follow, tool):
    page = follow("terraform")
    page.write()
    checked = page.run([tool("terraform"), "fmt", "-check"])
    assert checked.wait() == 0, checked.stdout.read()
