"""Clients go on where this machine's clock is off: their requests are signed with the service's time."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from unexpired.channels.boto.timing import SignsInTime
from unexpired.sources.aws.skew import ServiceClocks
from unexpired.testing import FakeClock

BUCKET = "bucket"
# S3 takes a quarter of an hour of difference, the others five minutes.
OFF = [pytest.param(1200, id="behind"), pytest.param(-1200, id="ahead")]


@pytest.fixture
def stored(s3):
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"content")
    return s3


@pytest.mark.parametrize("seconds", OFF)
def test_s3_is_asked_once_more_with_its_own_time_and_then_right_away(stored, sandbox, seconds, caplog):
    sandbox.skew(seconds)
    assert stored.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"content"
    assert sandbox.count("s3", accepted=False) == 1
    stored.get_object(Bucket=BUCKET, Key="key")
    assert sandbox.count("s3", accepted=False) == 1
    assert len([message for message in caplog.messages if "clock-skew" in message]) == 1


@pytest.mark.parametrize("seconds", OFF)
def test_a_head_whose_refusal_has_no_words_too(stored, sandbox, seconds):
    sandbox.skew(seconds)
    assert stored.head_object(Bucket=BUCKET, Key="key")["ContentLength"] == 7


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("service", ["dynamodb", "ec2", "sqs", "sts"])
def test_services_of_every_protocol(session, connect, sandbox, service, mode):
    call = {
        "dynamodb": lambda client: client.list_tables(),
        "ec2": lambda client: client.describe_regions(),
        "sqs": lambda client: client.list_queues(),
        "sts": lambda client: client.get_caller_identity(),
    }[service]
    session.refresher.credentials()
    sandbox.skew(600)
    assert call(connect(session, service, mode=mode))["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_body_is_sent_from_where_it_began(stored, sandbox):
    content = io.BytesIO(b"before|after")
    content.seek(7)
    sandbox.skew(1200)
    stored.put_object(Bucket=BUCKET, Key="key", Body=content)
    assert stored.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"after"


@pytest.mark.parametrize(("resendable", "again"), [(True, 0), (False, None)])
def test_a_body_that_cannot_be_sent_twice_is_not(resendable, again):
    signs = SignsInTime(ServiceClocks(FakeClock()))
    context = {"unexpired_endpoint": "https://minio.example", "unexpired_resendable": resendable}
    http = SimpleNamespace(status_code=403, headers={"Date": "Sat, 01 Jan 2000 00:00:00 GMT"})
    answer = (http, {"Error": {"Code": "RequestTimeTooSkewed"}})
    assert signs.again_in_time(answer, {"context": context, "method": "PUT"}) == again


def test_a_clock_that_has_been_set_meanwhile_is_believed_again(stored, sandbox):
    sandbox.skew(1200)
    stored.get_object(Bucket=BUCKET, Key="key")
    sandbox.skew(0)
    stored.get_object(Bucket=BUCKET, Key="key")
    refused = sandbox.count("s3", accepted=False)
    stored.get_object(Bucket=BUCKET, Key="key")
    assert sandbox.count("s3", accepted=False) == refused == 2


def test_a_presigned_url_is_botocores(stored, sandbox):
    sandbox.skew(1200)
    stored.get_object(Bucket=BUCKET, Key="key")
    url = stored.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "key"})
    assert "unexpired" not in url


def test_what_one_service_of_aws_says_holds_for_all_and_for_nobody_else():
    clock = FakeClock()
    clocks = ServiceClocks(clock)
    clocks.observe("https://sts.us-east-1.amazonaws.com", {"date": "Sat, 01 Jan 2000 00:00:00 GMT"})
    assert clocks.ahead("https://bucket.s3.eu-west-1.amazonaws.com") != 0
    assert clocks.ahead("https://minio.example") == 0
    assert clocks.ahead("https://amazonaws.com.example") == 0


def test_while_the_clock_is_right_botocore_signs():
    signs = SignsInTime(ServiceClocks(FakeClock()))
    context = {"unexpired_endpoint": "https://s3.us-east-1.amazonaws.com"}
    assert signs.choose("s3v4", context, "s3") is None
