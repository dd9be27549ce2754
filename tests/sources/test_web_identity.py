"""A role assumed with a token from a file that somebody else rotates."""

from __future__ import annotations

import threading

import pytest

from unexpired.engine.errors import ConfigurationError, RenewalRefused
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sources import source_for
from unexpired.testing import FakeClock, Sandbox

ROLE = "arn:aws:iam::123456789012:role/irsa"


@pytest.fixture
def token_file(tmp_path):
    return tmp_path / "token"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def issuer(clock, monkeypatch, files, token_file):
    """The sandbox, with the variables that EKS sets in a pod."""
    files("[default]\nregion = us-east-1\n")
    with Sandbox(clock=clock) as sandbox:
        sandbox.role("irsa", trusts=[sandbox.issuer])
        token_file.write_text(sandbox.web_identity_token())
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
        monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token_file))
        yield sandbox


def test_a_pods_variables_give_its_session(issuer):
    source = source_for()
    credentials = source.fetch()
    assert credentials.source == "web_identity"
    assert issuer.sessions[-1].access_key_id == credentials.access_key_id
    assert source.plan()[0].role_arn == ROLE
    assert source.plan()[0].profile is None


def test_the_token_is_read_again_on_each_renewal_so_that_a_job_outlives_three(issuer, clock, token_file):
    refresher = Refresher(source_for(), clock=clock, scheduler=Scheduler(clock))
    used = set()
    for _ in range(4):
        used.add(refresher.credentials().access_key_id)
        clock.advance(3601)
        token_file.write_text(issuer.web_identity_token())
    refresher.close()
    assert len(used) == 4


def test_a_token_that_nobody_rotated_says_so(issuer, clock):
    source = source_for()
    source.fetch()
    clock.advance(3700)
    with pytest.raises(RenewalRefused) as caught:
        source.fetch()
    assert caught.value.cause == "web-identity-token-expired"


def test_a_profile_can_name_all_of_it_and_how_long(issuer, files, token_file, monkeypatch):
    monkeypatch.delenv("AWS_ROLE_ARN")
    monkeypatch.delenv("AWS_WEB_IDENTITY_TOKEN_FILE")
    issuer.role("irsa", trusts=[issuer.issuer], max_session_duration=7200)
    files(
        f"[profile ci]\nregion = us-east-1\nrole_arn = {ROLE}\nweb_identity_token_file = {token_file}\n"
        "duration_seconds = 7200\nrole_session_name = build-7\n"
    )
    source_for(profile_name="ci").fetch()
    session = issuer.sessions[-1]
    assert session.arn.endswith("/irsa/build-7")
    assert session.expires_at - session.issued_at == pytest.approx(7200, abs=2)


def test_a_named_profile_sets_the_variables_aside(issuer, files):
    files("[profile keys]\nKEYS\n")
    assert source_for(profile_name="keys").name == "static_profile"


def test_a_role_can_be_assumed_on_top_of_it(issuer):
    issuer.role("job")
    source = source_for(role_arn="arn:aws:iam::123456789012:role/job", duration_seconds=7200)
    source.fetch()
    assert [step.kind for step in source.plan()] == ["web_identity", "assume_role"]
    assert source.plan()[1].duration_seconds == 3600


def test_a_provider_that_is_not_registered(issuer):
    issuer.role("irsa", trusts=["https://elsewhere.example.com"])
    with pytest.raises(RenewalRefused) as caught:
        source_for().fetch()
    assert caught.value.cause in ("identity-provider-unverified", "cannot-assume-role")


def test_a_role_that_does_not_trust_the_token_is_compared_with_it_and_with_no_caller(issuer):
    issuer.role("irsa", trusts=[])
    with pytest.raises(RenewalRefused) as caught:
        source_for().fetch()
    assert "the token's iss, sub and aud" in caught.value.next_steps[1]
    assert "get-caller-identity" not in str(caught.value)


UNUSABLE = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_text(" \n"),
    "too long": lambda path: path.write_text("x" * 20_001),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("spoil", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_token_file_that_cannot_be_used_is_named(issuer, token_file, spoil):
    source = source_for()
    before = source.key
    spoil(token_file)
    with pytest.raises(ConfigurationError) as caught:
        source.fetch()
    assert str(token_file) in caught.value.what
    assert caught.value.why
    assert issuer.count("sts") == 0
    assert source.key != before


def test_a_token_file_that_vanishes_between_renewals_leaves_the_session_in_force_and_is_said(
    issuer, clock, token_file, caplog
):
    refresher = Refresher(source_for(), clock=clock, scheduler=Scheduler(clock))
    before = refresher.credentials()
    token_file.unlink()
    clock.advance(3000)  # past the moment of renewal, before the end
    while not refresher.status().failures:  # the background's attempt, which nobody waits for
        threading.Event().wait(0.01)
    assert refresher.credentials().access_key_id == before.access_key_id
    assert str(token_file) in caplog.text
    token_file.write_text(issuer.web_identity_token())
    clock.advance(700)
    assert refresher.credentials().access_key_id != before.access_key_id
    refresher.close()


def test_a_token_that_is_none_of_sts(issuer, token_file):
    token_file.write_text("not.a.token")
    with pytest.raises(RenewalRefused) as caught:
        source_for().fetch()
    assert caught.value.cause == "identity-provider-unverified"


def test_a_token_file_without_a_role_is_half_a_configuration(issuer, monkeypatch):
    monkeypatch.delenv("AWS_ROLE_ARN")
    with pytest.raises(ConfigurationError) as caught:
        source_for()
    assert caught.value.cause == "partial-credentials"
    assert "AWS_ROLE_ARN" in caught.value.next_steps[0]


def test_the_key_is_the_same_when_the_token_is_rotated_and_another_for_another_pod(issuer, token_file, clock):
    source = source_for()
    before = source.key
    clock.advance(60)
    token_file.write_text(issuer.web_identity_token())
    assert source.key == before
    token_file.write_text(issuer.web_identity_token("system:serviceaccount:jobs:other"))
    assert source.key != before
