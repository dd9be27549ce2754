"""AWS Signature Version 4: read what the client claims, sign it again, compare.

The signing itself is botocore's: its signers are told which headers, timestamp and payload hash the client says it
signed, and must arrive at the same 64 hex digits. What is left to us is the reading.

Rules: "Create a signed AWS API request" and "Signature Version 4: authenticating requests (S3)"
(AmazonS3/latest/API/sig-v4-authenticating-requests.html).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from unexpired.sandbox.wire import Answer, Kind, RefusedError

if TYPE_CHECKING:
    from unexpired.sandbox.request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
PRESIGNED_LIFE_S = 7 * 24 * 3600
"""The longest ``X-Amz-Expires``, in seconds (S3: one week)."""

_UNSTATED_LIFE_S = 900
"""What a presigned request lives that does not say (STS, as EKS's tokens use it): fifteen minutes."""

_STAMP = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    r"Credential=(?P<credential>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>\S+)"
)
_SCOPE = re.compile(r"(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_UNSIGNABLE = frozenset({"x-amz-content-sha256"})
"""S3 lets a presigned request carry this header unsigned: its query already said UNSIGNED-PAYLOAD."""


@dataclass(frozen=True)
class Signed:
    """What a request says about its own signature. Nothing of it has been verified yet.

    Attributes:
        version: 4, or 2 for S3's old query signature, which boto3 still prefers for presigned URLs.
        access_key_id: The key that claims to have signed.
        token: The session token sent along, None without one.
        date: The scope's day, ``YYYYMMDD``.
        region: The scope's region.
        service: The scope's signing name, for instance ``s3``.
        headers: Lower-case names of the signed headers.
        signature: The claimed signature.
        stamp: The time of signing as signed, ``YYYYMMDDTHHMMSSZ``; empty in version 2, which signs only an end.
        presigned: True when all this stood in the query string or in a form.
        expires_at: When a presigned request ends, seconds since the epoch; None for a header-signed one.
        policy: The policy of a form, in base64, which is all that is signed there; None otherwise.
    """

    version: int
    access_key_id: str
    token: str | None
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    stamp: str
    presigned: bool
    expires_at: float | None = None
    policy: str | None = None

    @property
    def signed_at(self) -> float | None:
        """The time of signing, seconds since the epoch; None where it was not signed."""
        return moment(self.stamp) if self.stamp else None

    @property
    def scope(self) -> str:
        """The credential scope without the key."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read(request: Request) -> Signed | None:
    """What the request claims, or None when it carries no Version 4 signature.

    Raises:
        RefusedError: A signature is there but cannot be read.
    """
    authorization = request.header("authorization")
    in_query = "X-Amz-Signature" in request.query or "X-Amz-Algorithm" in request.query
    if authorization is not None and in_query:
        raise RefusedError(
            Answer(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified",
            )
        )
    if authorization is not None:
        return _from_header(request, authorization)
    return _from_query(request) if in_query else None


def _from_header(request: Request, authorization: str) -> Signed:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        if algorithm == "AWS":
            raise RefusedError(
                Answer(
                    400,
                    "InvalidRequest",
                    f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}.",
                )
            )
        raise RefusedError(Kind.INCOMPLETE, f"Unsupported authorization type: '{algorithm[:40]}'")
    found = _AUTHORIZATION.fullmatch(rest.strip())
    if found is None:
        raise RefusedError(
            Kind.INCOMPLETE,
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
        )
    scope = parse_scope(found["credential"])
    return Signed(
        version=4,
        access_key_id=scope["key"],
        token=request.header("x-amz-security-token"),
        date=scope["date"],
        region=scope["region"],
        service=scope["service"],
        headers=tuple(found["headers"].lower().split(";")),
        signature=found["signature"],
        stamp=_stamp(request),
        presigned=False,
    )


def _from_query(request: Request) -> Signed:
    query = request.query
    needed = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
    if any(not query.get(name) for name in needed) or query["X-Amz-Algorithm"] != ALGORITHM:
        raise _bad_query(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    scope = parse_scope(query["X-Amz-Credential"])
    expires = query.get("X-Amz-Expires")
    # S3 insists on a life; elsewhere (presigned STS, as EKS sends it) the fifteen minutes of the service apply.
    if expires is None and scope["service"] == "s3":
        raise _bad_query("X-Amz-Expires must be specified")
    if expires is not None and (not expires.isdigit() or int(expires) > PRESIGNED_LIFE_S):
        raise _bad_query(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{PRESIGNED_LIFE_S} seconds"
        )
    stamp = _checked_stamp(query["X-Amz-Date"])
    return Signed(
        version=4,
        access_key_id=scope["key"],
        token=query.get("X-Amz-Security-Token"),
        date=scope["date"],
        region=scope["region"],
        service=scope["service"],
        headers=tuple(query["X-Amz-SignedHeaders"].lower().split(";")),
        signature=query["X-Amz-Signature"],
        stamp=stamp,
        presigned=True,
        expires_at=moment(stamp) + (int(expires) if expires is not None else _UNSTATED_LIFE_S),
    )


def verify(request: Request, signed: Signed, secret: str, payload: str) -> None:
    """Sign again with ``secret`` and compare.

    Args:
        request: The request as it came.
        signed: What ``read`` made of it.
        secret: The secret of the key that claims to have signed.
        payload: The payload hash that belongs into the canonical request.

    Raises:
        RefusedError: The signatures differ, or something that must be signed is not.
    """
    if signed.date != signed.stamp[:8]:
        raise RefusedError(
            Kind.SIGNATURE,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signed.date}' != '{signed.stamp[:8]}', from '{signed.stamp}'.",
        )
    _require_signed(request, signed)
    replayed = AWSRequest(method=request.method, url=f"http://sandbox{request.path}{_query(request)}")
    for name, value in request.headers:
        # botocore would take the client's claim for the payload; ours has been checked against the body.
        if name.lower() != "x-amz-content-sha256":
            replayed.headers.add_header(name, value)
    replayed.context.update(timestamp=signed.stamp, signed=signed.headers, payload=payload, sent=request)
    signer_class = _ReplayS3 if signed.service == "s3" else _Replay
    signer = signer_class(Credentials(signed.access_key_id, secret), signed.service, signed.region)
    canonical = signer.canonical_request(replayed)
    string_to_sign = signer.string_to_sign(replayed, canonical)
    if not hmac.compare_digest(signer.signature(string_to_sign, replayed), signed.signature):
        raise RefusedError(Kind.SIGNATURE, fields=_evidence(signed, string_to_sign, canonical))


def signing_key(secret: str, signed: Signed) -> bytes:
    """The derived key of a scope, which also signs chunks and POST policies."""
    key = f"AWS4{secret}".encode()
    for part in (signed.date, signed.region, signed.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class _Told:
    """Signs exactly what the client says it signed."""

    def headers_to_sign(self, request: Any) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in request.context["signed"]:
            headers[name] = request.context["sent"].header(name) or ""
        return headers

    def payload(self, request: Any) -> str:
        payload: str = request.context["payload"]
        return payload


class _Replay(_Told, SigV4Auth):
    """Every service but S3: the path is normalised and encoded twice."""


class _ReplayS3(_Told, S3SigV4Auth):
    """S3: the path is signed as it is sent."""


def _query(request: Request) -> str:
    # Decoded and encoded again: object_store sends `prefix=a+b` and signs `a%20b`. Bytes, so that nothing is lost.
    pairs = [pair.partition("=") for pair in request.raw_query.split("&") if pair]
    canonical = [(_encoded(name), _encoded(value)) for name, _, value in pairs if name != "X-Amz-Signature"]
    return "?" + "&".join(f"{name}={value}" for name, value in canonical) if canonical else ""


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


def _require_signed(request: Request, signed: Signed) -> None:
    if "host" not in signed.headers and ":authority" not in signed.headers:
        raise RefusedError(Kind.SIGNATURE, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    if signed.service != "s3":
        return
    sent = {name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-")}
    forgotten = sorted(sent - set(signed.headers) - (_UNSIGNABLE if signed.presigned else frozenset()))
    if forgotten:
        raise RefusedError(
            Kind.DENIED,
            "There were headers present in the request which were not signed",
            {"HeadersNotSigned": ", ".join(forgotten)},
        )


def _evidence(signed: Signed, string_to_sign: str, canonical: str) -> dict[str, str]:
    # S3 shows its own working; of the services it alone has room for it, the others ignore these fields.
    return {
        "AWSAccessKeyId": signed.access_key_id,
        "StringToSign": string_to_sign,
        "SignatureProvided": signed.signature,
        "CanonicalRequest": canonical,
    }


def moment(stamp: str) -> float:
    """Seconds since the epoch of a ``YYYYMMDDTHHMMSSZ`` stamp."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=timezone.utc).timestamp()


def parse_scope(credential: str) -> re.Match[str]:
    """Key id and scope of a ``Credential``, as groups ``key``, ``date``, ``region`` and ``service``.

    Raises:
        RefusedError: It has not that form.
    """
    found = _SCOPE.fullmatch(credential)
    if found is None:
        raise RefusedError(
            Kind.INCOMPLETE,
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
            f"'{credential[:4]}…'",
        )
    return found


def _stamp(request: Request) -> str:
    stamp = request.header("x-amz-date")
    if stamp is not None:
        return _checked_stamp(stamp)
    try:
        moment = parsedate_to_datetime(request.header("date") or "")
    except (TypeError, ValueError):
        raise _no_date() from None
    return moment.astimezone(timezone.utc).strftime(_STAMP)


def _checked_stamp(stamp: str) -> str:
    try:
        datetime.strptime(stamp, _STAMP)  # noqa: DTZ007 - only its form is checked
    except ValueError:
        raise _no_date() from None
    return stamp


def _no_date() -> RefusedError:
    return RefusedError(Kind.INCOMPLETE, "AWS authentication requires a valid Date or x-amz-date header")


def _bad_query(message: str) -> RefusedError:
    return RefusedError(Answer(400, "AuthorizationQueryParametersError", message))
