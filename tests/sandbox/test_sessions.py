"""A session works until it ends, and then says so in each service's own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from unexpired.testing import FakeClock, Sandbox

# service, call, arguments, error code, status: as each answers for a session that has run out.
EXPIRED = [
    ("s3", "list_buckets", {}, "ExpiredToken", 400),
    ("s3", "put_object", {"Bucket": "landing", "Key": "a", "Body": b"1"}, "ExpiredToken", 400),
    ("s3", "head_object", {"Bucket": "landing", "Key": "a"}, "400", 400),
    ("sts", "get_caller_identity", {}, "ExpiredToken", 403),
    ("iam", "list_users", {}, "ExpiredToken", 403),
    ("dynamodb", "list_tables", {}, "ExpiredTokenException", 400),
    ("kms", "list_keys", {}, "ExpiredTokenException", 400),
    ("lambda", "list_functions", {}, "ExpiredTokenException", 403),
    ("ec2", "describe_instances", {}, "RequestExpired", 400),
    ("route53", "list_hosted_zones", {}, "ExpiredToken", 403),
]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as running:
        yield running


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(("service", "operation", "arguments", "code", "status"), EXPIRED)
def test_an_expired_session_is_refused_in_the_words_of_the_service(
    clock, client, assumed, service, operation, arguments, code, status
):
    session = assumed()
    calling = getattr(client(service, session), operation)
    clock.advance(hours=1)
    assert refused(calling, **arguments) == (code, status)


def test_a_session_works_until_the_second_it_ends(clock, client, assumed, sandbox):
    session = assumed(DurationSeconds=900)
    assert session["Expiration"] == clock.now() + timedelta(seconds=900)
    s3 = client("s3", session)
    clock.advance(899)
    s3.create_bucket(Bucket="landing")
    s3.put_object(Bucket="landing", Key="a", Body=b"1")
    clock.advance(1)
    assert refused(s3.get_object, Bucket="landing", Key="a") == ("ExpiredToken", 400)
    assert [record.lapsed for record in sandbox.requests[-3:]] == [False, False, True]


def test_a_long_term_key_never_expires(clock, client, ann):
    clock.advance(hours=24 * 365)
    client("s3", ann).list_buckets()


def test_the_token_of_another_session_is_refused(client, assumed):
    mine, other = assumed(), assumed()
    mixed = {**mine, "SessionToken": other["SessionToken"]}
    assert refused(client("s3", mixed).list_buckets) == ("InvalidToken", 400)
    assert refused(client("sts", mixed).get_caller_identity) == ("InvalidClientTokenId", 403)
    assert refused(client("dynamodb", mixed).list_tables) == ("UnrecognizedClientException", 400)
    assert refused(client("ec2", mixed).describe_instances) == ("AuthFailure", 401)


def test_a_sessions_key_without_its_token_is_unknown(client, assumed):
    bare = {**assumed(), "SessionToken": None}
    assert refused(client("s3", bare).list_buckets) == ("InvalidAccessKeyId", 403)
    assert refused(client("sts", bare).get_caller_identity) == ("InvalidClientTokenId", 403)


def test_a_long_term_key_with_a_token_is_refused(client, ann, assumed):
    mixed = {
        "AccessKeyId": ann.access_key_id,
        "SecretAccessKey": ann.secret_access_key,
        "SessionToken": assumed()["SessionToken"],
    }
    assert refused(client("s3", mixed).list_buckets) == ("InvalidToken", 400)


def test_a_key_that_was_never_issued_is_refused(client):
    test = {"AccessKeyId": "test", "SecretAccessKey": "test"}
    assert refused(client("s3", test).list_buckets) == ("InvalidAccessKeyId", 403)
    assert refused(client("sts", test).get_caller_identity) == ("InvalidClientTokenId", 403)


def test_the_wrong_secret_is_refused(client, ann, assumed):
    wrong = {**assumed(), "SecretAccessKey": "w" * 40}
    assert refused(client("s3", wrong).list_buckets) == ("SignatureDoesNotMatch", 403)
    assert refused(client("sts", wrong).get_caller_identity) == ("SignatureDoesNotMatch", 403)
    assert refused(client("dynamodb", wrong).list_tables) == ("InvalidSignatureException", 400)


def test_a_key_deleted_through_iam_dies_at_once(client, sandbox, ann):
    bob = sandbox.user("bob")
    client("s3", bob).list_buckets()
    client("iam", ann).delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    assert refused(client("s3", bob).list_buckets) == ("InvalidAccessKeyId", 403)


@pytest.mark.parametrize(
    ("ending", "s3_code", "sts_code"),
    [
        ("expired", "ExpiredToken", "ExpiredToken"),
        ("invalid", "InvalidToken", "InvalidClientTokenId"),
        ("denied", "AccessDenied", "AccessDenied"),
    ],
)
def test_revoking_ends_every_session_so_far_and_no_later_one(client, sandbox, assumed, ending, s3_code, sts_code):
    before = assumed()
    assert sandbox.revoke(ending=ending) == 1
    assert refused(client("s3", before).list_buckets)[0] == s3_code
    assert refused(client("sts", before).get_caller_identity)[0] == sts_code
    client("s3", assumed()).list_buckets()


def test_one_session_can_be_ended_alone(client, sandbox, assumed):
    first, second = assumed(), assumed()
    sandbox.expire(first["AccessKeyId"])
    assert refused(client("s3", first).list_buckets) == ("ExpiredToken", 400)
    client("s3", second).list_buckets()
    with pytest.raises(LookupError):
        sandbox.expire("ASIAUNKNOWNKEY000000")


def test_revoking_one_role_leaves_the_others(client, sandbox, ann, assumed):
    other = sandbox.role("other")
    kept = client("sts", ann).assume_role(RoleArn=other, RoleSessionName="job")["Credentials"]
    ended = assumed()
    sandbox.revoke(role_arn=sandbox.role("etl"))
    assert refused(client("s3", ended).list_buckets) == ("ExpiredToken", 400)
    client("s3", kept).list_buckets()


def test_records_and_reprs_hold_no_secret(sandbox, client, assumed, ann):
    session = assumed()
    client("s3", session).list_buckets()
    shown = repr((sandbox.requests, sandbox.sessions, ann))
    for secret in (session["SecretAccessKey"], session["SessionToken"], ann.secret_access_key):
        assert secret not in shown
