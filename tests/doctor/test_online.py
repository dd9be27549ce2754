"""Scenes against the sandbox: what only the service knows is asked of it, and each of its answers has its cause."""

from __future__ import annotations

import json
import socket
import sys

import pytest

from unexpired.doctor.online import _causes
from unexpired.engine.errors import PersonNeeded

LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"


@pytest.fixture
def doctor(asking_doctor):
    return asking_doctor


def exported(session) -> dict[str, str]:
    found = {"AWS_ACCESS_KEY_ID": session.access_key_id, "AWS_SECRET_ACCESS_KEY": session.secret_access_key}
    token = getattr(session, "session_token", None)
    return found | ({"AWS_SESSION_TOKEN": token} if token else {})


def keys(key) -> str:
    return f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"


def causes(shown) -> list[tuple[str, str, str]]:
    return [(finding["cause"], finding["severity"], finding["confidence"]) for finding in shown["findings"]]


def test_a_good_key_is_identified_and_nothing_is_wrong(home, sandbox, doctor):
    key = sandbox.user("ann")
    home.credentials(f"[default]\n{keys(key)}")
    status, shown = doctor()
    assert (status, shown["findings"], shown["error"]) == (0, [], None)
    assert shown["winner"]["identity"] == "arn:aws:iam::123456789012:user/ann"
    assert shown["winner"]["renews"] is None


def test_a_role_is_assumed_and_its_end_known(home, sandbox, doctor):
    role = sandbox.role("etl")
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor("--profile", "etl")
    assert (status, shown["findings"]) == (0, [])
    assert ":assumed-role/etl/" in shown["winner"]["identity"]
    assert shown["winner"]["access_key_id"].startswith("ASIA…")
    assert shown["winner"]["expires_at"] is not None
    assert shown["winner"]["renews"] is True


def test_offline_asks_nobody(home, sandbox, doctor):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor("--offline")
    assert (status, shown["winner"]["identity"], sandbox.count()) == (0, None, 0)


def test_an_exported_session_that_the_service_refuses_is_proven_dead_without_any_other_trace(sandbox, doctor):
    sandbox.role("etl")
    session = sandbox.vend("etl", "me")
    assert causes(doctor(**exported(session))[1]) == [("static-env-session", "warning", "likely")]
    sandbox.expire(session.access_key_id)
    status, shown = doctor(**exported(session))
    assert (status, causes(shown)) == (1, [("static-env-session", "error", "proven")])


def test_and_so_is_the_profile_that_it_shadows(home, sandbox, doctor):
    role = sandbox.role("etl")
    session = sandbox.vend("etl", "me")
    sandbox.expire(session.access_key_id)
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    _, shown = doctor(**exported(session), AWS_PROFILE="etl")
    assert ("env-shadows-profile", "error", "proven") in causes(shown)
    (finding,) = [finding for finding in shown["findings"] if finding["cause"] == "env-shadows-profile"]
    assert finding["cure"]["auto"] is True


def test_a_pasted_session_and_a_roles_base_are_proven_dead_by_the_refusal(home, sandbox, doctor):
    role = sandbox.role("etl")
    session = sandbox.vend("etl", "me")
    pasted = f"{keys(session)}aws_session_token = {session.session_token}\n"
    home.credentials(f"[default]\n{pasted}")
    home.config(f"[profile role]\nrole_arn = {role}\nsource_profile = default\n")
    sandbox.expire(session.access_key_id)
    assert causes(doctor()[1]) == [("static-profile-session", "error", "proven")]
    assert ("source-credentials-expired", "error", "proven") in causes(doctor("--profile", "role")[1])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX", "AWS_SESSION_TOKEN": ""}, "key-unknown"),
        ({"AWS_SECRET_ACCESS_KEY": "x" * 40}, "signature-mismatch"),
        ({"AWS_SESSION_TOKEN": ""}, "token-missing"),
        ({"AWS_SESSION_TOKEN": "x" * 300}, "token-mismatch"),
    ],
)
def test_what_does_not_belong_together_is_told_apart(sandbox, doctor, change, cause):
    sandbox.role("etl")
    status, shown = doctor(**exported(sandbox.vend("etl", "me")) | change)
    assert (status, (cause, "error", "proven") in causes(shown)) == (1, True), causes(shown)


