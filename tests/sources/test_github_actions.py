"""A CI job that outlives its sessions, because it fetches a new OIDC token for each."""

from __future__ import annotations

import pytest

from unexpired.engine.errors import ConfigurationError, RenewalRefused, SourceUnavailable
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sandbox.github import GithubOidc
from unexpired.sandbox.local_endpoint import json_reply, text_reply
from unexpired.sources import source_for
from unexpired.testing import FakeClock, Sandbox

ROLE = "arn:aws:iam::123456789012:role/deploy"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def cloud(clock, files, monkeypatch):
    files("[default]\nregion = us-east-1\n")
    with Sandbox(clock=clock) as sandbox:
        sandbox.role("deploy", trusts=[sandbox.issuer])
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield sandbox


@pytest.fixture
def job(cloud, monkeypatch):
    """This process, as a job of GitHub Actions."""
    with GithubOidc(cloud) as github:
        for name, value in github.environment.items():
            monkeypatch.setenv(name, value)
        yield github


def test_a_role_is_assumed_with_the_jobs_own_token(job, cloud):
    source = source_for(role_arn=ROLE)
    credentials = source.fetch()
    assert source.name == credentials.source == "github_actions"
    assert cloud.sessions[-1].access_key_id == credentials.access_key_id
    assert job.visits[0].query == {"api-version": "2.0", "audience": "sts.amazonaws.com"}


def test_the_variable_names_the_role_as_well(job, monkeypatch):
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "build-7")
    source = source_for()
    source.fetch()
    assert source.plan()[0].role_arn == ROLE
    assert source.role.session_name == "build-7"


def test_the_job_outlives_two_sessions_with_a_new_token_for_each(job, clock):
    refresher = Refresher(source_for(role_arn=ROLE), clock=clock, scheduler=Scheduler(clock))
    used = set()
    for _ in range(4):
        used.add(refresher.credentials().access_key_id)
        clock.advance(3700)
    refresher.close()
    assert len(used) == 4
    assert len(job.visits) == 4


def test_what_an_earlier_step_exported_does_not_stand_in_the_way(job, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIATESTKEY000000001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "x")
    assert source_for(role_arn=ROLE).name == "github_actions"
    assert source_for().name == "environment"


def test_a_named_profile_is_meant(job, files):
    files(f"[profile keys]\nregion = us-east-1\nKEYS\n[profile p]\nrole_arn = {ROLE}\nsource_profile = keys\n")
    assert source_for(profile_name="p").name == "assume_role"
    assert source_for(role_arn=ROLE, source_profile="keys").name == "assume_role"


def test_parameters_that_only_assume_role_takes_are_meant(job, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTKEY000000001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert source_for(role_arn=ROLE, external_id="x").name == "assume_role"
    assert source_for(role_arn=ROLE, duration_seconds=900).name == "github_actions"


def test_a_token_file_in_the_environment_comes_first(job, monkeypatch, tmp_path):
    (tmp_path / "token").write_text("x")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    assert source_for().name == "web_identity"


def test_a_job_without_the_permission_is_told_which(job):
    job.permitted = False
    with pytest.raises(RenewalRefused) as caught:
        source_for(role_arn=ROLE).fetch()
    assert caught.value.cause == "ci-job-outlives-session"
    assert "id-token: write" in caught.value.next_steps[0]


def test_a_role_that_does_not_trust_the_repository(job, cloud):
    cloud.role("deploy", trusts=["arn:aws:iam::123456789012:user/ann"])
    with pytest.raises(RenewalRefused) as caught:
        source_for(role_arn=ROLE).fetch()
    assert caught.value.cause in ("cannot-assume-role", "identity-provider-unverified")


@pytest.mark.parametrize(
    "reply", [json_reply({}, 500), text_reply("<html>"), json_reply({}), json_reply([]), json_reply({"value": ""})]
)
def test_a_github_in_trouble_can_be_waited_out(job, reply):
    job.say_instead(reply)
    with pytest.raises(SourceUnavailable):
        source_for(role_arn=ROLE).fetch()


def test_nobody_listens(job, monkeypatch):
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/")
    with pytest.raises(SourceUnavailable):
        source_for(role_arn=ROLE).fetch()


def test_the_jobs_token_does_not_go_over_the_network_in_the_clear(job, monkeypatch):
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.com/token")
    with pytest.raises(ConfigurationError, match="no https address"):
        source_for(role_arn=ROLE).fetch()


def test_no_token_shows(job, monkeypatch):
    token = job.environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    job.say_instead(json_reply({"message": f"bad token: {token}"}, 401))
    with pytest.raises(RenewalRefused) as caught:
        source_for(role_arn=ROLE).fetch()
    assert token not in str(caught.value)


def test_two_repositories_on_one_runner_do_not_share_a_session(job, monkeypatch):
    before = source_for(role_arn=ROLE).key
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/other")
    assert source_for(role_arn=ROLE).key != before
