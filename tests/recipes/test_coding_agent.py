"""docs/recipes/coding-agent.md: what its settings run, in a shell as the agent would."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


@pytest.fixture
def page(follow, owner):
    return follow("coding-agent")


def export(page, title):
    """What the setting's command prints."""
    command = json.loads(page.block(title))["awsCredentialExport"]
    out, err = page.run(["sh", "-c", command]).communicate(timeout=60)
    return json.loads(out), err


def test_it_is_started_inside_a_door(page, survived):
    page.stand_in("claude")
    survived(page.type("unexpired exec --profile bedrock -- claude").stdout)
    assert page.not_typed() == []


def test_its_hook_prints_a_session_with_its_end(page, sandbox):
    for title in ("~/.claude/settings.json", "with-sign-in.json"):
        printed, _ = export(page, title)
        assert printed["AccessKeyId"] in {session.access_key_id for session in sandbox.sessions}
        assert {"SecretAccessKey", "SessionToken", "Expiration"} <= set(printed)


def test_the_older_shape_is_the_documented_one(page, tool):
    tool("jq")
    printed, _ = export(page, "older.json")
    assert set(printed) == {"Credentials"}
    assert set(printed["Credentials"]) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
