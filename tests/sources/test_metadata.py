"""The endpoints of machines: an instance's metadata service, a task's and a pod's credentials."""

from __future__ import annotations

import os
import time

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.credentials import ContainerProvider, ReadOnlyCredentials
from botocore.utils import ContainerMetadataFetcher

from unexpired.engine.errors import ConfigurationError, SourceUnavailable
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sandbox.local_endpoint import json_reply, text_reply
from unexpired.sandbox.metadata import ContainerCredentials, InstanceMetadata
from unexpired.sources import source_for
from unexpired.sources.container import Container
from unexpired.sources.instance import Instance
from unexpired.testing import FakeClock, Sandbox

ROLE = "arn:aws:iam::123456789012:role/job"
needs_token_files = pytest.mark.skipif(
    not hasattr(ContainerProvider, "ENV_VAR_AUTH_TOKEN_FILE"), reason="botocore knows them since 1.32"
)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def cloud(clock, files):
    """A sandbox by the fake clock, and no shared files."""
    files()
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Botocore waits a second between its tries of a container's endpoint."""
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0.01)


@pytest.fixture
def instance(cloud, monkeypatch):
    started = []

    def start(**settings) -> InstanceMetadata:
        endpoint = InstanceMetadata(cloud, **settings).__enter__()
        started.append(endpoint)
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.url)
        return endpoint

    yield start
    for endpoint in started:
        endpoint.__exit__(None, None, None)


@pytest.fixture
def container(cloud, monkeypatch):
    started = []

    def start(**settings) -> ContainerCredentials:
        endpoint = ContainerCredentials(cloud, **settings).__enter__()
        started.append(endpoint)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.full_url)
        return endpoint

    yield start
    for endpoint in started:
        endpoint.__exit__(None, None, None)


def outlives(source, clock, sessions: int, step: float) -> set[str]:
    """The key ids that a refresher serves while time goes on; each lives when it is served."""
    refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock))
    used: set[str] = set()
    for _ in range(40):
        credentials = refresher.credentials()
        assert credentials.remaining(clock.now()) > 0
        used.add(credentials.access_key_id)
        if len(used) == sessions:
            break
        clock.advance(step)
    refresher.close()
    return used


# An instance.


def test_an_instances_role(instance, cloud):
    metadata = instance()
    credentials = source_for().fetch()
    assert credentials.source == "instance"
    assert credentials.access_key_id == cloud.sessions[-1].access_key_id
    assert [visit.method for visit in metadata.visits] == ["PUT", "GET", "GET"]


def test_an_instances_job_outlives_two_sessions(instance, clock):
    instance(lifetime=3600)
    assert len(outlives(Instance(source_for().lookup, clock), clock, 3, 1200)) == 3


def test_the_end_is_the_services_own_and_not_botocores_guess(instance, cloud, clock):
    instance(lifetime=700)
    credentials = Instance(source_for().lookup, clock).fetch()
    assert credentials.expires_at.timestamp() == pytest.approx(cloud.sessions[-1].expires_at, abs=1)


def test_in_an_outage_what_the_service_goes_on_serving_is_served_as_extended(instance, clock, caplog):
    metadata = instance(lifetime=3600)
    metadata.outage()
    refresher = Refresher(Instance(source_for().lookup, clock), clock=clock, scheduler=Scheduler(clock))
    before = refresher.credentials()
    clock.advance(3700)
    served = refresher.credentials()
    assert served.access_key_id == before.access_key_id
    assert served.extended
    assert refresher.status().extended
    assert "extended" in repr(served)
    assert "outage" in caplog.text
    metadata.recover()
    clock.advance(3600)
    after = refresher.credentials()
    assert after.access_key_id != before.access_key_id
    assert not after.extended
    refresher.close()


def test_the_hop_limit_is_named_with_its_cure(instance):
    instance(hop_limit=1)
    with pytest.raises(ConfigurationError) as caught:
        source_for().fetch()
    assert "one hop" in caught.value.why
    assert "--http-put-response-hop-limit 2" in caught.value.next_steps[0]
    assert caught.value.cause == "metadata-stale"


