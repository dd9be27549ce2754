"""A request that a service refused because its session lapsed is renewed for, signed again and sent again."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

import unexpired

BUCKET = "bucket"
MODES = ["legacy", "standard", "adaptive"]

# A call of each wire format, and the code by which that format says that a session has lapsed.
CALLS = {
    "s3": lambda client: client.list_buckets(),
    "sts": lambda client: client.get_caller_identity(),  # query
    "sqs": lambda client: client.list_queues(),  # JSON, query-compatible
    "dynamodb": lambda client: client.list_tables(),  # JSON
    "lambda": lambda client: client.list_functions(),  # REST-JSON
    "ec2": lambda client: client.describe_regions(),  # EC2's own: RequestExpired
}
BEHIND_THE_GATE = {"s3", "sts"}  # the rest answers whatever moto was installed with; what counts is that it is reached


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("service", CALLS)
def test_a_call_survives_the_end_of_its_session(session, connect, sandbox, issued, service, mode):
    # One attempt where moto, behind the gate, has nothing but an error to answer with: it would only be repeated.
    client = connect(session, service, mode=mode, attempts=3 if service in BEHIND_THE_GATE else 1)
    _call(service, client)
    sandbox.revoke()
    _call(service, client)
    asked = [r for r in sandbox.requests if r.service == service and r.operation != "AssumeRole"]
    assert [r.accepted for r in asked] == [True, False, True], asked
    assert issued() == 2


def test_it_does_not_count_as_one_of_the_attempts_that_a_client_may_make(session, sandbox, issued):
    client = session.client(
        "s3", endpoint_url=sandbox.endpoint_url, config=Config(retries={"total_max_attempts": 1, "mode": "standard"})
    )
    client.list_buckets()
    sandbox.revoke()
    client.list_buckets()
    assert issued() == 2


def test_many_threads_that_are_refused_at_once_cost_one_renewal(session, s3, sandbox, issued):
    threads = 8
    together = threading.Barrier(threads)

    def put(number):
        for turn in range(5):
            if turn == 2 and together.wait() == 0:
                sandbox.revoke()
            together.wait()
            s3.put_object(Bucket=BUCKET, Key=f"{number}-{turn}", Body=b"x" * 1000)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(put, range(threads)))
    assert issued() == 2
    assert len(s3.list_objects_v2(Bucket=BUCKET)["Contents"]) == threads * 5


@pytest.mark.parametrize("mode", MODES)
def test_a_source_whose_every_session_is_refused_is_given_up_with_the_cause_named(
    assume, connect, sandbox, issued, mode
):
    def dead_on_arrival():
        credentials = assume()
        sandbox.revoke()
        return credentials

    session = unexpired.Session(source=dead_on_arrival, store="memory", region_name="us-east-1")
    with pytest.raises(ClientError) as refused:
        connect(session, "s3", mode=mode).list_buckets()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"
    assert isinstance(refused.value.__cause__, unexpired.RenewalRefused)
    assert refused.value.__cause__.cause == "session-revoked"
    assert "was refused as expired, after 2 renewals" in str(refused.value)
    assert issued() == 3
    assert [r.verdict for r in sandbox.requests if r.operation == "ListBuckets"] == ["ExpiredToken"] * 3


def test_a_source_that_keeps_failing_does_not_make_a_job_hammer_sts(session, s3, sandbox):
    def revoke_and_call():
        sandbox.revoke()
        try:
            s3.list_buckets()
        except ClientError:
            return "refused"
        except unexpired.UnexpiredError:
            return "no session"
        return "fine"

    before = sandbox.count("sts", "AssumeRole")
    with sandbox.refuse("sts", "AssumeRole"):
        outcomes = [revoke_and_call() for _ in range(20)]
    assert outcomes == ["refused"] + ["no session"] * 19
    assert sandbox.count("sts", "AssumeRole") - before <= 2


def test_the_refusal_of_a_session_that_cannot_be_renewed_is_a_client_error_that_names_the_cause(s3, sandbox):
    sandbox.revoke()
    with sandbox.fail(500, "sts"), pytest.raises(ClientError) as refused:
        s3.list_buckets()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"
    assert isinstance(refused.value.__cause__, unexpired.UnexpiredError)
    assert str(refused.value.__cause__) in str(refused.value)
    assert "unexpired" not in refused.value.response


def test_a_waiter_names_the_cause_too(session, connect, sandbox):
    waiter = connect(session, "iam").get_waiter("user_exists")
    session.refresher.renew()
    sandbox.revoke()
    with sandbox.fail(500, "sts"), pytest.raises(WaiterError, match="ExpiredToken") as failed:
        waiter.wait(UserName="ann", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    assert "assume_role() raised ClientError" in str(failed.value)


def test_keys_given_to_a_client_are_left_alone(session, sandbox, assume, issued):
    own = assume()
    client = session.client(
        "s3",
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=own.access_key_id,
        aws_secret_access_key=own.secret_access_key,
        aws_session_token=own.session_token,
    )
    sandbox.revoke()
    with pytest.raises(ClientError) as refused:
        client.list_buckets()
    assert refused.value.__cause__ is None
    assert issued() == 1  # the client's own; nothing was renewed for it


def test_an_error_that_is_not_about_credentials_is_left_alone(s3, issued):
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=BUCKET, Key="missing")
    assert error.value.response["Error"]["Code"] == "NoSuchKey"
    assert error.value.__cause__ is None
    assert issued() == 1


class TestHead:
    """A HEAD that is refused is a bare 400: the record decides, and where it cannot, one renewal finds out."""

    @pytest.mark.sandbox(lifetime=1)
    def test_a_head_with_a_session_that_lapsed_on_the_way_survives(self, s3, sandbox, session, monkeypatch):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
        stale = session.get_credentials().get_frozen_credentials()
        time.sleep(1.1)

        def lapsed_once(self):
            monkeypatch.undo()
            return stale

        monkeypatch.setattr(type(session.get_credentials()), "get_frozen_credentials", lapsed_once)
        assert s3.head_object(Bucket=BUCKET, Key="key")["ContentLength"] == 1
        assert [r.verdict for r in sandbox.requests if r.operation == "HeadObject"] == ["ExpiredToken", "accepted"]

    def test_threads_that_only_ask_heads_survive_a_revocation_at_one_renewal(self, s3, sandbox, issued):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
        sandbox.revoke()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: s3.head_object(Bucket=BUCKET, Key="key"), range(16)))
        assert {answer["ContentLength"] for answer in answers} == {1}
        assert issued() <= 3  # one, and a spare one where two flights just missed each other

    def test_a_head_that_is_wrong_in_another_way_costs_one_renewal_in_a_while(self, s3, session, sandbox, issued):
        with sandbox.fail(400, "s3", "HeadObject"):
            for _ in range(10):
                with pytest.raises(ClientError) as error:
                    s3.head_object(Bucket=BUCKET, Key="key")
                assert error.value.response["Error"]["Code"] == "400"
        assert issued() == 2

    def test_a_renewal_out_of_doubt_that_fails_leaves_the_session_in_force(self, s3, session, sandbox):
        before = session.get_credentials().access_key
        with sandbox.fail(400, "s3", "HeadObject"), sandbox.fail(500, "sts"), pytest.raises(ClientError):
            s3.head_object(Bucket=BUCKET, Key="key")
        assert s3.list_buckets()["Buckets"]
        assert session.get_credentials().access_key == before

    def test_a_missing_object_is_a_404_and_renews_nothing(self, s3, issued):
        with pytest.raises(ClientError, match="404"):
            s3.head_object(Bucket=BUCKET, Key="missing")
        assert issued() == 1


def test_a_session_that_the_service_no_longer_knows_is_renewed_once(s3, sandbox, issued):
    sandbox.revoke(ending="invalid")
    assert s3.list_buckets()["Buckets"]
    assert issued() == 2


def test_a_session_that_is_denied_is_not_renewed_for(s3, sandbox, issued):
    sandbox.revoke(ending="denied")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_buckets()
    assert issued() == 1


def test_a_paginator_goes_on_with_the_page_at_which_it_was_refused(s3, sandbox, issued):
    for number in range(9):
        s3.put_object(Bucket=BUCKET, Key=f"{number}", Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 3})
    keys = []
    for page in pages:
        keys += [entry["Key"] for entry in page["Contents"]]
        sandbox.revoke()
    assert keys == [str(number) for number in range(9)]
    assert issued() == 3


def test_a_resource_survives_like_its_client(session, sandbox, s3, issued):
    bucket = session.resource("s3", endpoint_url=sandbox.endpoint_url).Bucket(BUCKET)
    bucket.put_object(Key="key", Body=b"x")
    sandbox.revoke()
    assert [entry.key for entry in bucket.objects.all()] == ["key"]
    assert issued() == 2


def test_a_client_of_plain_boto3_in_the_same_process_is_not_touched(session, sandbox, assume, connect):
    connect(session, "s3").list_buckets()
    own = assume()
    plain = boto3.Session(
        own.access_key_id,
        own.secret_access_key,
        own.session_token,
        region_name="us-east-1",
        botocore_session=botocore.session.Session(),
    )
    client = plain.client("s3", endpoint_url=sandbox.endpoint_url)
    sandbox.revoke()
    with pytest.raises(ClientError, match="ExpiredToken") as refused:
        client.list_buckets()
    assert refused.value.__cause__ is None


def _call(service, client):
    with contextlib.nullcontext() if service in BEHIND_THE_GATE else contextlib.suppress(ClientError):
        CALLS[service](client)
