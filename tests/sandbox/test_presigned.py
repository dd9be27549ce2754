"""Presigned URLs and forms: good until their own end or their session's, whichever comes first."""

from __future__ import annotations

import functools
import json
import uuid

import pytest

from unexpired.testing import FakeClock, Sandbox

BUCKET = "landing"
# Not told which, boto3 signs requests with version 4 and presigns with version 2.
VERSIONS = pytest.mark.parametrize("version", [None, "s3v4"], ids=["version-2", "version-4"])


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def s3(client, assumed, version):
    made = client("s3", assumed(), config={"signature_version": version})
    made.create_bucket(Bucket=BUCKET)
    made.put_object(Bucket=BUCKET, Key="a b/é", Body=b"payload")
    return made


def url(s3, operation="get_object", seconds=600, **arguments):
    return s3.generate_presigned_url(operation, {"Bucket": BUCKET, "Key": "a b/é", **arguments}, ExpiresIn=seconds)


@VERSIONS
def test_a_presigned_get_is_served(s3, of_url):
    answer = of_url("GET", url(s3, ResponseContentType="text/plain")).send()
    assert (answer.status, answer.body) == (200, b"payload")


@VERSIONS
def test_a_presigned_put_stores_what_is_sent(s3, of_url):
    assert of_url("PUT", url(s3, "put_object"), b"other").send().status == 200
    assert s3.get_object(Bucket=BUCKET, Key="a b/é")["Body"].read() == b"other"


@VERSIONS
def test_a_presigned_url_dies_with_its_session(s3, clock, of_url):
    good_for_a_day = url(s3, seconds=24 * 3600)
    clock.advance(3599)
    assert of_url("GET", good_for_a_day).send().status == 200
    clock.advance(1)
    answer = of_url("GET", good_for_a_day).send()
    assert (answer.status, answer.code) == (400, "ExpiredToken")


@VERSIONS
def test_a_presigned_url_past_its_own_end_is_refused(s3, sandbox, of_url):
    short = url(s3, seconds=60)
    sandbox.skew(61)
    answer = of_url("GET", short).send()
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.field("Message") == "Request has expired"


@VERSIONS
def test_a_presigned_url_is_not_bound_by_the_clock_rule(s3, sandbox, of_url):
    lasting = url(s3, seconds=3600)
    sandbox.skew(1800)
    assert of_url("GET", lasting).send().status == 200


@VERSIONS
def test_a_presigned_url_cannot_be_changed(s3, of_url):
    good = url(s3)
    assert of_url("PUT", good, b"").send().code == "SignatureDoesNotMatch"
    assert of_url("GET", good.replace("a%20b", "a%20c")).send().code == "SignatureDoesNotMatch"
    later = good.replace("X-Amz-Expires=600", "X-Amz-Expires=700").replace("Expires=17", "Expires=18")
    assert later != good
    assert of_url("GET", later).send().code == "SignatureDoesNotMatch"


@VERSIONS
def test_a_presigned_url_of_a_revoked_session_is_refused(s3, sandbox, of_url):
    good = url(s3)
    sandbox.revoke()
    assert of_url("GET", good).send().code == "ExpiredToken"


@pytest.mark.parametrize("version", ["s3v4"])
def test_a_presigned_url_of_more_than_a_week_is_refused(s3, of_url):
    answer = of_url("GET", url(s3).replace("X-Amz-Expires=600", "X-Amz-Expires=604801")).send()
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError")


@pytest.fixture
def form(of_url):
    """``form(post, file=b"...", field="...")`` uploads as a browser would."""
    return functools.partial(upload, of_url)


def upload(of_url, post, file=b"payload", **changed):
    """The form as a browser would send it."""
    fields = {**post["fields"], **changed}
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    sent = of_url("POST", post["url"], body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    return sent.but(target=sent.target.rstrip("?")).send()


@VERSIONS
def test_a_presigned_form_uploads(s3, form):
    post = s3.generate_presigned_post(BUCKET, "posted", ExpiresIn=600)
    assert form(post).status == 204
    assert s3.get_object(Bucket=BUCKET, Key="posted")["Body"].read() == b"payload"


@VERSIONS
def test_a_presigned_form_is_held_to_its_policy(s3, form):
    rules = [["content-length-range", 2, 10], ["starts-with", "$key", "in/"], {"acl": "private"}]
    post = s3.generate_presigned_post(BUCKET, "in/${filename}", {"acl": "private"}, rules, ExpiresIn=600)
    assert form(post, key="in/a").status == 204
    assert form(post, key="out/a").code == "AccessDenied"
    assert form(post, acl="public-read").code == "AccessDenied"
    assert form(post, tagging="x").code == "AccessDenied"
    assert form(post, file=b"1").code == "EntityTooSmall"
    assert form(post, file=b"12345678901").code == "EntityTooLarge"


@VERSIONS
def test_a_tampered_form_is_refused(s3, form):
    post = s3.generate_presigned_post(BUCKET, "posted", ExpiresIn=600)
    name = "x-amz-signature" if "x-amz-signature" in post["fields"] else "signature"
    assert form(post, **{name: "0" * 64}).code == "SignatureDoesNotMatch"
    assert form(post, policy=json.dumps({})).code == "SignatureDoesNotMatch"


@VERSIONS
def test_a_form_dies_with_its_policy_or_its_session(s3, sandbox, clock, form):
    post = s3.generate_presigned_post(BUCKET, "posted", ExpiresIn=60)
    sandbox.skew(61)
    late = form(post)
    assert (late.code, late.field("Message")) == ("AccessDenied", "Invalid according to Policy: Policy expired.")
    sandbox.skew(0)
    clock.advance(3600)
    assert form(post).code == "ExpiredToken"
