"""What AWS's error codes mean to somebody who wanted a session: the cause, whether to ask again, and the next command.

Codes: STS API Reference, "Common Error Types" and each operation's "Errors"; IAM Identity Center Portal API Reference,
"GetRoleCredentials". The messages that tell two meanings of one code apart are those of the services in 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import (
    ConfigurationError,
    PersonNeeded,
    RenewalRefused,
    SourceUnavailable,
    UnexpiredError,
)
from unexpired.sources.aws.redaction import shown
from unexpired.sources.aws.skew import TOLERATED_SECONDS, difference, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.sources.aws.failures import Attempt

_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ForbiddenException", "AuthorizationError"}
_LAPSED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_KEY_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"}
# OIDC's for a refresh token that was used, revoked or outlived, and the portal's for an access token.
_OIDC = ("web_identity", "github_actions")
_SIGN_IN_OVER = {
    "UnauthorizedException",
    "InvalidGrantException",
    "ExpiredTokenException",
    "InvalidClientException",
    "UnauthorizedClientException",
}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_SKEW_WORDS = ("signature expired", "signature not yet current", "not yet valid", "is now earlier than")
_NO_CODE = "?"
_SERVER_ERROR = 500
_TOO_MANY = 429

_Kind = type[RenewalRefused] | type[SourceUnavailable] | type[PersonNeeded] | type[ConfigurationError]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One refusal, understood: which error of ours, its cause, and what to do next."""

    error: _Kind
    cause: str | None
    next_steps: tuple[str, ...] = ()


def refused(error: Exception, attempt: Attempt) -> UnexpiredError:
    """The error of ours for a ``botocore.exceptions.ClientError``."""
    code, message, status = answer(error)
    if code == _NO_CODE and status != _TOO_MANY:
        from unexpired.sources.aws.failures import not_the_issuer

        return not_the_issuer(attempt)
    meaning = _meaning(code, message, status, attempt)
    said = f"{code}: {message}" if message else f"{code} (HTTP {status}), without a reason"
    ahead = difference(_headers(error)) or 0.0
    steps = meaning.next_steps
    if abs(ahead) > TOLERATED_SECONDS:
        steps = (f"set the clock: {worded(ahead)}", *steps)
    return meaning.error(
        attempt.what,
        why=shown(f"{attempt.issuer} said {said}"),
        next_steps=steps,
        cause=meaning.cause,
        link=attempt.kind,
    )


