"""How long each kind of source, and each chain of them, can go on: from real files, without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from unexpired.engine.credentials import Credentials, timestamp
from unexpired.engine.errors import ConfigurationError
from unexpired.sources import source_for
from unexpired.sources.aws.horizon import horizon
from unexpired.stores.memory import MemoryStore
from unexpired.testing.clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@pytest.fixture
def cache(home, clock):
    """Write an entry of a cache of the AWS CLI's; times in it are hours from now."""

    def write(folder: str, name: str, entry: dict) -> None:
        path = home / ".aws" / folder / "cache" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(entry))

    return write


@pytest.fixture
def at(clock):
    return lambda hours: timestamp(clock.now() + timedelta(hours=hours))


def ahead(clock, store=None, *, ask=False, **options) -> dict:
    return horizon(source_for(**options), store=store, clock=clock, ask=ask).to_json()


def links(found: dict) -> list[str]:
    return [link["link"] for link in found["links"]]


def test_an_exported_session_has_an_unknown_end(clock, files, monkeypatch, home) -> None:
    files()
    for name, value in (("ACCESS_KEY_ID", "ASIATESTKEY000000001"), ("SECRET_ACCESS_KEY", "s"), ("SESSION_TOKEN", "t")):
        monkeypatch.setenv(f"AWS_{name}", value)
    found = ahead(clock)
    assert found["until"] == "unknown"
    assert found["limited_by"]["link"] == "environment"
    assert found["limited_by"]["cause"] == "static-env-session"


def test_the_same_key_in_a_cache_of_the_cli_betrays_its_end(clock, files, monkeypatch, cache, at) -> None:
    files()
    for name, value in (("ACCESS_KEY_ID", "ASIATESTKEY000000001"), ("SECRET_ACCESS_KEY", "s"), ("SESSION_TOKEN", "t")):
        monkeypatch.setenv(f"AWS_{name}", value)
    cache("cli", "abc", {"Credentials": {"AccessKeyId": "ASIATESTKEY000000001", "Expiration": at(0.5)}})
    found = ahead(clock)
    assert found["until"] == at(0.5)
    assert "abc.json" in found["links"][0]["why"]


def test_what_the_exporter_said_of_the_end_is_believed(clock, files, monkeypatch, at, home) -> None:
    files()
    values = {"ACCESS_KEY_ID": "ASIATESTKEY000000001", "SECRET_ACCESS_KEY": "s", "SESSION_TOKEN": "t"}
    for name, value in {**values, "CREDENTIAL_EXPIRATION": at(1)}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    assert ahead(clock)["until"] == at(1)


def test_a_pasted_session_has_an_unknown_end_and_a_long_term_key_has_none(clock, files, home) -> None:
    files(credentials="[pasted]\nKEYS\naws_session_token = t\n[user]\nKEYS\n")
    pasted, user = ahead(clock, profile_name="pasted"), ahead(clock, profile_name="user")
    assert (pasted["until"], pasted["limited_by"]["cause"]) == ("unknown", "static-profile-session")
    assert (user["until"], user["limited_by"]) == (None, None)


ROLES = """
    [profile role]
    role_arn = arn:aws:iam::123456789012:role/one
    source_profile = user
    duration_seconds = 7200
    [profile chained]
    role_arn = arn:aws:iam::123456789012:role/two
    source_profile = role
    [profile mfa]
    role_arn = arn:aws:iam::123456789012:role/one
    source_profile = user
    mfa_serial = arn:aws:iam::123456789012:mfa/me
"""


def test_a_role_of_a_user_renews_for_ever(clock, files) -> None:
    files(ROLES, "[user]\nKEYS\n")
    found = ahead(clock, profile_name="role")
    assert (found["until"], links(found)) == (None, ["static_profile", "assume_role"])
    assert found["links"][1]["session_seconds"] == 7200


def test_a_chained_role_renews_for_ever_in_steps_of_an_hour(clock, files) -> None:
    files(ROLES, "[user]\nKEYS\n")
    found = ahead(clock, profile_name="chained")
    assert (found["until"], links(found)) == (None, ["static_profile", "assume_role", "assume_role"])
    assert found["links"][2]["session_seconds"] == 3600
    assert "an hour at the most" in found["links"][2]["why"]


def test_a_role_with_mfa_ends_now_or_with_the_session_in_hand(clock, files, at) -> None:
    files(ROLES, "[user]\nKEYS\n")
    store, source = MemoryStore(), source_for(profile_name="mfa")
    found = ahead(clock, store, profile_name="mfa")
    assert found["until"] == at(0)
    assert found["limited_by"]["cause"] == "mfa-cannot-renew"
    end = clock.now() + timedelta(hours=0.75)
    store.save(source.key, Credentials("ASIATESTKEY000000001", "s", "t", end, source="assume_role"))
    assert ahead(clock, store, profile_name="mfa")["until"] == at(0.75)


SSO = """
    [profile legacy]
    sso_start_url = https://example.awsapps.com/start
    sso_region = eu-central-1
    sso_account_id = 123456789012
    sso_role_name = ReadOnly
    [profile modern]
    sso_session = corp
    sso_account_id = 123456789012
    sso_role_name = ReadOnly
    [sso-session corp]
    sso_start_url = https://example.awsapps.com/start
    sso_region = eu-central-1
"""


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def test_a_legacy_sso_profile_ends_with_the_sign_in(clock, files, cache, at) -> None:
    files(SSO)
    cache("sso", sha1("https://example.awsapps.com/start"), {"accessToken": "t", "expiresAt": at(5)})
    found = ahead(clock, profile_name="legacy")
    assert (found["until"], found["limited_by"]["link"]) == (at(5), "sso-session")
    assert found["limited_by"]["extend"] == ["aws sso login --profile legacy"]


