"""STS denying, throttling, failing, hanging, answering HTML, and not being there: cause, kind, and not a secret."""

from __future__ import annotations

import socket
import time

import pytest

from unexpired.engine.errors import ConfigurationError, PersonNeeded, RenewalRefused, SourceUnavailable, UnexpiredError
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for
from unexpired.sources.aws import provided
from unexpired.sources.aws.failures import Attempt, explained
from unexpired.sources.aws.lookup import Lookup
from unexpired.sources.aws.shared_config import SharedConfig

ROLE = "arn:aws:iam::123456789012:role/job"


@pytest.fixture
def source(sandbox, files, monkeypatch):
    """The role ``job``, assumed by a user of the sandbox; any keyword of ``source_for`` can be given."""
    sandbox.role("job")
    key = sandbox.user("ann")
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def made(secret: str | None = None, key_id: str | None = None, token: str | None = None, **given):
        files(
            f"[profile job]\nrole_arn = {ROLE}\nsource_profile = base\n",
            f"[base]\naws_access_key_id = {key_id or key.access_key_id}\n"
            f"aws_secret_access_key = {secret or key.secret_access_key}\n"
            + (f"aws_session_token = {token}\n" if token else ""),
        )
        return source_for(**{"profile_name": "job", **given})

    return made


def failing(source) -> UnexpiredError:
    with pytest.raises(UnexpiredError) as caught:
        source.fetch()
    error = caught.value
    assert error.what
    assert error.why
    assert error.next_steps
    assert error.link == "assume_role"
    return error


def test_a_role_that_trusts_somebody_else_is_refused_with_the_way_to_see_whom(sandbox, source):
    sandbox.role("job", trusts=["arn:aws:iam::123456789012:user/somebody-else"])
    error = failing(source())
    assert isinstance(error, RenewalRefused)
    assert error.cause == "cannot-assume-role"
    assert error.exit_code == 3
    assert "aws iam get-role --role-name job" in error.next_steps[0]
    assert "AccessDenied" in error.why


def test_a_role_that_does_not_exist_is_refused_alike(source):
    assert failing(source(role_arn="arn:aws:iam::123456789012:role/gone")).cause == "cannot-assume-role"


def test_a_policy_taken_away_is_a_refusal(sandbox, source):
    with sandbox.refuse("sts"):
        assert failing(source()).cause == "cannot-assume-role"


def test_a_wrong_external_id_is_a_refusal(sandbox, source):
    sandbox.role("job", external_id="right")
    assert failing(source(external_id="wrong")).cause == "cannot-assume-role"


def test_throttling_can_be_waited_out(sandbox, source):
    with sandbox.throttle("sts"):
        error = failing(source())
    assert isinstance(error, SourceUnavailable)
    assert error.cause == "sts-throttled"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_can_be_waited_out(sandbox, source, status):
    with sandbox.fail(status, "sts"):
        error = failing(source())
    assert isinstance(error, SourceUnavailable)
    assert error.cause == "sts-unreachable"


@pytest.mark.parametrize("status", [200, 302, 403, 404])
@pytest.mark.parametrize("body", ["<html><body>Please sign in</body></html>", "hello", "{}", "<a/>"])
def test_a_page_that_is_no_answer_of_stss_is_said_to_be_one(sandbox, source, status, body):
    with sandbox.fail(status, "sts", body=body):
        error = failing(source())
    assert isinstance(error, SourceUnavailable)
    assert error.cause == "sts-unreachable"
    assert "not STS" in error.why
    assert "PROXY" in error.next_steps[0]
    assert "sign in" not in str(error)


def test_a_connection_that_is_dropped_can_be_tried_again(sandbox, source):
    with sandbox.drop("sts"):
        error = failing(source())
    assert isinstance(error, SourceUnavailable)
    assert error.cause == "sts-unreachable"


def test_an_sts_that_hangs_is_given_up_on(sandbox, source, monkeypatch):
    monkeypatch.setattr(provided, "READ_SECONDS", 0.2)
    began = time.monotonic()
    with sandbox.hang("sts"):
        error = failing(source())
    assert time.monotonic() - began < 20
    assert isinstance(error, SourceUnavailable)
    assert "no answer" in error.why
    assert error.next_steps[0].startswith("try it: curl -sS http://127.0.0.1")


def test_nobody_listens(source):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    error = failing(source(endpoint_url=address))
    assert error.cause == "sts-unreachable"
    assert "Connection refused" in error.why
    assert address in error.why


def test_a_name_that_does_not_resolve(source):
    error = failing(source(endpoint_url="http://sts.invalid"))
    assert error.cause == "sts-unreachable"
    assert "sts.invalid" in error.why