def test_a_role_that_does_not_trust_us_is_named_with_what_was_asked(home, sandbox, doctor):
    role = sandbox.role("etl", external_id="right")
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\nexternal_id = wrong\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor("--profile", "etl")
    assert (status, causes(shown)) == (1, [("cannot-assume-role", "error", "proven")])
    assert any("external id wrong" in seen for seen in shown["findings"][0]["evidence"])
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\nexternal_id = right\n")
    assert doctor("--profile", "etl")[0] == 0


def test_a_role_that_wants_a_code_from_a_person_is_told_and_no_more_is_waited_for(home, sandbox, doctor):
    role = sandbox.role("etl", mfa=True)
    device = "arn:aws:iam::123456789012:mfa/ann"
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = {device}\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor("--profile", "etl")
    assert status == 1
    assert "mfa-cannot-renew" in {finding["cause"] for finding in shown["findings"]}


def test_an_error_that_is_its_own_cause_is_read_once():
    error = PersonNeeded("a code is needed")
    error.__cause__ = error
    assert list(_causes(error)) == [error]


def test_a_cure_names_the_profile_and_the_role_that_were_refused(home, sandbox, doctor):
    role = sandbox.role("etl", external_id="right")
    home.config(f"[profile my etl]\n[profile 'my etl']\nrole_arn = {role}\nsource_profile = base\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}[gone]\n{LONG_TERM}")
    _, shown = doctor("--profile", "my etl")
    typed = [command for finding in shown["findings"] for command in finding["cure"]["commands"]]
    assert any("--role-name etl " in command for command in typed)
    _, shown = doctor("--profile", "gone")
    assert "aws sts get-caller-identity --profile gone" in shown["findings"][0]["cure"]["commands"]
    assert "whose the credentials of the profile 'gone' are" in shown["findings"][0]["evidence"][0]
    _, shown = doctor(AWS_ACCESS_KEY_ID="AKIAXXXXXXXXXXXX0001", AWS_SECRET_ACCESS_KEY="canary-secret")
    assert "aws sts get-caller-identity" in shown["findings"][0]["cure"]["commands"]


def test_a_role_asked_for_longer_than_it_allows(home, sandbox, doctor):
    role = sandbox.role("etl", max_session_duration=3600)
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\nduration_seconds = 7200\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor("--profile", "etl")
    assert (status, causes(shown)) == (1, [("duration-exceeds-maximum", "error", "proven")])


def test_a_web_identity_that_nobody_can_verify(home, sandbox, doctor):
    role = sandbox.role("etl", trusts=["https://elsewhere.example"])
    token = home.write("token", sandbox.web_identity_token())
    home.config(f"[default]\nrole_arn = {role}\nweb_identity_token_file = {token}\n")
    status, shown = doctor()
    assert status == 1
    assert shown["findings"][0]["cause"] in {"identity-provider-unverified", "cannot-assume-role"}


def test_a_clock_that_is_off_is_measured_by_the_answers_date(home, sandbox, doctor):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    sandbox.skew(1200)
    status, shown = doctor()
    assert (status, causes(shown)) == (1, [("clock-skew", "error", "proven")])
    assert "s behind that of" in shown["findings"][0]["evidence"][0]
    sandbox.skew(90)
    assert causes(doctor()[1]) == [("clock-skew", "warning", "likely")]
    sandbox.skew(5)
    assert causes(doctor()[1]) == []


def test_a_clock_is_measured_also_where_there_is_nobody_to_ask_for(sandbox, doctor):
    sandbox.skew(-1200)
    assert ("clock-skew", "error", "proven") in causes(doctor(AWS_EC2_METADATA_DISABLED="true")[1])


