"""A trust policy lets in whom it names, on its conditions, and nobody by accident."""

from __future__ import annotations

import pytest

from unexpired.sandbox import trust
from unexpired.sandbox.identities import trust_policy

ANN = "arn:aws:iam::123456789012:user/ann"
ROLE = "arn:aws:iam::123456789012:role/etl"
SESSION = "arn:aws:sts::123456789012:assumed-role/etl/job"


def allowed(*statements, principals=(ANN,), account="123456789012", **context):
    named = {key.replace("__", ":").lower(): value for key, value in context.items()}
    return trust.allows(
        {"Version": "2012-10-17", "Statement": list(statements)},
        action="sts:AssumeRole",
        principals=principals,
        account_id=account,
        context=named,
    )


def statement(principal=None, condition=None, effect="Allow", action="sts:AssumeRole"):
    made = {"Effect": effect, "Principal": principal or {"AWS": "*"}, "Action": action}
    return {**made, "Condition": condition} if condition else made


@pytest.mark.parametrize(
    ("principal", "who", "expected"),
    [
        ("*", (ANN,), True),
        ({"AWS": "*"}, (ANN,), True),
        ({"AWS": ANN}, (ANN,), True),
        ({"AWS": [ANN, ROLE]}, (SESSION, ROLE), True),
        ({"AWS": SESSION}, (SESSION, ROLE), True),
        ({"AWS": "123456789012"}, (ANN,), True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, (ANN,), True),
        ({"AWS": "arn:aws:iam::123456789012:user/bob"}, (ANN,), False),
        ({"AWS": "arn:aws:iam::123456789012:user/*"}, (ANN,), False),
        ({"AWS": "210987654321"}, (ANN,), False),
        ({"Service": "ec2.amazonaws.com"}, (ANN,), False),
        ({"Federated": ANN}, (ANN,), False),
    ],
)
def test_who_is_named(principal, who, expected):
    assert allowed(statement(principal), principals=who) is expected


def test_a_deny_wins_and_silence_is_no():
    assert not allowed()
    assert not allowed(statement(), statement({"AWS": ANN}, effect="Deny"))
    assert not allowed(statement(action="sts:TagSession"))
    assert allowed(statement(action=["sts:TagSession", "sts:Assume*"]))


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"sts:ExternalId": ["a", "b"]}}, {"sts__ExternalId": "b"}, True),
        ({"StringEquals": {"sts:ExternalId": "a"}}, {}, False),
        ({"StringEquals": {"STS:externalid": "a"}}, {"sts__ExternalId": "a"}, True),
        ({"StringEqualsIfExists": {"sts:ExternalId": "a"}}, {}, True),
        ({"StringNotEquals": {"sts:ExternalId": "a"}}, {}, True),
        ({"StringNotEquals": {"sts:ExternalId": "a"}}, {"sts__ExternalId": "a"}, False),
        ({"StringLike": {"sts:RoleSessionName": "job-*"}}, {"sts__RoleSessionName": "job-1"}, True),
        ({"StringLike": {"sts:RoleSessionName": "job-[1]"}}, {"sts__RoleSessionName": "job-1"}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"aws__MultiFactorAuthPresent": "true"}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": True}}, {"aws__MultiFactorAuthPresent": "true"}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, {}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, {"aws__MultiFactorAuthAge": "299"}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, {"aws__MultiFactorAuthAge": "300"}, False),
        ({"Null": {"sts:ExternalId": "true"}}, {}, True),
        ({"Null": {"sts:ExternalId": "false"}}, {}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann"}}, {"aws__PrincipalArn": ANN}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__SourceIp": "10.1.1.1"}, False),
    ],
)
def test_what_is_demanded(condition, context, expected):
    assert allowed(statement(condition=condition), **context) is expected


def test_a_deny_on_a_condition_that_is_not_understood_holds():
    strange = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert not allowed(statement(), statement(condition=strange, effect="Deny"))


def test_the_usual_policy_trusts_the_account_alone():
    policy = trust_policy()
    assert allowed(*policy["Statement"])
    assert not allowed(*policy["Statement"], account="210987654321", principals=("arn:aws:iam::210987654321:user/x",))
