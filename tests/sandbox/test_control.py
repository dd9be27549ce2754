"""A sandbox in another process is told and asked over HTTP, by local programs only."""

from __future__ import annotations

import http.client
import json

import pytest
from botocore.exceptions import ClientError

from unexpired.sandbox.remote import RemoteSandbox


@pytest.fixture
def remote(sandbox):
    return RemoteSandbox(sandbox.endpoint_url)


@pytest.fixture
def ask(sandbox):
    """``ask("GET", "requests", headers={}, given={})`` is a control call's status and answer."""

    def send(method, name, *, headers=None, given=None):
        connection = http.client.HTTPConnection(sandbox.endpoint_url.partition("//")[2], timeout=30)
        connection.request(
            method, f"/_unexpired/{name}", json.dumps(given) if given is not None else None, headers or {}
        )
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    return send


def code(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def test_faults_are_set_and_lifted_from_outside(remote, client, ann):
    s3 = client("s3", ann)
    with remote.throttle("s3", "ListBuckets"):
        assert code(s3.list_buckets) == "SlowDown"
    s3.list_buckets()
    remote.refuse("s3", times=1)
    assert code(s3.list_buckets) == "AccessDenied"
    remote.fail(503)
    remote.skew(3600)
    remote.behave()
    s3.list_buckets()


def test_identities_are_made_from_outside(remote, client):
    key = remote.user("bob")
    arn = remote.role("etl", max_session_duration=7200, external_id="agreed")
    session = client("sts", key).assume_role(
        RoleArn=arn, RoleSessionName="job", ExternalId="agreed", DurationSeconds=7200
    )["Credentials"]
    client("s3", session).list_buckets()


def test_sessions_are_ended_from_outside(remote, client, assumed):
    first, second = assumed(), assumed()
    remote.expire(first["AccessKeyId"])
    assert code(client("s3", first).list_buckets) == "ExpiredToken"
    assert remote.revoke(ending="denied") == 2
    assert code(client("s3", second).list_buckets) == "AccessDenied"


def test_what_happened_is_told_outside(remote, sandbox, client, ann):
    client("s3", ann).list_buckets()
    assert remote.requests() == sandbox.requests
    assert remote.count("s3") == 1
    assert remote.count("s3", "ListBuckets", accepted=False) == 0
    assert remote.count(accepted=True) == 1
    remote.reset()
    assert remote.count() == 0


def test_an_mfa_code_and_a_token_are_to_be_had(ask, sandbox, client, ann):
    _, device = ask("POST", "mfa-device", given={"user_name": "ann"})
    _, shown = ask("POST", "mfa-code", given={"serial": device["serial"]})
    arn = sandbox.role("admin", mfa=True)
    client("sts", ann).assume_role(
        RoleArn=arn, RoleSessionName="job", SerialNumber=device["serial"], TokenCode=shown["code"]
    )
    status, answer = ask("POST", "web-identity-token", given={"subject": "repo:acme/etl"})
    assert (status, answer["token"].count(".")) == (200, 2)


def test_the_list_of_sessions_holds_no_secret(ask, assumed):
    session = assumed()
    _, answer = ask("GET", "sessions")
    assert [each["access_key_id"] for each in answer["sessions"]] == [session["AccessKeyId"]]
    assert session["SecretAccessKey"] not in json.dumps(answer)
    assert session["SessionToken"] not in json.dumps(answer)


def test_a_call_that_cannot_be_followed_says_why(ask, remote):
    assert ask("POST", "faults", given={"misdeed": "explode"})[0] == 400
    assert ask("POST", "faults", given={"colour": "red"})[0] == 400
    assert ask("POST", "user", given=[1])[0] == 400
    status, answer = ask("GET", "nothing")
    assert status == 404
    assert "POST /_unexpired/revoke" in answer["error"]
    with pytest.raises(ValueError, match="no session with the access key id ASIA…0000"):
        remote.expire("ASIAUNKNOWNKEY000000")


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example:80"}, {"Host": "evil.example"}, {"Origin": "https://evil.example"}]
)
def test_a_web_page_cannot_reach_the_control_api(ask, headers):
    assert ask("POST", "reset", headers=headers, given={})[0] == 403


def test_control_calls_are_not_counted_as_requests(ask, sandbox):
    ask("GET", "")
    assert sandbox.requests == ()