def answer(error: Exception) -> tuple[str, str, int]:
    """The code, the message and the HTTP status of a ``ClientError``, as far as they are there."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    said = response.get("Error") or {}
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
    return str(said.get("Code") or _NO_CODE), str(said.get("Message") or ""), int(status)


def tells_of_time(error: Exception) -> bool:
    """Whether a request was refused because of when it was signed."""
    return is_about_time(getattr(error, "response", None) or {})


def is_about_time(parsed: Mapping[str, Any]) -> bool:
    """Whether an answer, as botocore parsed it, refuses a request because of when it was signed."""
    said = parsed.get("Error") or {}
    code, message = str(said.get("Code") or ""), str(said.get("Message") or "").lower()
    return code in _SKEWED or any(phrase in message for phrase in _SKEW_WORDS)


def _headers(error: Exception) -> dict[str, str]:
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return (response.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}


def exceeds_chained_hour(error: Exception) -> bool:
    """Whether STS refused a ``DurationSeconds`` of more than an hour because a role is assuming a role."""
    code, message, _ = answer(error)
    return code == "ValidationError" and "role chaining" in message.lower()


def _meaning(code: str, message: str, status: int, attempt: Attempt) -> Meaning:
    words = message.lower()
    for judge in (_time, _asking_too_much, _keys, _identity_token, _permission, _request):
        meaning = judge(code, words, attempt)
        if meaning is not None:
            return meaning
    if status >= _SERVER_ERROR or code.isdigit():
        return Meaning(SourceUnavailable, "sts-unreachable", ("AWS's own state: https://health.aws.amazon.com",))
    if status == _TOO_MANY:
        return Meaning(SourceUnavailable, "sts-throttled", _SLOWER)
    return Meaning(RenewalRefused, None, (attempt.lookup.command("aws sts get-caller-identity"),))


_SLOWER = ("share one session between processes (the default), or raise the account's STS request quota",)


def _time(code: str, words: str, _attempt: Attempt) -> Meaning | None:
    if code in _SKEWED or any(phrase in words for phrase in _SKEW_WORDS):
        # Not refused for good: the clock may be set while we wait.
        return Meaning(
            SourceUnavailable, "clock-skew", ("compare `date -u` with the time AWS names; sync it: chronyc",)
        )
    return None


def _asking_too_much(code: str, words: str, attempt: Attempt) -> Meaning | None:
    if code in _THROTTLED or "rate exceeded" in words:
        return Meaning(SourceUnavailable, "sts-throttled", _SLOWER)
    if "durationseconds" in words and ("exceed" in words or "less than or equal" in words):
        role = (attempt.role_arn or "ROLE").rsplit("/", 1)[-1]
        return Meaning(
            RenewalRefused,
            "role-chaining-limit" if "chaining" in words else "duration-exceeds-maximum",
            (
                "ask for less: --duration-seconds 3600, or duration_seconds in the profile",
                f"or allow more: aws iam update-role --role-name {role} --max-session-duration SECONDS",
            ),
        )
    return None


def _keys(code: str, _words: str, attempt: Attempt) -> Meaning | None:
    identity = attempt.lookup.command("aws sts get-caller-identity")
    if code in _KEY_UNKNOWN:
        return _unknown_key(attempt.used, identity)
    if code == "SignatureDoesNotMatch":
        return Meaning(RenewalRefused, "signature-mismatch", (f"check the secret access key: {identity}",))
    if attempt.kind == "sso" and code in _SIGN_IN_OVER:
        return Meaning(PersonNeeded, "sso-session-expired", (attempt.lookup.command("aws sso login"),))
    if code in _LAPSED and attempt.kind not in _OIDC:
        return Meaning(
            RenewalRefused,
            "source-credentials-expired",
            ("renew what the role is assumed with", f"see what that is: {attempt.lookup.command('unexpired doctor')}"),
        )
    return None


def _unknown_key(used: Credentials | None, identity: str) -> Meaning:
    """One code for four mistakes: the shape of what was used tells them apart."""
    if used is not None and used.session_token is None and used.access_key_id.startswith("ASIA"):
        return Meaning(RenewalRefused, "token-missing", ("set AWS_SESSION_TOKEN (aws_session_token) beside the key",))
    if used is not None and used.session_token is not None and used.access_key_id.startswith("AKIA"):
        return Meaning(RenewalRefused, "token-left-over", ("remove AWS_SESSION_TOKEN (aws_session_token)",))
    if used is not None and used.session_token is not None:
        return Meaning(RenewalRefused, "token-mismatch", ("take key id, secret and token from one session", identity))
    return Meaning(RenewalRefused, "key-unknown", (f"see whose key it is, if anybody's: {identity}",))


def _identity_token(code: str, words: str, attempt: Attempt) -> Meaning | None:
    if (code in _LAPSED and attempt.kind in _OIDC) or (code == "IDPRejectedClaim" and "expired" in words):
        return Meaning(
            RenewalRefused,
            "web-identity-token-expired",
            ("see that whatever writes the token file is still rotating it",),
        )
    if code == "IDPCommunicationError":
        return Meaning(
            SourceUnavailable, "identity-provider-unverified", ("see that its issuer can be reached by AWS",)
        )
    if code in {"InvalidIdentityToken", "InvalidIdentityTokenException", "IDPRejectedClaim"}:
        return Meaning(
            RenewalRefused,
            "identity-provider-unverified",
            ("compare the token's iss and aud with: aws iam list-open-id-connect-providers",),
        )
    return None


def _permission(code: str, words: str, attempt: Attempt) -> Meaning | None:
    if code not in _DENIED:
        return None
    if "multifactorauthentication" in words or "mfa" in words:
        return Meaning(PersonNeeded, "mfa-cannot-renew", ("try again with the code that the device shows next",))
    if attempt.kind == "sso":
        return Meaning(
            RenewalRefused,
            "cannot-assume-role",
            ("see that the permission set is still assigned to you in that account",),
        )
    if "sts:tagsession" in words:
        return Meaning(RenewalRefused, "cannot-assume-role", ("allow sts:TagSession in the role's trust policy",))
    role = (attempt.role_arn or "ROLE").rsplit("/", 1)[-1]
    # With a token nobody asks but its bearer.
    by_token = attempt.kind in {"web_identity", "github_actions"}
    who = attempt.lookup.command("aws sts get-caller-identity")
    return Meaning(
        RenewalRefused,
        "cannot-assume-role",
        (
            f"see whom the role trusts: aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument",
            "and compare its conditions with the token's iss, sub and aud" if by_token else f"and who asks: {who}",
        ),
    )


def _request(code: str, words: str, _attempt: Attempt) -> Meaning | None:
    if code == "RegionDisabledException" or "sts is not activated" in words:
        return Meaning(RenewalRefused, "region-not-enabled", ("enable it: aws account enable-region",))
    if code in {"ValidationError", "ValidationException", "InvalidRequestException", "InvalidParameterValue"}:
        return Meaning(ConfigurationError, "config-invalid", ("correct the parameter that it names",))
    if code in {"MalformedPolicyDocument", "PackedPolicyTooLarge"}:
        return Meaning(ConfigurationError, "config-invalid", ("correct the session policy or the tags",))
    return None