def test_an_sso_session_with_a_refresh_token_lasts_as_long_as_its_client(clock, files, cache, at) -> None:
    files(SSO)
    entry = {"accessToken": "t", "expiresAt": at(1), "refreshToken": "r", "registrationExpiresAt": at(2000)}
    cache("sso", sha1("corp"), entry)
    assert ahead(clock, profile_name="modern")["until"] == at(2000)
    cache("sso", sha1("corp"), {**entry, "registrationExpiresAt": at(-1)})
    assert ahead(clock, profile_name="modern")["until"] == at(1)


@pytest.mark.parametrize("entry", [None, {}, {"expiresAt": "never"}, {"accessToken": "t", "expiresAt": 1e300}])
def test_without_a_usable_sign_in_it_ends_now(clock, files, cache, at, home, entry) -> None:
    files(SSO)
    if entry is not None:
        cache("sso", sha1("corp"), entry)
    assert ahead(clock, profile_name="modern")["until"] == at(0)


def jwt(**claims) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{part}.sig"


def web_identity(files, token_file: Path) -> None:
    files(f"""
    [profile ci]
    role_arn = arn:aws:iam::123456789012:role/one
    web_identity_token_file = {token_file}
    """)


def test_a_web_identity_token_ends_at_its_exp(clock, files, tmp_path, at) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(jwt(exp=clock.wall() + 900, iss="https://ci.example", sub="job"))
    web_identity(files, token_file)
    found = ahead(clock, profile_name="ci")
    assert (found["until"], links(found)) == (at(0.25), ["web-identity-token", "web_identity"])
    assert found["limited_by"]["cause"] == "web-identity-token-expired"


def test_a_token_that_kubelet_rotates_has_no_end(clock, files, tmp_path) -> None:
    token_file = tmp_path / "var/run/secrets/eks.amazonaws.com/serviceaccount/token"
    token_file.parent.mkdir(parents=True)
    token_file.write_text(jwt(exp=clock.wall() + 900))
    web_identity(files, token_file)
    assert ahead(clock, profile_name="ci")["until"] is None
    token_file.write_text(jwt(exp=clock.wall() - 900))  # ... unless nobody does any more
    assert ahead(clock, profile_name="ci")["limited_by"]["cause"] == "web-identity-token-expired"


@pytest.mark.parametrize("text", ["no token", "e30.!!!.sig", jwt(sub="no end"), jwt(exp="soon")])
def test_a_token_that_names_no_end_has_an_unknown_one(clock, files, tmp_path, text) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(text)
    web_identity(files, token_file)
    assert ahead(clock, profile_name="ci")["until"] == "unknown"


@pytest.mark.parametrize(
    ("printed", "until"),
    [
        ({"SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}, None),
        ({"SessionToken": "t"}, "unknown"),
        ({}, None),
    ],
    ids=["with Expiration", "a session without Expiration", "a long-term key"],
)
def test_a_process_is_run_when_asked(clock, files, tmp_path, printed, until) -> None:
    script = tmp_path / "give.py"
    given = {"Version": 1, "AccessKeyId": "AKIATESTKEY000000001", "SecretAccessKey": "s", **printed}
    script.write_text(f"print({json.dumps(given)!r})")
    files(f"[profile p]\ncredential_process = {sys.executable} {script}\n")
    assert ahead(clock, profile_name="p")["until"] == "unknown"
    assert ahead(clock, profile_name="p", ask=True)["until"] == until


def test_a_console_sign_in_lasts_twelve_hours_from_when_it_was_made(clock, files, cache, at, home) -> None:
    arn = "arn:aws:iam::123456789012:user/me"
    files(f"[profile console]\nlogin_session = {arn}\n")
    assert ahead(clock, profile_name="console")["until"] == at(0)
    name = hashlib.sha256(arn.encode()).hexdigest()
    token = {"accessToken": {"expiresAt": at(0.2)}, "refreshToken": "r", "idToken": jwt(iat=clock.wall() - 3600)}
    cache("login", name, token)
    assert ahead(clock, profile_name="console")["until"] == at(11)
    cache("login", name, {**token, "idToken": "unreadable"})
    assert ahead(clock, profile_name="console")["until"] == "unknown"
    cache("login", name, {**token, "refreshToken": None})
    assert ahead(clock, profile_name="console")["until"] == at(0.2)


def test_a_container_and_an_instance_have_no_end(clock, files, monkeypatch) -> None:
    files()
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    assert (ahead(clock)["until"], links(ahead(clock))) == ("unknown", ["instance"])
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/credentials")
    found = ahead(clock)
    assert (found["until"], links(found)) == (None, ["container"])


def test_a_machine_that_is_no_instance_has_no_credentials(clock, files, monkeypatch) -> None:
    files()
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/")
    with pytest.raises(ConfigurationError) as caught:
        ahead(clock, ask=True)
    assert caught.value.cause == "no-credentials"


def test_of_somebody_elses_source_nothing_is_known(clock) -> None:
    class Theirs:
        name, key, shareable = "theirs", "k", False

    assert horizon(Theirs(), clock=clock).until == "unknown"