def test_whoever_waits_for_an_answer_waits_for_one_try(home, sandbox, doctor):
    """Botocore's own three to five tries of a service that hangs would take most of a minute."""
    role = sandbox.role("etl")
    home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\n")
    home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
    with sandbox.fail(503, "sts"):
        _, shown = doctor("--profile", "etl")
    assert shown["findings"] != []
    assert sandbox.count("sts", "AssumeRole") == 1


def test_throttling_and_an_outage_are_not_the_users_fault(home, sandbox, doctor):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    with sandbox.throttle("sts"):
        assert causes(doctor()[1]) == [("sts-throttled", "error", "proven")]
    with sandbox.fail(503, "sts"):
        assert causes(doctor()[1]) == [("sts-unreachable", "error", "proven")]
    assert doctor()[0] == 0


@pytest.fixture
def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_login_page_in_the_place_of_sts_is_told_of_a_key_as_of_a_role(home, sandbox, doctor):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    with sandbox.fail(200, "sts", body="<html>login</html>"):
        status, shown = doctor()
    assert (status, [finding["cause"] for finding in shown["findings"]]) == (1, ["sts-unreachable"])
    assert "what answered is not STS" in shown["findings"][0]["evidence"][0]


def test_an_endpoint_that_nobody_serves_is_followed_to_the_step_that_fails(home, sandbox, doctor, free_port):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    status, shown = doctor(AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port}")
    assert (status, causes(shown)) == (1, [("sts-unreachable", "error", "proven")])
    assert any(f"no connection to 127.0.0.1:{free_port}" in seen for seen in shown["findings"][0]["evidence"])


@pytest.mark.parametrize(
    ("environ", "status", "cause"),
    [
        ({"AWS_PROFILE": "missing"}, 2, "profile-not-found"),
        ({"AWS_PROFILE": ""}, 2, "profile-not-found"),
        ({"AWS_CONFIG_FILE": "/etc/passwd"}, 2, "config-invalid"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, 1, "config-invalid"),
        ({"AWS_DEFAULT_REGION": "no region"}, 1, "config-invalid"),
        ({"AWS_CA_BUNDLE": "/nowhere", "AWS_ENDPOINT_URL": "https://127.0.0.1:9"}, 1, "sts-unreachable"),
    ],
)
def test_settings_that_keep_botocore_from_asking_are_an_answer_not_a_crash(
    home, sandbox, doctor, environ, status, cause
):
    home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
    code, shown = doctor(**environ)
    assert (code, cause in {name for name, *_ in causes(shown)}) == (status, True), shown


class TestProcess:
    def config(self, home, session, **change):
        answer = {
            "Version": 1,
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            **change,
        }
        program = home.write("program.py", f"print({json.dumps(answer)!r})")
        home.config(f"[default]\ncredential_process = {sys.executable} {program}\n")

    def test_one_that_names_no_end_is_never_asked_again(self, home, sandbox, doctor):
        sandbox.role("etl")
        self.config(home, sandbox.vend("etl", "me"))
        status, shown = doctor()
        assert (status, causes(shown)) == (1, [("process-without-expiration", "warning", "proven")])
        assert shown["winner"]["renews"] is False

    def test_one_that_names_its_end_renews(self, home, sandbox, doctor):
        sandbox.role("etl")
        self.config(home, sandbox.vend("etl", "me"), Expiration="2099-01-01T00:00:00Z")
        status, shown = doctor()
        assert (status, shown["winner"]["renews"], shown["winner"]["expires_at"]) == (0, True, "2099-01-01T00:00:00Z")

    def test_one_that_serves_what_has_lapsed(self, home, sandbox, doctor):
        sandbox.role("etl")
        session = sandbox.vend("etl", "me")
        sandbox.expire(session.access_key_id)
        self.config(home, session)
        assert causes(doctor()[1]) == [("process-without-expiration", "error", "proven")]

    def test_one_that_fails(self, home, doctor):
        home.config("[default]\ncredential_process = false\n")
        status, shown = doctor()
        assert (status, causes(shown)) == (1, [("process-without-expiration", "error", "proven")])