def test_version_1_is_used_where_it_is_offered_and_no_token_comes(instance):
    instance(hop_limit=1, version_1=True)
    assert source_for().fetch().source == "instance"


def test_version_1_is_not_used_where_that_was_forbidden(instance, monkeypatch):
    metadata = instance(hop_limit=1, version_1=True)
    monkeypatch.setenv("AWS_EC2_METADATA_V1_DISABLED", "true")
    knows = "ec2_metadata_v1_disabled" in BOTOCORE_DEFAUT_SESSION_VARIABLES  # since botocore 1.33
    said = "IMDSv1 has been disabled" if knows else "does not know AWS_EC2_METADATA_V1_DISABLED"
    with pytest.raises((SourceUnavailable, ConfigurationError), match=said):
        source_for().fetch()
    assert [visit.method for visit in metadata.visits] == (["PUT"] if knows else [])


def test_an_instance_without_a_role(instance):
    instance(role=None, version_1=True)
    with pytest.raises(ConfigurationError) as caught:
        source_for().fetch()
    assert "no role attached" in caught.value.why
    assert caught.value.cause == "no-credentials"


def test_a_service_that_is_switched_off(instance):
    instance().say_instead(text_reply("", 403))
    with pytest.raises(ConfigurationError, match="switched off"):
        source_for().fetch()


@pytest.mark.parametrize("text", ["<html>", "", "{}", '{"Code": "AssumeRoleUnauthorizedAccess", "Message": "x"}'])
def test_nonsense_is_no_session(instance, text):
    metadata = instance(version_1=True)
    answer = metadata.answer
    metadata.answer = lambda visit: text_reply(text) if visit.path.endswith("/instance") else answer(visit)
    with pytest.raises(ConfigurationError) as caught:
        source_for().fetch()
    assert caught.value.why


def test_nobody_at_home_says_that_nothing_has_credentials(files, monkeypatch):
    files()
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError) as caught:
        source_for().fetch()
    assert caught.value.cause == "no-credentials"
    assert caught.value.exit_code == 2


def test_a_service_that_was_there_and_is_silent_can_be_waited_for(instance):
    metadata = instance()
    source = source_for()
    source.fetch()
    metadata.say_instead(text_reply("", 500))
    with pytest.raises(SourceUnavailable) as caught:
        source.fetch()
    assert caught.value.cause == "metadata-stale"
    metadata.behave()
    assert source.fetch()


def test_a_role_can_be_assumed_with_the_instances(instance, cloud, monkeypatch, files):
    instance()
    cloud.role("job")
    files(f"[profile p]\nregion = us-east-1\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASOMETHINGELSE001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    source = source_for(profile_name="p")
    assert source.fetch().source == "assume_role"
    assert [step.kind for step in source.plan()] == ["instance", "assume_role"]


# A container.


def test_a_tasks_role_by_its_full_address_and_token(container, monkeypatch):
    container(token="Basic 0123")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic 0123")
    credentials = source_for().fetch()
    assert credentials.source == "container"
    knows = "account_id" in ReadOnlyCredentials._fields  # since botocore 1.35
    assert credentials.account_id == ("123456789012" if knows else None)


def test_a_tasks_role_by_its_relative_address(cloud, monkeypatch):
    with ContainerCredentials(cloud) as endpoint:
        # The address is fixed in botocore, and below 169.254 nobody may listen here.
        monkeypatch.setattr(ContainerMetadataFetcher, "IP_ADDRESS", endpoint.url.removeprefix("http://"))
        monkeypatch.setattr(ContainerMetadataFetcher, "_validate_allowed_url", lambda *_: None)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", endpoint.path)
        assert source_for().fetch().access_key_id == cloud.sessions[-1].access_key_id


def test_a_containers_job_outlives_two_sessions(container, clock):
    container()
    assert len(outlives(Container(source_for().lookup, clock), clock, 3, 1200)) == 3


@needs_token_files
def test_a_pods_token_file_is_read_again_each_time(container, tmp_path, monkeypatch):
    token = tmp_path / "token"
    token.write_text("first")
    container(token=token)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    source = source_for()
    source.fetch()
    token.write_text("second")
    assert source.fetch().source == "container"


def test_a_role_can_be_assumed_with_the_tasks(container, cloud, monkeypatch, files):
    container()
    cloud.role("job")
    files(f"[profile p]\nregion = us-east-1\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.endpoint_url)
    source = source_for(profile_name="p", duration_seconds=7200)
    source.fetch()
    assert [step.kind for step in source.plan()] == ["container", "assume_role"]
    assert source.plan()[1].duration_seconds == 3600


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"message": "no"}, 401),
        json_reply({"message": "no"}, 500),
        text_reply("<html>"),
        json_reply({"AccessKeyId": "A"}),
        json_reply({"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t"}),
        json_reply([]),
        json_reply({"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": "soon"}),
    ],
    ids=["401", "500", "html", "half", "no end", "a list", "no time"],
)
def test_an_endpoint_that_gives_nothing_of_use_is_named(container, reply):
    container().say_instead(reply)
    with pytest.raises(SourceUnavailable) as caught:
        source_for().fetch()
    assert "container" in caught.value.what
    assert caught.value.cause == "metadata-stale"
    assert caught.value.why


