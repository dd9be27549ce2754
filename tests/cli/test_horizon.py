"""``unexpired horizon``, as a person and as a script see it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone

import pytest
from click.testing import CliRunner

from unexpired.cli._group import group
from unexpired.engine.credentials import timestamp


@pytest.fixture
def sign_in(tmp_path, monkeypatch):
    """An SSO profile ``etl``, and a sign-in that ends in so many hours."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True)
    url = "https://example.awsapps.com/start"
    (tmp_path / ".aws" / "config").write_text(
        f"[profile etl]\nsso_start_url = {url}\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = Etl\n"
    )

    def make(hours: float) -> None:
        entry = {"accessToken": "canary", "expiresAt": timestamp(datetime.now(timezone.utc) + timedelta(hours=hours))}
        (folder / f"{hashlib.sha1(url.encode()).hexdigest()}.json").write_text(json.dumps(entry))

    return make


def run(*arguments: str):
    return CliRunner().invoke(group, ["horizon", *arguments])


@pytest.mark.parametrize(("hours", "status"), [(7, 0), (5, 1), (-1, 1)])
def test_the_exit_status_says_whether_it_lasts(sign_in, hours, status) -> None:
    sign_in(hours)
    assert run("--profile", "etl", "--for", "6h").exit_code == status
    assert run("--profile", "etl").exit_code == 0


def test_the_picture_names_the_link_that_ends_it_and_what_puts_it_off(sign_in) -> None:
    sign_in(6)
    shown = run("--profile", "etl").output
    assert "etl: renews until" in shown
    assert "then sso-session ends" in shown
    assert "━" * 18 + "·" * 18 in shown
    assert "aws sso login --profile etl" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "canary" not in shown


def test_one_json_object_on_stdout(sign_in) -> None:
    sign_in(6)
    found = json.loads(run("--profile", "etl", "--json").stdout)
    assert set(found) == {"until", "limited_by", "links"}
    assert found["limited_by"]["extend"] == ["aws sso login --profile etl"]


def test_an_unknown_profile_is_said_with_its_neighbours(sign_in) -> None:
    result = run("--profile", "elt")
    assert result.exit_code == 2
    assert "did you mean etl?" in result.output