def test_a_proxy_that_is_not_there(source, monkeypatch):
    made = source(endpoint_url="http://sts.example.com")
    monkeypatch.setenv("HTTP_PROXY", "http://user:canaryPassword1@127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://user:canaryPassword1@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    error = failing(made)
    assert error.cause == "sts-unreachable"
    assert "proxy" in error.why
    assert "canaryPassword1" not in str(error)


@pytest.mark.sandbox(secure=True)
def test_a_certificate_that_nobody_knows(source):
    error = failing(source())
    assert error.cause == "sts-unreachable"
    assert "AWS_CA_BUNDLE" in error.next_steps[0]


@pytest.mark.sandbox(secure=True)
def test_the_profiles_own_certificates_are_used(sandbox, source, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(sandbox.ca_bundle))
    assert source().fetch().source == "assume_role"


def test_an_address_that_is_none_is_a_mistake_in_the_configuration(source):
    error = failing(source(endpoint_url="nonsense"))
    assert isinstance(error, ConfigurationError)
    assert error.exit_code == 2


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_refusal_on_a_machine_whose_clock_is_off_says_that_too(sandbox, source, seconds):
    sandbox.role("job", trusts=["arn:aws:iam::123456789012:user/somebody-else"])
    sandbox.skew(seconds)
    error = failing(source())
    assert error.cause == "cannot-assume-role"
    assert error.next_steps[0].startswith("set the clock: this machine's clock is 10m ")


def test_a_clock_so_far_off_that_the_session_is_over_is_named_and_may_be_set_while_we_wait(sandbox, source):
    sandbox.skew(-2 * 3600)
    with pytest.raises(SourceUnavailable) as caught:
        Refresher(source()).credentials()
    assert caught.value.cause == "clock-skew"


def test_a_wrong_secret(source, canary):
    error = failing(source(secret=canary))
    assert isinstance(error, RenewalRefused)
    assert error.cause == "signature-mismatch"
    assert canary not in str(error)


@pytest.mark.parametrize(
    ("key_id", "token", "cause"),
    [
        ("AKIATESTKEY000000001", None, "key-unknown"),
        ("AKIATESTKEY000000001", "left-over", "token-left-over"),
        ("ASIATESTKEY000000001", None, "token-missing"),
        ("ASIATESTKEY000000001", "another's", "token-mismatch"),
    ],
)
def test_one_answer_of_stss_is_told_apart_by_the_shape_of_the_key(source, key_id, token, cause):
    error = failing(source(key_id=key_id, token=token))
    assert isinstance(error, RenewalRefused)
    assert error.cause == cause


def test_a_base_that_has_lapsed_is_named_as_the_base(sandbox, source):
    session = source().fetch()
    sandbox.expire(session.access_key_id)
    error = failing(source(key_id=session.access_key_id, secret=session.secret_access_key, token=session.session_token))
    assert isinstance(error, RenewalRefused)
    assert error.cause == "source-credentials-expired"


def test_more_than_the_role_allows(source):
    error = failing(source(duration_seconds=7200))
    assert isinstance(error, RenewalRefused)
    assert error.cause == "duration-exceeds-maximum"
    assert "max-session-duration" in error.next_steps[1]


def test_more_than_any_role_allows(source):
    assert failing(source(duration_seconds=50_000)).cause == "duration-exceeds-maximum"


def test_less_than_a_session_may_last(source):
    error = failing(source(duration_seconds=60))
    assert isinstance(error, ConfigurationError)
    assert "900" in error.why


@pytest.mark.parametrize("arn", ["job", "arn:aws:iam::1:role/job", "arn:aws:iam::123456789012:user/ann"])
def test_what_is_no_roles_arn_is_said_before_anybody_is_asked(sandbox, source, arn):
    with pytest.raises(ConfigurationError, match="arn:aws:iam::123456789012:role/NAME"):
        source(role_arn=arn)
    assert sandbox.count("sts") == 0


# What cannot be made to happen here, or not cheaply: the answer as AWS gives it, understood.

ATTEMPT = Attempt("assume_role", Lookup(SharedConfig("c", "d"), {}), ROLE)


def client_error(code: str, message: str, status: int = 400) -> Exception:
    from botocore.exceptions import ClientError

    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "AssumeRole")


@pytest.mark.parametrize(
    ("code", "message", "kind", "cause"),
    [
        ("RequestTimeTooSkewed", "The difference is too large", SourceUnavailable, "clock-skew"),
        ("RegionDisabledException", "STS is not activated in this region", RenewalRefused, "region-not-enabled"),
        ("ThrottlingException", "Rate exceeded", SourceUnavailable, "sts-throttled"),
        ("RequestLimitExceeded", "Request limit exceeded.", SourceUnavailable, "sts-throttled"),
        ("InternalFailure", "", SourceUnavailable, "sts-unreachable"),
        ("MalformedPolicyDocument", "bad", ConfigurationError, "config-invalid"),
        ("PackedPolicyTooLarge", "bad", ConfigurationError, "config-invalid"),
        ("AccessDenied", "… is not authorized to perform: sts:TagSession on …", RenewalRefused, "cannot-assume-role"),
        (
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            PersonNeeded,
            "mfa-cannot-renew",
        ),
        ("SomethingNew", "nobody knows", RenewalRefused, None),
    ],
)
def test_what_aws_says_is_understood(code, message, kind, cause):
    status = 500 if code == "InternalFailure" else 400
    error = explained(client_error(code, message, status), ATTEMPT)
    assert type(error) is kind
    assert error.cause == cause


def test_an_exception_that_nobody_expected_keeps_its_words_to_itself(canary):
    error = explained(RuntimeError(f"here is {canary}"), ATTEMPT)
    assert error.exit_code == 70
    assert "RuntimeError" in error.why
    assert canary not in str(error)


def test_our_own_errors_pass_as_they_are():
    mine = PersonNeeded("x")
    assert explained(mine, ATTEMPT) is mine


def test_a_missing_region_is_said_with_where_to_name_one(files):
    files(
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = user\n"
        "endpoint_url = http://127.0.0.1:9\n",
        "[user]\nKEYS\n",
    )
    with pytest.raises(ConfigurationError) as caught:
        source_for(profile_name="role").fetch()
    assert caught.value.next_steps == ("name one: --region us-east-1, or a region line in the profile 'role'",)
