"""``unexpired horizon --json``, link by link, for the chains that people have: one machine, every case on it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from unexpired import stores
from unexpired.cli._group import group
from unexpired.engine.credentials import Credentials, timestamp
from unexpired.sources import source_for

NOW = datetime.now(timezone.utc).replace(microsecond=0)
ROLE = "role_arn = arn:aws:iam::123456789012:role"
START = "https://example.awsapps.com/start"
PERMISSION_SET = "sso_account_id = 123456789012\nsso_role_name = Reader\n"
SIGN_IN = f"sso_start_url = {START}\nsso_region = eu-central-1\n"
EXPORTED = {"AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}


def at(hours: float) -> str:
    return timestamp(NOW + timedelta(hours=hours))


def jwt(**claims: object) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".s"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    folder = Path(os.environ["HOME"]) / ".aws"
    program = {"Version": 1, "AccessKeyId": "ASIATESTKEY000000009", "SecretAccessKey": "s", "SessionToken": "t"}
    for name, more in (("with", {"Expiration": at(1)}), ("without", {})):
        (tmp_path / f"{name}.py").write_text(f"print({json.dumps({**program, **more})!r})")
    token = tmp_path / "token"
    token.write_text(jwt(iat=NOW.timestamp(), exp=(NOW + timedelta(hours=3)).timestamp(), iss="https://ci.example"))
    config = f"""
[profile user]
aws_access_key_id = AKIATESTKEY000000001
aws_secret_access_key = s
[profile role]
{ROLE}/one
source_profile = user
duration_seconds = 7200
[profile chained]
{ROLE}/two
source_profile = role
duration_seconds = 7200
[profile mfa]
{ROLE}/one
source_profile = user
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile legacy]
{SIGN_IN}{PERMISSION_SET}
[profile modern]
sso_session = corp
{PERMISSION_SET}
[sso-session corp]
{SIGN_IN}
[profile ci]
{ROLE}/one
web_identity_token_file = {token}
[profile with]
credential_process = {sys.executable} {tmp_path / "with.py"}
[profile without]
credential_process = {sys.executable} {tmp_path / "without.py"}
"""
    entries = {
        "config": config,
        f"sso/cache/{hashlib.sha1(START.encode()).hexdigest()}.json": {"accessToken": "x", "expiresAt": at(5)},
        f"sso/cache/{hashlib.sha1(b'corp').hexdigest()}.json": {
            "accessToken": "x",
            "expiresAt": at(0.5),
            "refreshToken": "x",
            "clientId": "x",
            "clientSecret": "x",
            "registrationExpiresAt": at(2000),
        },
        "cli/cache/abc.json": {"Credentials": {"AccessKeyId": "ASIATESTKEY000000003", "Expiration": at(0.75)}},
    }
    for name, content in entries.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path / "store"))
    return folder


def horizon(*arguments: str) -> dict:
    result = CliRunner().invoke(group, ["horizon", "--json", *arguments])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def shape(found: dict) -> list[tuple[str, str | None, int | None]]:
    return [(link["link"], link["until"], link["session_seconds"]) for link in found["links"]]


USER = ("static_profile", None, None)

# What is asked, until when it goes on, the cause of the link that ends it, and every link with its end and the length
# of its sessions.
CASES = {
    "user, then a role": ("role", None, None, [USER, ("assume_role", None, 7200)]),
    "user, then a role, then a role": (
        "chained",
        None,
        None,
        [USER, ("assume_role", None, 7200), ("assume_role", None, 3600)],
    ),
    "legacy SSO": ("legacy", at(5), "sso-session-expired", [("sso-session", at(5), None), ("sso", None, None)]),
    "an sso_session with a refresh token": (
        "modern",
        at(2000),
        "sso-session-expired",
        [("sso-session", at(2000), None), ("sso", None, None)],
    ),
    "a web identity with exp": (
        "ci",
        at(3),
        "web-identity-token-expired",
        [("web-identity-token", at(3), None), ("web_identity", None, 3600)],
    ),
    "a process with Expiration": ("with", None, None, [("process", None, None)]),
    "a process without Expiration": (
        "without",
        "unknown",
        "process-without-expiration",
        [("process", "unknown", None)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_profiles_links(case) -> None:
    profile, until, cause, links = CASES[case]
    found = horizon("--profile", profile)
    assert found["until"] == until
    assert (found["limited_by"] or {}).get("cause") == cause
    assert shape(found) == links


@pytest.mark.parametrize(
    ("key_id", "until"),
    [
        pytest.param("ASIATESTKEY000000002", "unknown", id="exported ASIA variables"),
        pytest.param("ASIATESTKEY000000003", at(0.75), id="the same, found in a cache of the CLI's"),
    ],
)
def test_exported_variables(monkeypatch, key_id, until) -> None:
    for name, value in {**EXPORTED, "AWS_ACCESS_KEY_ID": key_id}.items():
        monkeypatch.setenv(name, value)
    found = horizon()
    assert shape(found) == [("environment", until, None)]
    assert found["until"] == until
    assert found["limited_by"]["cause"] == "static-env-session"
    assert "--profile" in found["limited_by"]["extend"][0]


def test_user_then_a_role_with_mfa_ends_now_or_with_the_cached_session() -> None:
    found = horizon("--profile", "mfa")
    assert [link["link"] for link in found["links"]] == ["static_profile", "mfa", "assume_role"]
    assert found["limited_by"]["cause"] == "mfa-cannot-renew"
    until = datetime.fromisoformat(found["until"].replace("Z", "+00:00"))
    assert abs(until - datetime.now(timezone.utc)) < timedelta(minutes=5)
    source, end = source_for(profile_name="mfa"), NOW + timedelta(hours=0.5)
    stores.chosen().save(source.key, Credentials("ASIATESTKEY000000004", "s", "t", end, source="assume_role"))
    found = horizon("--profile", "mfa")
    assert found["until"] == at(0.5)
    assert shape(found) == [USER, ("mfa", at(0.5), None), ("assume_role", None, 3600)]


def test_a_container(monkeypatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
    found = horizon()
    assert (found["until"], found["limited_by"]) == (None, None)
    assert shape(found) == [("container", None, None)]


@pytest.mark.parametrize("address", ["http://10.1.2.3/creds", "http://[fe80::1/", "nonsense"])
def test_an_endpoint_that_no_sdk_asks_has_no_horizon(monkeypatch, address) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", address)
    result = CliRunner().invoke(group, ["horizon"])
    assert result.exit_code == 2
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in result.output
    assert "without an end" not in result.output


@pytest.mark.parametrize("profile", sorted({case[0] for case in CASES.values()}))
def test_the_picture_fits_80_columns_with_every_link_and_without_colour(profile) -> None:
    shown = CliRunner().invoke(group, ["horizon", "--profile", profile]).output
    links = horizon("--profile", profile)["links"]
    assert "now      +3 h     +6 h     +9 h     +12 h" in shown
    assert sum("━" in line or "?" * 36 in line or "·" in line for line in shown.splitlines()) == len(links)
    assert "\x1b" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if not line.startswith(("extend:", "         ")))