def test_an_endpoint_that_hangs_is_given_up_on(container, monkeypatch):
    monkeypatch.setattr(ContainerMetadataFetcher, "TIMEOUT_SECONDS", 0.2)
    container().hang()
    began = time.monotonic()
    with pytest.raises(SourceUnavailable):
        source_for().fetch()
    assert time.monotonic() - began < 20


def test_a_lapsed_session_of_somebody_elses_endpoint_is_not_extended(container, clock):
    endpoint = container()
    lapsed = {"AccessKeyId": "ASIATESTKEY000000001", "SecretAccessKey": "s", "Token": "t"}
    endpoint.say_instead(json_reply({**lapsed, "Expiration": "2026-11-21T11:00:00Z"}))
    refresher = Refresher(Container(source_for().lookup, clock), clock=clock, scheduler=Scheduler(clock))
    with pytest.raises(SourceUnavailable) as caught:
        refresher.credentials()
    assert caught.value.cause == "metadata-stale"
    refresher.close()


@pytest.mark.parametrize("address", ["http://example.com/", "http://10.0.0.1/x", "ftp://127.0.0.1/", "nonsense"])
def test_a_token_is_not_sent_in_the_clear_to_another_machine(files, monkeypatch, address):
    files()
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", address)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary")
    with pytest.raises((ConfigurationError, SourceUnavailable)) as caught:
        source_for().fetch()
    assert "canary" not in str(caught.value)
    if address.startswith("http:"):
        assert isinstance(caught.value, ConfigurationError)


def test_a_botocore_from_before_token_files_is_told_by_its_version(container, monkeypatch, tmp_path):
    """With an older one the endpoint would be asked without a token, and answer 401."""
    token = tmp_path / "token"
    token.write_text("first")
    endpoint = container(token=token)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    monkeypatch.delattr(ContainerProvider, "ENV_VAR_AUTH_TOKEN_FILE", raising=False)
    with pytest.raises(ConfigurationError, match="does not know AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") as caught:
        source_for().fetch()
    assert caught.value.cause == "sdk-too-old"
    assert caught.value.next_steps == ("pip install --upgrade 'boto3>=1.32'",)
    assert endpoint.visits == []


@needs_token_files
@pytest.mark.parametrize("content", [None, "two\nlines"])
def test_a_token_file_that_cannot_be_used_is_a_mistake_in_the_configuration(container, monkeypatch, tmp_path, content):
    container()
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(path))
    with pytest.raises(ConfigurationError):
        source_for().fetch()


def test_the_environments_own_keys_come_first(container, monkeypatch):
    endpoint = container()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTKEY000000001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert source_for().name == "environment"
    assert endpoint.visits == []
    assert os.environ["AWS_ACCESS_KEY_ID"]
