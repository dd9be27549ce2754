"""How each AWS service says no: error code, HTTP status and wire format.

The same refusal is ``ExpiredToken`` 400 as XML from S3, ``ExpiredToken`` 403 as XML from STS, ``ExpiredTokenException``
400 as JSON from DynamoDB and ``RequestExpired`` from EC2. Clients tell them apart by code and status: both are exact.

Sources: S3 "Error responses" (AmazonS3/latest/API/ErrorResponses.html), the "Common Errors" pages of the STS, DynamoDB
and Lambda API references, EC2 "Error codes for the Amazon EC2 API", and Smithy's protocol specifications.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.request import Request

_STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Protocol(Enum):
    """The wire formats in which AWS services report errors."""

    S3 = "s3"
    QUERY = "query"  # STS, IAM, SQS of old, and the REST-XML services, whose error envelope is the same
    EC2 = "ec2"
    JSON = "json"  # AWS JSON 1.0 and 1.1
    REST_JSON = "rest-json"
    CBOR = "cbor"  # Smithy RPC v2


class Kind(Enum):
    """Why a request is refused, whatever the service."""

    EXPIRED = "expired"
    INVALID_TOKEN = "invalid-token"  # noqa: S105 - the name of a refusal
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature"
    CLOCK = "clock"
    MISSING = "missing"
    INCOMPLETE = "incomplete"
    DENIED = "denied"
    THROTTLED = "throttled"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Answer:
    """An error as it goes on the wire.

    Attributes:
        status: HTTP status.
        code: AWS's error code.
        message: AWS's sentence.
        fields: Further elements that S3 puts into its error document, in order.
    """

    status: int
    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The request is refused: a ``Kind`` that each service words its own way, or an ``Answer`` already exact."""

    def __init__(self, why: Kind | Answer, message: str | None = None, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message or str(why))
        self.why = why
        self.message = message
        self.fields = dict(fields or {})

    def answer(self, protocol: Protocol) -> Answer:
        """The refusal in the words of one protocol."""
        if isinstance(self.why, Answer):
            return self.why
        status, code, message = _ANSWERS[protocol][self.why]
        return Answer(status, code, self.message or message, self.fields)


