"""Whatever a log holds, no secret comes out: not in an excerpt, not in a cure, not in a reason."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from unexpired.explaining import explain
from unexpired.explaining._redaction import redacted
from unexpired.explaining._report import plain_report

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDzEXAMPLE" * 3

# Every form in which a secret was seen in a log; {} is where it stands.
FORMS = (
    "AWS_SECRET_ACCESS_KEY={}",
    "export AWS_SESSION_TOKEN='{}'",
    "set AWS_SESSION_TOKEN={}",
    '$env:AWS_SESSION_TOKEN = "{}"',
    "aws_secret_access_key = {}",
    "aws_session_token={}",
    '"SecretAccessKey": "{}",',
    "'SecretAccessKey': '{}'",
    '{{\\"SessionToken\\":\\"{}\\"}}',
    "SessionToken: {}",
    "<SecretAccessKey>{}</SecretAccessKey>",
    "<SessionToken>{}</SessionToken>",
    "secret_key=b'{}'",
    "Session(aws_secret_access_key='{}', region_name='x')",
    "BasicSessionCredentials(secretKey={})",
    "x-amz-security-token: {}",
    "X-Amz-Security-Token={}&X-Amz-SignedHeaders=host",
    "https://b.s3.amazonaws.com/k?X-Amz-Signature={}&x=1",
    "https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature={}&Expires=1",
    "Authorization: Bearer {}",
    "'Authorization': 'Bearer {}'",
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260301/x, SignedHeaders=host, Signature={}",
    "curl -H 'Authorization: Basic {}'",
    "Cookie: session={}; path=/",
    "--password {} --region x",
    "--token={}",
    "mysql -h db -u app -p{}",
    "PGPASSWORD={} psql",
    "postgresql://app:{}@db:5432/x",
    "https://oauth2:{}@github.com/acme/app.git",
    "password: {}",
    "CREDENTIALS 'aws_access_key_id=AKIAIOSFODNN7EXAMPLE;aws_secret_access_key={};token=x'",
    "SECRET_ACCESS_KEY '{}'",
    "CREDENTIALS=(AWS_KEY_ID='x' AWS_SECRET_KEY='{}')",
    "WebIdentityToken={}&RoleArn=x",
    "SAMLAssertion={}",
    "client_secret={}",
    "refresh_token: {}",
    "api_key={}",
    "private_key = {}",
    "secret {}",
    "token {}",
)
MESSAGES = (
    "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired. {}",
    "{} The security token included in the request is invalid",
    "Unable to locate credentials {}",
    "{} SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided.",
    "{} jwt expired",
)


def everything_said_about(text: str, *, recognised: bool = True) -> str:
    explanation = explain(text)
    assert explanation or not recognised, text
    return explanation.to_json() + plain_report(explanation) + repr(explanation)


SECRETS = (SECRET, TOKEN, SECRET.replace("/", "%2F"), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_the_line_that_decides_is_not_said(form: str):
    for secret in SECRETS:
        for message in MESSAGES:
            said = everything_said_about(message.format(form.format(secret)))
            assert secret not in said
            for part in secret.split("/"):
                assert len(part) < 8 or part not in said


named_forms = st.sampled_from([form for form in FORMS if not form.startswith(("secret ", "token ", "curl", "mysql"))])


@example(secret="0" * 15 + "/", form="postgresql://app:{}@db:5432/x", message=MESSAGES[0], before="", after="")
@given(
    secret=st.text("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789+/", min_size=16, max_size=400),
    form=named_forms,
    message=st.sampled_from(MESSAGES),
    before=st.text(max_size=80),
    after=st.text(max_size=80),
)
def test_no_secret_of_any_shape_is_said(secret: str, form: str, message: str, before: str, after: str):
    public = message.format("")
    assume(all(secret not in text for text in (before, after, public, everything_said_about(public))))
    # What stands around it may turn the message into another system's.
    said = everything_said_about(f"{before}\n{message.format(form.format(secret))}\n{after}", recognised=False)
    assert secret not in said


@given(st.binary(max_size=3000))
def test_no_bytes_make_it_fail(content: bytes):
    explain(content).to_json()


@given(
    st.lists(
        st.sampled_from([*FORMS, *MESSAGES, "{}", "\\", "\x1b[31m", "│", "&lt;", "\\u00e9", "\ud800"]), max_size=30
    )
)
def test_no_mixture_of_messages_makes_it_fail(parts: list[str]):
    text = "\n".join(part.format(SECRET) for part in parts)
    assert SECRET not in explain(text).to_json()


def test_key_ids_are_shown_as_first_and_last_four():
    assert redacted("key AKIAIOSFODNN7EXAMPLE, ASIAIOSFODNN7EXAMPLF.") == "key AKIA…MPLE, ASIA…MPLF."
    text = "InvalidAccessKeyId: does not exist in our records <AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>"
    assert "AKIA…MPLE" in explain(text).causes[0].excerpt
    assert "IOSFODNN7" not in everything_said_about(text)


@pytest.mark.parametrize(
    "harmless",
    [
        "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.",
        "Error loading SSO Token: Token for https://example.awsapps.com/start does not exist",
        "arn:aws:iam::111122223333:role/deploy/TerraformExecutionRole",
        "RequestID: 3a74c276-0ee8-4eec-95b3-a694e23c7e9c, api error ExpiredTokenException",
        "com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: not valid",
        "/usr/local/lib/python3.11/site-packages/botocore/credentials.py",
        "2026-03-01T10:00:01.000Z s3://my-bucket/warehouse/sales/year=2026/month=03/part-00017.parquet",
        "WebIdentityErr: failed to retrieve credentials",
        "SignatureDoesNotMatch: Signature expired: 20260301T100000Z is now earlier than 20260301T100030Z",
    ],
)
def test_what_a_reader_needs_stays_legible(harmless: str):
    assert redacted(harmless) == harmless


def test_control_characters_do_not_reach_the_terminal():
    text = "\x1b[2J\x1b]0;title\x07Unable to locate credentials \x1b[31m\u202e\x9b\r\x00"
    excerpt = explain(text).causes[0].excerpt
    assert excerpt.isprintable()
