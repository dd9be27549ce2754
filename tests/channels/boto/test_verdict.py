"""Which answers say that a session has lapsed: the table, case by case."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from types import SimpleNamespace

import botocore.session
import pytest

from unexpired.channels.boto.verdict import Verdict, judge
from unexpired.engine.credentials import Credentials

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
SESSION = Credentials("ASIAIOSFODNN7EXAMPLE", "secret", "token", expires_at=NOW + timedelta(minutes=30))
LAPSED = Credentials("ASIAIOSFODNN7EXAMPLE", "secret", "token", expires_at=NOW - timedelta(minutes=30))
ENDLESS = Credentials("AKIAIOSFODNN7EXAMPLE", "secret")
WORDS = "The security token included in the request is expired"
ANY_OPERATION = SimpleNamespace(error_shapes=[])


def verdict(code, message="", *, used=SESSION, method="GET", status=400, date=NOW, operation=ANY_OPERATION):
    """What is made of an answer that came at noon, by this machine's clock."""
    parsed = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(date, usegmt=True)} if date else {}},
    }
    return judge(status, parsed, operation=operation, method=method, used=used, now=NOW.timestamp())


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"])
@pytest.mark.parametrize("used", [SESSION, LAPSED, ENDLESS], ids=["alive", "lapsed", "endless"])
def test_the_four_codes_say_it_outright(code, used):
    assert verdict(code, used=used) is Verdict.EXPIRED


@pytest.mark.parametrize("code", ["ForbiddenException", "403", "UnrecognizedClientException", "BadRequestException"])
def test_the_words_say_it_behind_another_code(code):
    assert verdict(code, WORDS) is Verdict.EXPIRED


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"])
def test_a_key_that_is_not_known_is_expired_past_its_end_a_doubt_before_it_and_a_mistake_without_a_token(code):
    assert verdict(code, used=LAPSED) is Verdict.EXPIRED
    assert verdict(code, used=SESSION) is Verdict.PERHAPS
    assert verdict(code, used=ENDLESS) is None


def test_a_bare_400_to_a_head_is_judged_by_the_record():
    assert verdict("400", used=LAPSED, method="HEAD") is Verdict.EXPIRED
    assert verdict("400", used=SESSION, method="HEAD") is Verdict.PERHAPS
    assert verdict("400", used=ENDLESS, method="HEAD") is None
    assert verdict("400", used=LAPSED, method="GET") is None
    assert verdict("404", used=LAPSED, method="HEAD", status=404) is None
    assert verdict("403", used=LAPSED, method="HEAD", status=403) is None


def test_the_services_clock_counts_where_this_machines_is_slow():
    assert verdict("400", used=SESSION, method="HEAD", date=NOW + timedelta(minutes=31)) is Verdict.EXPIRED
    assert verdict("400", used=SESSION, method="HEAD", date=None) is Verdict.PERHAPS


@pytest.mark.parametrize("minutes", [-7, 7])
def test_a_request_expired_of_a_clock_that_is_off_is_no_reason_to_renew(minutes):
    assert verdict("RequestExpired", date=NOW + timedelta(minutes=minutes)) is Verdict.CLOCK
    assert verdict("RequestExpired", date=NOW + timedelta(minutes=minutes), used=LAPSED) is Verdict.EXPIRED


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "Throttling", ""])
def test_other_errors_say_nothing_of_it(code):
    assert verdict(code, "no", used=LAPSED) is None


def test_an_answer_without_an_error_says_nothing():
    assert judge(304, {}, operation=ANY_OPERATION, method="GET", used=LAPSED, now=NOW.timestamp()) is None


@pytest.mark.parametrize(
    ("service", "operation"),
    [("meteringmarketplace", "ResolveCustomer"), ("sts", "AssumeRoleWithWebIdentity")],
)
def test_a_code_that_the_operation_has_for_a_parameter_of_its_own_is_about_that(service, operation):
    model = botocore.session.Session().get_service_model(service).operation_model(operation)
    about_a_parameter = "The submitted registration token has expired"
    assert verdict("ExpiredTokenException", about_a_parameter, operation=model) is None
    assert verdict("ExpiredTokenException", WORDS, operation=model) is Verdict.EXPIRED
    assert verdict("ExpiredTokenException", about_a_parameter, operation=model, used=LAPSED) is Verdict.EXPIRED