@dataclass(frozen=True)
class Response:
    """A complete HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


_TOKEN_EXPIRED = "The security token included in the request is expired"  # noqa: S105 - AWS's sentence
_TOKEN_INVALID = "The security token included in the request is invalid"  # noqa: S105 - AWS's sentence
_MISMATCH = "The request signature we calculated does not match the signature you provided."
_MISMATCH_ELSEWHERE = (
    f"{_MISMATCH} Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_MISSING_TOKEN = "Request is missing Authentication Token"  # noqa: S105 - AWS's sentence
_EC2_AUTH = "AWS was not able to validate the provided access credentials"
_INCOMPLETE = "The request signature does not conform to AWS standards."
_DENIED = "User is not authorized to perform this action"
_INTERNAL = "The request processing has failed because of an unknown error, exception or failure."
_UNAVAILABLE = "The request has failed due to a temporary failure of the server."

_JSON_ANSWERS: dict[Kind, tuple[int, str, str]] = {
    Kind.EXPIRED: (400, "ExpiredTokenException", _TOKEN_EXPIRED),
    Kind.INVALID_TOKEN: (400, "UnrecognizedClientException", _TOKEN_INVALID + "."),
    Kind.UNKNOWN_KEY: (400, "UnrecognizedClientException", _TOKEN_INVALID + "."),
    Kind.SIGNATURE: (400, "InvalidSignatureException", _MISMATCH_ELSEWHERE),
    Kind.CLOCK: (400, "InvalidSignatureException", "Signature expired"),
    Kind.MISSING: (400, "MissingAuthenticationTokenException", _MISSING_TOKEN),
    Kind.INCOMPLETE: (400, "IncompleteSignatureException", _INCOMPLETE),
    Kind.DENIED: (400, "AccessDeniedException", _DENIED),
    Kind.THROTTLED: (400, "ThrottlingException", "Rate exceeded"),
    Kind.INTERNAL: (500, "InternalFailure", _INTERNAL),
    Kind.UNAVAILABLE: (503, "ServiceUnavailable", _UNAVAILABLE),
}

_ANSWERS: dict[Protocol, dict[Kind, tuple[int, str, str]]] = {
    Protocol.S3: {
        Kind.EXPIRED: (400, "ExpiredToken", "The provided token has expired."),
        Kind.INVALID_TOKEN: (400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
        Kind.UNKNOWN_KEY: (
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Kind.SIGNATURE: (
            403,
            "SignatureDoesNotMatch",
            f"{_MISMATCH} Check your key and signing method.",
        ),
        Kind.CLOCK: (
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        Kind.MISSING: (403, "AccessDenied", "Access Denied"),
        Kind.INCOMPLETE: (400, "AuthorizationHeaderMalformed", "The authorization header is malformed."),
        Kind.DENIED: (403, "AccessDenied", "Access Denied"),
        Kind.THROTTLED: (503, "SlowDown", "Please reduce your request rate."),
        Kind.INTERNAL: (500, "InternalError", "We encountered an internal error. Please try again."),
        Kind.UNAVAILABLE: (503, "ServiceUnavailable", "Service is unable to handle request."),
    },
    Protocol.QUERY: {
        Kind.EXPIRED: (403, "ExpiredToken", _TOKEN_EXPIRED),
        Kind.INVALID_TOKEN: (403, "InvalidClientTokenId", _TOKEN_INVALID),
        Kind.UNKNOWN_KEY: (403, "InvalidClientTokenId", _TOKEN_INVALID),
        Kind.SIGNATURE: (403, "SignatureDoesNotMatch", _MISMATCH_ELSEWHERE),
        Kind.CLOCK: (403, "SignatureDoesNotMatch", "Signature expired"),
        Kind.MISSING: (403, "MissingAuthenticationToken", _MISSING_TOKEN),
        Kind.INCOMPLETE: (400, "IncompleteSignature", _INCOMPLETE),
        Kind.DENIED: (403, "AccessDenied", _DENIED),
        Kind.THROTTLED: (400, "Throttling", "Rate exceeded"),
        Kind.INTERNAL: (500, "InternalFailure", _INTERNAL),
        Kind.UNAVAILABLE: (503, "ServiceUnavailable", _UNAVAILABLE),
    },
    Protocol.EC2: {
        Kind.EXPIRED: (400, "RequestExpired", "Request has expired."),
        Kind.INVALID_TOKEN: (401, "AuthFailure", _EC2_AUTH),
        Kind.UNKNOWN_KEY: (401, "AuthFailure", _EC2_AUTH),
        Kind.SIGNATURE: (401, "AuthFailure", _EC2_AUTH),
        Kind.CLOCK: (400, "RequestExpired", "Request has expired."),
        Kind.MISSING: (403, "MissingAuthenticationToken", _MISSING_TOKEN),
        Kind.INCOMPLETE: (400, "IncompleteSignature", _INCOMPLETE),
        Kind.DENIED: (403, "UnauthorizedOperation", "You are not authorized to perform this operation."),
        Kind.THROTTLED: (503, "RequestLimitExceeded", "Request limit exceeded."),
        Kind.INTERNAL: (500, "InternalError", "An internal error has occurred"),
        Kind.UNAVAILABLE: (503, "Unavailable", "The server is overloaded and can't handle the request."),
    },
    Protocol.JSON: _JSON_ANSWERS,
    Protocol.CBOR: _JSON_ANSWERS,
    # REST-JSON services (Lambda, EKS, Glue's newer cousins) use the same codes with the statuses of HTTP.
    Protocol.REST_JSON: {
        kind: ({Kind.INCOMPLETE: 400, Kind.THROTTLED: 429}.get(kind, 403) if status == 400 else status, code, message)  # noqa: PLR2004 - HTTP
        for kind, (status, code, message) in _JSON_ANSWERS.items()
    },
}

_REST_XML_SERVICES = frozenset({"cloudfront", "route53"})


def protocol_of(service: str, request: Request) -> Protocol:
    """The wire format of a request, told from its signing name and its own shape.

    botocore's service models would know as well, but loading EC2's costs half a second; the shape is enough.
    """
    if service == "s3":
        return Protocol.S3
    if request.header("smithy-protocol") == "rpc-v2-cbor":
        return Protocol.CBOR
    if request.header("x-amz-target") is not None:
        return Protocol.JSON
    if service == "ec2":
        return Protocol.EC2
    if "Action" in request.form or service in _REST_XML_SERVICES:
        return Protocol.QUERY
    return Protocol.REST_JSON


def render(answer: Answer, protocol: Protocol, request: Request, request_id: str) -> Response:
    """An error as a complete response in the given wire format.

    An S3 ``HEAD`` gets status and headers only, as from the real service: the client sees a bare 400 without a code.
    """
    headers = _ENVELOPES[protocol][0](answer, request)
    body = _ENVELOPES[protocol][1](answer, request, request_id)
    if request.method == "HEAD":
        return Response(answer.status, headers, b"")
    return Response(answer.status, headers, body)


def _xml_headers(_answer: Answer, request: Request) -> tuple[tuple[str, str], ...]:
    if request.method == "HEAD":
        return ()
    return (("Content-Type", "application/xml"),)


def _json_headers(answer: Answer, request: Request) -> tuple[tuple[str, str], ...]:
    sent = (request.header("content-type") or "").partition(";")[0]
    kind = sent if sent.startswith("application/x-amz-json") else "application/json"
    return (("Content-Type", kind), ("x-amzn-ErrorType", answer.code))


def _cbor_headers(_answer: Answer, _request: Request) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))


def _elements(fields: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())


def _s3_body(answer: Answer, request: Request, request_id: str) -> bytes:
    bucket, key = request.key_path
    place = {"Resource": "/" + "/".join(part for part in (bucket, key) if part)}
    fields = {"Code": answer.code, "Message": answer.message, **answer.fields, **place, "RequestId": request_id}
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{_elements(fields)}</Error>'.encode()


def _query_body(answer: Answer, _request: Request, request_id: str) -> bytes:
    sender = "Receiver" if answer.status >= 500 else "Sender"  # noqa: PLR2004 - HTTP
    error = _elements({"Type": sender, "Code": answer.code, "Message": answer.message})
    return (
        f'<ErrorResponse xmlns="{_STS_NAMESPACE}"><Error>{error}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


def _ec2_body(answer: Answer, _request: Request, request_id: str) -> bytes:
    error = _elements({"Code": answer.code, "Message": answer.message})
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    ).encode()


def _json_body(answer: Answer, request: Request, _request_id: str) -> bytes:
    # JSON 1.0 services (DynamoDB) name the type with its namespace, 1.1 services without; clients cut it at the '#'.
    namespaced = (request.header("content-type") or "").startswith("application/x-amz-json-1.0")
    kind = f"com.amazon.coral.service#{answer.code}" if namespaced else answer.code
    return json.dumps({"__type": kind, "message": answer.message}).encode()


def _rest_json_body(answer: Answer, _request: Request, _request_id: str) -> bytes:
    return json.dumps({"message": answer.message}).encode()


def _cbor_text(text: str) -> bytes:
    # RFC 8949 3.1, major type 3 with a two-byte length: enough for any message of ours.
    raw = text.encode()
    return b"\x79" + len(raw).to_bytes(2, "big") + raw


def _cbor_body(answer: Answer, _request: Request, _request_id: str) -> bytes:
    pairs = (("__type", answer.code), ("message", answer.message))
    return bytes([0xA0 | len(pairs)]) + b"".join(_cbor_text(name) + _cbor_text(value) for name, value in pairs)


_ENVELOPES = {
    Protocol.S3: (_xml_headers, _s3_body),
    Protocol.QUERY: (_xml_headers, _query_body),
    Protocol.EC2: (_xml_headers, _ec2_body),
    Protocol.JSON: (_json_headers, _json_body),
    Protocol.REST_JSON: (_json_headers, _rest_json_body),
    Protocol.CBOR: (_cbor_headers, _cbor_body),
}
