"""A request that is more than five minutes off is refused, whichever way, in each service's own words."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest
from botocore.exceptions import ClientError

from unexpired.testing import Sandbox

SIX_MINUTES = 360


def refusal(call):
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]


def test_a_request_kept_for_six_minutes_is_refused(client, ann, sandbox, caught):
    s3 = client("s3", ann)
    s3.create_bucket(Bucket="landing")
    request = caught(s3, "put_object", Bucket="landing", Key="a", Body=b"1")
    sandbox.skew(290)
    assert request.send().status == 200
    sandbox.skew(SIX_MINUTES)
    answer = request.send()
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed")
    assert answer.field("RequestTime") == request.headers["X-Amz-Date"]
    assert answer.field("MaxAllowedSkewMilliseconds") == "300000"


@pytest.mark.parametrize("skew", [SIX_MINUTES, -SIX_MINUTES])
@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "RequestTimeTooSkewed"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("ec2", "describe_instances", "RequestExpired"),
    ],
)
def test_a_clock_six_minutes_off_is_refused(client, ann, sandbox, service, operation, code, skew):
    sandbox.skew(skew)
    assert refusal(getattr(client(service, ann), operation))["Code"] == code


def test_sts_says_which_times_do_not_fit(client, ann, sandbox):
    sandbox.skew(SIX_MINUTES)
    late = refusal(client("sts", ann).get_caller_identity)["Message"]
    assert late.startswith("Signature expired: ")
    assert late.endswith(" - 5 min.)")
    sandbox.skew(-SIX_MINUTES)
    early = refusal(client("sts", ann).get_caller_identity)["Message"]
    assert early.startswith("Signature not yet current: ")


def test_the_refusal_says_what_time_it_really_is(client, ann, sandbox, caught):
    # The JavaScript and Go SDKs correct their clock by this header; botocore does not.
    sandbox.skew(SIX_MINUTES)
    told = parsedate_to_datetime(caught(client("s3", ann), "list_buckets").send().headers["Date"])
    assert abs(told.timestamp() - time.time() - SIX_MINUTES) < 5


def test_the_fifteen_minutes_of_the_real_s3_can_be_asked_for(client, ann, sandbox, caught):
    with Sandbox(s3_clock_rule=900) as lenient:
        lenient.skew(SIX_MINUTES)
        request = caught(client("s3", ann), "list_buckets")
        address = lenient.endpoint_url.partition("//")[2]
        # Signed for another address, so the signature does not fit; but its time does.
        assert request.but(address=address).with_header("Host", address).send().code == "SignatureDoesNotMatch"
        lenient.skew(901)
        assert request.but(address=address).with_header("Host", address).send().code == "RequestTimeTooSkewed"
