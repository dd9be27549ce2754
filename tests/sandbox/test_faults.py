"""The sandbox misbehaves as told, to whom it is told, as often as it is told, and then behaves again."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, HTTPClientError, ReadTimeoutError

from unexpired.testing import Sandbox


def code(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("service", "operation", "throttled", "refused"),
    [
        ("s3", "list_buckets", "SlowDown", "AccessDenied"),
        ("sts", "get_caller_identity", "Throttling", "AccessDenied"),
        ("dynamodb", "list_tables", "ThrottlingException", "AccessDeniedException"),
        ("ec2", "describe_instances", "RequestLimitExceeded", "UnauthorizedOperation"),
        ("lambda", "list_functions", "ThrottlingException", "AccessDeniedException"),
    ],
)
def test_each_service_throttles_and_refuses_in_its_own_words(
    sandbox, client, ann, service, operation, throttled, refused
):
    call = getattr(client(service, ann), operation)
    with sandbox.throttle(service):
        assert code(call) == throttled
    with sandbox.refuse(service):
        assert code(call) == refused
    call()


def test_a_fault_strikes_only_what_it_names_and_only_so_often(sandbox, client, ann):
    s3, sts = client("s3", ann), client("sts", ann)
    s3.create_bucket(Bucket="landing")
    sandbox.throttle("s3", "PutObject", times=2)
    sts.get_caller_identity()
    s3.list_buckets()
    assert code(s3.put_object, Bucket="landing", Key="a") == "SlowDown"
    assert code(s3.put_object, Bucket="landing", Key="a") == "SlowDown"
    s3.put_object(Bucket="landing", Key="a")
    assert sandbox.faults == {}
    assert sandbox.count("s3", "PutObject", accepted=False) == 2
    assert sandbox.count("s3", "PutObject") == 3


def test_a_fault_can_be_over_after_a_while(sandbox, client, ann):
    sandbox.throttle("s3", for_s=0.001)
    time.sleep(0.002)
    client("s3", ann).list_buckets()


def test_a_slow_service_answers_late(sandbox, client, ann):
    impatient = client("sts", ann, config={"read_timeout": 0.2})
    with sandbox.slow(30, "sts"), pytest.raises(ReadTimeoutError):
        impatient.get_caller_identity()
    impatient.get_caller_identity()


def test_a_request_that_hangs_is_freed_and_dropped_when_the_fault_is_lifted(sandbox, client, ann):
    sts, ended = client("sts", ann), []
    hang = sandbox.hang("sts", times=1)

    def call():
        with pytest.raises(HTTPClientError):
            sts.get_caller_identity()
        ended.append(sandbox.requests[-1])

    caller = threading.Thread(target=call)
    caller.start()
    while sandbox.faults:  # the request has arrived and spent the fault
        time.sleep(0.005)
    assert not ended
    hang.lift()
    caller.join(30)
    assert (ended[0].verdict, ended[0].status) == ("dropped", 0)


def test_stopping_frees_what_hangs(client, models):
    stopping = Sandbox().start()
    key = stopping.user("ann")
    sts = client("sts", key, endpoint_url=stopping.endpoint_url)
    stopping.hang("sts", times=1)

    def call():
        with pytest.raises(HTTPClientError):
            sts.get_caller_identity()

    caller = threading.Thread(target=call)
    caller.start()
    while stopping.faults:
        time.sleep(0.005)
    stopping.stop()
    caller.join(30)
    assert not caller.is_alive()


def test_a_dropped_connection_is_no_answer(sandbox, client, ann):
    with sandbox.drop("s3"), pytest.raises(HTTPClientError):
        client("s3", ann).list_buckets()
    assert sandbox.requests[-1].verdict == "dropped"


def test_a_load_balancers_page_is_passed_on_as_it_is(sandbox, client, ann):
    sandbox.fail(502, "sts", body="<html>bad gateway</html>", times=1)
    with pytest.raises(Exception, match="502"):
        client("sts", ann).get_caller_identity()
    assert sandbox.requests[-1].status == 502
    sandbox.fail(503, "s3", times=1)
    assert code(client("s3", ann).list_buckets) == "503"


def test_botocore_gets_over_a_throttled_sts(sandbox, client, ann):
    sandbox.throttle("sts", times=2)
    patient = client("sts", ann, config={"retries": {"total_max_attempts": 4, "mode": "standard"}})
    patient.get_caller_identity()
    assert sandbox.count("sts", "GetCallerIdentity") == 3


def test_a_client_that_connects_and_says_nothing_keeps_nobody_waiting(client):
    with Sandbox(secure=True) as secure:
        where = urlsplit(secure.endpoint_url)
        with socket.create_connection((where.hostname, where.port)):
            patient = {"connect_timeout": 20, "read_timeout": 20}
            s3 = client(
                "s3", secure.user("ann"), patient, endpoint_url=secure.endpoint_url, verify=str(secure.ca_bundle)
            )
            s3.list_buckets()


def test_behaving_lifts_all_and_sets_the_clock_right(sandbox, client, ann):
    sandbox.refuse()
    sandbox.skew(3600)
    sandbox.behave()
    client("s3", ann).list_buckets()


def test_a_fault_that_makes_no_sense_is_refused(sandbox):
    with pytest.raises(ValueError, match="status"):
        sandbox.fail(199)
    with pytest.raises(ValueError, match="times"):
        sandbox.throttle(times=0)


def test_a_lapsed_key_shows_under_a_fault_too(sandbox, client, assumed):
    session = assumed()
    sandbox.expire(session["AccessKeyId"])
    with sandbox.throttle("s3"):
        assert code(client("s3", session).list_buckets) == "ExpiredToken"
