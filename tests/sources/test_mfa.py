"""Codes of an MFA device: typed by a person, or printed by a program; and sessions of a user's own key with them."""

from __future__ import annotations

import sys
import time

import pytest

from unexpired.engine.errors import ConfigurationError, PersonNeeded, SourceUnavailable
from unexpired.sandbox.mfa import code
from unexpired.sources import source_for
from unexpired.sources.aws.horizon import horizon

ROLE = "arn:aws:iam::123456789012:role/admin"


class Person:
    def __init__(self, sandbox, serial: str) -> None:
        self.sandbox, self.serial, self.asked = sandbox, serial, []

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return f" {self.sandbox.mfa_code(self.serial)}\n"

    def tell(self, message: str) -> None:
        raise AssertionError(message)


@pytest.fixture
def device(sandbox, monkeypatch):
    sandbox.user("ann")
    sandbox.role("admin", mfa=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return sandbox.mfa_device("ann")


@pytest.fixture
def serial(device) -> str:
    return device.serial


@pytest.fixture
def profile(sandbox, serial, files):
    def write(process: str = "") -> None:
        key = sandbox.user("ann")
        line = f"mfa_process = {process}\n" if process else ""
        files(
            f"[profile admin]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {serial}\n{line}"
            f"[profile base]\naws_access_key_id = {key.access_key_id}\n"
            f"aws_secret_access_key = {key.secret_access_key}\n{line}"
        )

    return write


@pytest.fixture
def program(device, tmp_path):
    """A program that prints what it is told to; by default codes of the device, each once."""

    def made(script: str | None = None) -> str:
        codes = tmp_path / "codes"
        step = int(time.time()) // 30
        codes.write_text("\n".join(code(device.seed, good) for good in (step, step + 1)))
        path = tmp_path / "code.py"
        path.write_text(
            script
            or f"import pathlib\ncodes = pathlib.Path({str(codes)!r})\n"
            "first, _, rest = codes.read_text().partition('\\n')\ncodes.write_text(rest)\nprint(first)\n"
        )
        return f"{sys.executable} {path}"

    return made


def test_a_program_that_prints_the_code_renews_with_nobody_present(profile, program, sandbox):
    profile(program())
    source = source_for(profile_name="admin")
    assert source.fetch(None).access_key_id != source.fetch(None).access_key_id
    assert len(sandbox.sessions) == 2
    assert horizon(source).until is None


def test_without_one_the_horizon_is_now(profile):
    profile()
    assert horizon(source_for(profile_name="admin")).limited_by.link == "mfa"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("print('12345')", "no six digits"),
        ("print('1234567')", "no six digits"),
        ("print('12345a')", "no six digits"),
        ("", "no six digits"),
        ("import sys; sys.exit('the vault is locked')", "the vault is locked"),
    ],
)
def test_a_program_that_prints_no_code_is_told_by_name(profile, program, sandbox, script, why):
    profile(program(script or "pass"))
    with pytest.raises(SourceUnavailable) as caught:
        source_for(profile_name="admin").fetch()
    assert "mfa_process" in caught.value.what
    assert why in caught.value.why
    assert sandbox.count("sts") == 0


def test_where_nobody_is_there_the_error_has_no_cause_but_others(profile):
    profile()
    with pytest.raises(PersonNeeded) as raised:
        source_for(profile_name="admin").fetch()
    assert raised.value.__cause__ is not raised.value


def test_a_program_that_is_not_there(profile):
    profile("/nowhere/code")
    with pytest.raises(ConfigurationError, match="mfa_process"):
        source_for(profile_name="admin").fetch()


# GetSessionToken.


def test_a_users_own_key_with_mfa(profile, sandbox, serial):
    profile()
    source = source_for(profile_name="base", serial_number=serial, duration_seconds=3600)
    person = Person(sandbox, serial)
    credentials = source.fetch(person)
    assert credentials.source == source.name == "session_token"
    session = sandbox.sessions[-1]
    assert (session.kind, session.access_key_id) == ("session-token", credentials.access_key_id)
    assert session.expires_at - session.issued_at == pytest.approx(3600, abs=1)
    assert [step.kind for step in source.plan()] == ["static_profile", "session_token"]
    assert serial in person.asked[0]


def test_it_lasts_twelve_hours_when_nobody_says(profile, sandbox, serial):
    profile()
    source_for(profile_name="base", serial_number=serial).fetch(Person(sandbox, serial))
    session = sandbox.sessions[-1]
    assert session.expires_at - session.issued_at == pytest.approx(43_200, abs=1)


def test_in_the_background_nobody_is_asked(profile, sandbox, serial):
    profile()
    with pytest.raises(PersonNeeded) as caught:
        source_for(profile_name="base", serial_number=serial).fetch()
    assert caught.value.cause == "mfa-cannot-renew"
    assert sandbox.count("sts") == 0


def test_with_a_program_it_renews_with_nobody_present(profile, program, sandbox, serial):
    profile(program())
    source = source_for(profile_name="base", serial_number=serial)
    assert source.fetch().access_key_id != source.fetch().access_key_id


def test_the_key_and_the_device_and_the_duration_tell_its_sessions_apart(profile, serial):
    profile()
    keys = {
        source_for(profile_name="base", **given).key
        for given in (
            {"serial_number": serial},
            {"serial_number": serial + "2"},
            {"serial_number": serial, "duration_seconds": 900},
        )
    }
    assert len(keys) == 3


def test_a_session_cannot_make_another_and_says_why(profile, sandbox, serial, monkeypatch):
    profile()
    session = source_for(profile_name="base", serial_number=serial).fetch(Person(sandbox, serial))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", session.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session.secret_access_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", session.session_token)

    class Known(Person):
        def ask(self, question: str, *, secret: bool = False) -> str:
            return "123456"

    with pytest.raises(Exception, match="GetSessionToken"):
        source_for(serial_number=serial).fetch(Known(sandbox, serial))
