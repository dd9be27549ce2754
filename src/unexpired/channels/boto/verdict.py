"""Whether an error response says that the credentials of its request have lapsed.

Most services say so in one of four codes. Three places need more than the code: a HEAD request is answered without a
body and so without a code; ``RequestExpired`` is also said of a clock that is off; and four operations use
``ExpiredTokenException`` for a token that was passed *to* them (a registration, an OIDC token). There the record
decides: when the set that signed the request ends, and what time the service's own clock says it is (RFC 9110,
``Date``).
"""

from __future__ import annotations

import enum
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials

# Who says which:
#   ExpiredToken           S3 (API Reference, "Error responses"), and the services that speak the Query protocol: STS,
# IAM,
#                          SNS, SQS, CloudFormation, Auto Scaling, RDS
#   ExpiredTokenException  the services that speak JSON: DynamoDB, Kinesis, Lambda, KMS, Glue, Bedrock (their "Common
#                          errors" pages)
#   RequestExpired         EC2 (API Reference, "Error codes"); also said of a signature's time stamp
#   TokenRefreshRequired   S3: "The provided token must be refreshed"
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})

# Services behind a custom front (API Gateway, IoT, OpenSearch) put another code before the words of AWS's common layer.
_EXPIRED_WORDS = ("security token included in the request is expired", "provided token has expired")

# What is said of a session that is so long gone that its key is no longer known, or whose role was made anew (IAM User
# Guide, "Troubleshoot temporary credentials"). Also said in a Region that has not been enabled, so before its end it is
# only a doubt.
_UNKNOWN_KEY_CODES = frozenset(
    {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"}
)

_HEAD_WITHOUT_CODE = 400  # what S3 answers a HEAD with where a GET would have said ExpiredToken
_BAD_STATUS = 300

# ``Date`` has whole seconds, and the request was judged a little before the answer was dated.
_TOLERANCE_SECONDS = 5.0
# A signature's time stamp may be five minutes off (IAM User Guide, "Elements of an AWS API request signature").
_CLOCK_RULE_SECONDS = 300.0


class Verdict(enum.Enum):
    """What a response says of the credentials that signed its request."""

    EXPIRED = "expired"
    PERHAPS = "perhaps expired"  # the session should be alive: it was ended, or something else is wrong
    CLOCK = "the clock is off"  # new credentials would be refused as well


def judge(
    status: int, parsed: Mapping[str, Any], *, operation: Any, method: str, used: Credentials, now: float
) -> Verdict | None:
    """The verdict, or None where the response says nothing of lapsed credentials.

    Args:
        status: the HTTP status.
        parsed: botocore's parsed response.
        operation: botocore's ``OperationModel``.
        method: the request's HTTP method.
        used: the set that signed the request.
        now: this machine's time, seconds since the epoch.
    """
    error = parsed.get("Error")
    if not error:
        return None
    code, message = str(error.get("Code", "")), str(error.get("Message", "")).lower()
    lapsed = lapsed_by_record(parsed, used, now)
    if code == "RequestExpired" and not lapsed and abs(_service_time(parsed, now) - now) > _CLOCK_RULE_SECONDS:
        return Verdict.CLOCK
    if any(words in message for words in _EXPIRED_WORDS):
        return Verdict.EXPIRED
    if code in EXPIRED_CODES and (lapsed or not _is_about_a_parameter(code, operation)):
        return Verdict.EXPIRED
    if code in _UNKNOWN_KEY_CODES or (method == "HEAD" and status == _HEAD_WITHOUT_CODE):
        return Verdict.EXPIRED if lapsed else Verdict.PERHAPS if used.session_token else None
    return None


def is_error(status: int, parsed: Mapping[str, Any]) -> bool:
    """Whether there is anything to judge. S3 wraps an error of a long copy in a 200 (``CopyObject``)."""
    return status >= _BAD_STATUS or "Error" in parsed


def lapsed_by_record(parsed: Mapping[str, Any], used: Credentials, now: float) -> bool:
    """Whether the set's end has passed, by this machine's clock or by the service's."""
    if used.expires_at is None:
        return False
    return seconds(used.expires_at) <= max(now, _service_time(parsed, now)) + _TOLERANCE_SECONDS


def _service_time(parsed: Mapping[str, Any], now: float) -> float:
    """What the service's clock said, seconds since the epoch; ``now`` where it did not say."""
    date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        moment: datetime = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return now
    return seconds(moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def _is_about_a_parameter(code: str, operation: Any) -> bool:
    """Whether the operation's own model has this error: then it speaks of a token that was passed as a parameter.

    Four did in 2026: metering.ResolveCustomer, sso-oidc.CreateTokenWithIAM, eks-auth.AssumeRoleForPodIdentity and the
    AssumeRole family of STS.
    """
    return any(code in (shape.name, shape.error_code) for shape in operation.error_shapes)
