"""STS grants what AWS grants, for as long as AWS grants it, and words its refusals the same."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from unexpired.testing import FakeClock, Sandbox

HOUR = 3600


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def sts(client, ann):
    return client("sts", ann)


@pytest.fixture
def seconds(clock):
    """What a session has left, in seconds."""
    return lambda answer: (answer["Credentials"]["Expiration"] - clock.now()).total_seconds()


def refusal(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(("asked", "granted"), [(None, HOUR), (900, 900), (43_200, 43_200)])
def test_a_role_session_lasts_as_long_as_asked_or_an_hour(sandbox, sts, seconds, asked, granted):
    arn = sandbox.role("etl", max_session_duration=43_200)
    extra = {"DurationSeconds": asked} if asked else {}
    assert seconds(sts.assume_role(RoleArn=arn, RoleSessionName="job", **extra)) == granted


def test_a_role_session_cannot_exceed_what_the_role_allows(sandbox, sts):
    code, message = refusal(
        sts.assume_role, RoleArn=sandbox.role("etl"), RoleSessionName="job", DurationSeconds=HOUR + 1
    )
    assert code == "ValidationError"
    assert message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


@pytest.mark.parametrize("asked", [899, 43_201])
def test_a_duration_that_aws_never_allows_is_invalid(sandbox, client, ann, asked):
    sts = client("sts", ann, config={"parameter_validation": False})
    arn = sandbox.role("etl", max_session_duration=43_200)
    code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job", DurationSeconds=asked)
    assert code == "ValidationError"
    assert f"Value '{asked}' at 'durationSeconds' failed to satisfy constraint" in message


def test_a_chained_role_gets_an_hour_at_most(sandbox, client, sts, seconds):
    first, second = (sandbox.role(name, max_session_duration=43_200) for name in ("first", "second"))
    session = sts.assume_role(RoleArn=first, RoleSessionName="job", DurationSeconds=43_200)["Credentials"]
    chained = client("sts", session)
    assert seconds(chained.assume_role(RoleArn=second, RoleSessionName="job")) == HOUR
    assert seconds(chained.assume_role(RoleArn=second, RoleSessionName="job", DurationSeconds=HOUR)) == HOUR
    code, message = refusal(chained.assume_role, RoleArn=second, RoleSessionName="job", DurationSeconds=HOUR + 1)
    assert code == "ValidationError"
    assert message == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


def test_a_role_assumed_with_a_session_token_is_not_chained(sandbox, client, sts, seconds):
    arn = sandbox.role("etl", max_session_duration=43_200)
    session = sts.get_session_token()["Credentials"]
    answer = client("sts", session).assume_role(RoleArn=arn, RoleSessionName="job", DurationSeconds=43_200)
    assert seconds(answer) == 43_200


def test_who_one_is(sandbox, client, sts, assumed):
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/ann"
    identity = client("sts", assumed()).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/etl/job"
    assert identity["UserId"].startswith("AROA")
    assert identity["UserId"].endswith(":job")
    assert identity["Account"] == "123456789012"


def test_a_role_of_another_account_acts_there(sandbox, client, sts):
    arn = sandbox.role("etl", account="210987654321", trusts=["123456789012"])
    session = sts.assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"]
    assert client("sts", session).get_caller_identity()["Account"] == "210987654321"
    assert client("iam", session).get_role(RoleName="etl")["Role"]["Arn"] == arn


@pytest.mark.parametrize("name", ["x", "a b", "a" * 65])
def test_a_bad_session_name_is_invalid(sandbox, client, ann, name):
    sts = client("sts", ann, config={"parameter_validation": False})
    code, message = refusal(sts.assume_role, RoleArn=sandbox.role("etl"), RoleSessionName=name)
    assert code == "ValidationError"
    assert "roleSessionName" in message


def test_a_missing_role_is_refused_as_a_closed_one(sandbox, sts):
    missing = "arn:aws:iam::123456789012:role/missing"
    closed = sandbox.role("closed", trusts=["arn:aws:iam::123456789012:user/bob"])
    for arn in (missing, closed):
        assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job") == (
            "AccessDenied",
            f"User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )


def test_an_external_id_must_be_the_one_agreed(sandbox, sts):
    arn = sandbox.role("vendor", external_id="agreed-1")
    sts.assume_role(RoleArn=arn, RoleSessionName="job", ExternalId="agreed-1")
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job", ExternalId="other")[0] == "AccessDenied"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job")[0] == "AccessDenied"


def test_roles_made_through_iam_count_the_same(sandbox, client, ann, sts, seconds):
    iam = client("iam", ann)
    trusted = {"Effect": "Allow", "Principal": {"AWS": ann.arn}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="made",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
        MaxSessionDuration=7200,
    )["Role"]
    assert seconds(sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=7200)) == 7200
    iam.delete_role(RoleName="made")
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job")[0] == "AccessDenied"


def test_mfa_opens_what_demands_it_and_each_code_opens_once(sandbox, sts):
    arn = sandbox.role("admin", mfa=True)
    device = sandbox.mfa_device("ann")
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job")[0] == "AccessDenied"
    proof = {"SerialNumber": device.serial, "TokenCode": sandbox.mfa_code(device.serial)}
    sts.assume_role(RoleArn=arn, RoleSessionName="job", **proof)
    code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job", **proof)
    assert code == "AccessDenied"
    assert message.startswith("MultiFactorAuthentication failed with invalid MFA one time pass code")


def test_the_device_of_somebody_else_proves_nothing(sandbox, sts):
    arn = sandbox.role("admin", mfa=True)
    sandbox.user("bob")
    device = sandbox.mfa_device("bob")
    proof = {"SerialNumber": device.serial, "TokenCode": sandbox.mfa_code(device.serial)}
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job", **proof)[0] == "AccessDenied"


def test_a_session_token_carries_mfa_on_to_roles(sandbox, client, sts):
    arn = sandbox.role("admin", mfa=True)
    device = sandbox.mfa_device("ann")
    proof = {"SerialNumber": device.serial, "TokenCode": sandbox.mfa_code(device.serial)}
    with_mfa = sts.get_session_token(**proof)["Credentials"]
    without = sts.get_session_token()["Credentials"]
    client("sts", with_mfa).assume_role(RoleArn=arn, RoleSessionName="job")
    assert refusal(client("sts", without).assume_role, RoleArn=arn, RoleSessionName="job")[0] == "AccessDenied"


def test_a_session_token_lasts_twelve_hours_and_begets_no_other(client, sts, seconds, assumed):
    answer = sts.get_session_token()
    assert seconds(answer) == 12 * HOUR
    assert seconds(sts.get_session_token(DurationSeconds=36 * HOUR)) == 36 * HOUR
    for session in (answer["Credentials"], assumed()):
        assert refusal(client("sts", session).get_session_token)[0] == "AccessDenied"
        assert refusal(client("sts", session).get_federation_token, Name="tom")[0] == "AccessDenied"


def test_a_federated_user_is_somebody(client, sts):
    session = sts.get_federation_token(Name="tom")["Credentials"]
    arn = "arn:aws:sts::123456789012:federated-user/tom"
    assert client("sts", session).get_caller_identity()["Arn"] == arn


@pytest.fixture
def web(sandbox, client):
    """``web(token)`` assumes a role with a web-identity token."""
    arn = sandbox.role("irsa", trusts=[sandbox.issuer])
    nobody = client("sts", {"AccessKeyId": "none", "SecretAccessKey": "none"})

    def assume(token, role_arn=arn):
        return nobody.assume_role_with_web_identity(RoleArn=role_arn, RoleSessionName="pod", WebIdentityToken=token)

    return assume


def test_a_web_identity_token_opens_a_role(sandbox, client, web, seconds):
    answer = web(sandbox.web_identity_token("system:serviceaccount:jobs:etl"))
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:jobs:etl"
    assert seconds(answer) == HOUR
    arn = client("sts", answer["Credentials"]).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::123456789012:assumed-role/irsa/pod"


def test_an_expired_web_identity_token_is_refused(sandbox, web, clock):
    token = sandbox.web_identity_token(lifetime=600)
    clock.advance(600)
    code, message = refusal(web, token=token)
    assert code == "ExpiredTokenException"
    assert message.startswith("Token expired: current date/time ")


def test_a_tampered_or_foreign_web_identity_token_is_refused(sandbox, web):
    token = sandbox.web_identity_token()
    with Sandbox() as other:
        foreign = other.web_identity_token()
    for bad in (token[:-4] + "AAAA", foreign, "no-token"):
        assert refusal(web, token=bad)[0] == "InvalidIdentityToken"


def test_a_role_that_trusts_no_provider_is_closed_to_tokens(sandbox, web):
    arn = sandbox.role("plain")
    assert refusal(web, token=sandbox.web_identity_token(), role_arn=arn)[0] == "AccessDenied"


def test_a_web_identity_trust_can_name_the_subject(sandbox, web, client, ann):
    host = sandbox.issuer.removeprefix("https://")
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{host}:sub": "repo:acme/etl"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    arn = client("iam", ann).create_role(RoleName="ci", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    web(sandbox.web_identity_token("repo:acme/etl"), role_arn=arn)
    assert refusal(web, token=sandbox.web_identity_token("repo:eve/etl"), role_arn=arn)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("settings", "asked", "granted"),
    [
        ({"speed": 360}, None, 10),
        ({"speed": 360}, 900, 2.5),
        ({"lifetime": 4}, None, 4),
        ({"lifetime": 4}, 900, 4),
        ({"lifetime": 900, "speed": 60}, None, 15),
        ({"lifetime": 7200}, None, 7200),
        ({"lifetime": 7200}, 3600, 3600),
    ],
)
def test_lifetime_and_speed_shape_what_is_granted(client, clock, settings, asked, granted):
    with Sandbox(clock=clock, **settings) as shaped:
        key, arn = shaped.user("shaped"), shaped.role("etl", max_session_duration=43_200)
        sts = client("sts", key, endpoint_url=shaped.endpoint_url)
        extra = {"DurationSeconds": asked} if asked else {}
        answer = sts.assume_role(RoleArn=arn, RoleSessionName="job", **extra)["Credentials"]
        assert answer["Expiration"] - clock.now() == timedelta(seconds=granted)
        clock.advance(granted - 0.5)
        s3 = client("s3", answer, endpoint_url=shaped.endpoint_url)
        s3.list_buckets()
        clock.advance(0.5)
        assert refusal(s3.list_buckets)[0] == "ExpiredToken"
