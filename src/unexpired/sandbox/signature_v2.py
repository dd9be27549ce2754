"""S3's old query signature (HMAC-SHA1), which boto3 still makes for presigned URLs in the older regions.

Only the query form is accepted. A header signed that way is refused, as S3 does in every region opened since 2014.

Source: "Signing and authenticating REST requests" (AmazonS3/latest/userguide/RESTAuthentication.html).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from unexpired.sandbox.signature import Signed
from unexpired.sandbox.wire import Answer, Kind, RefusedError

if TYPE_CHECKING:
    from unexpired.sandbox.request import Request

_COVERED = ("content-md5", "content-type")


def read(request: Request) -> Signed | None:
    """What the request claims, or None when its query carries no such signature.

    Raises:
        RefusedError: Some of it is missing.
    """
    query = request.query
    if "AWSAccessKeyId" not in query and "Signature" not in query:
        return None
    if not (query.get("AWSAccessKeyId") and query.get("Signature") and query.get("Expires", "").isdigit()):
        message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise RefusedError(Answer(403, "AccessDenied", message))
    return Signed(
        version=2,
        access_key_id=query["AWSAccessKeyId"],
        token=query.get("x-amz-security-token") or request.header("x-amz-security-token"),
        date="",
        region="us-east-1",
        service="s3",
        headers=(),
        signature=query["Signature"],
        stamp="",
        presigned=True,
        expires_at=float(query["Expires"]),
    )


def verify(request: Request, signed: Signed, secret: str) -> None:
    """Sign again and compare.

    Raises:
        RefusedError: The signatures differ.
    """
    # Typed loosely: botocore wants its own header class here, its stubs a mapping.
    headers: Any = HTTPHeaders()
    for name in _COVERED:
        value = request.header(name)
        if value is not None:
            headers[name] = value
    # The x-amz parameters of the query count as headers, wherever they stand.
    for name, value in (*request.query.items(), *request.headers):
        if name.lower().startswith("x-amz-"):
            headers[name.lower()] = value
    signer = _Told(Credentials(signed.access_key_id, secret), request.query["Expires"])
    text = signer.canonical_string(request.method, urlsplit(f"http://sandbox{request.target}"), headers)
    if not hmac.compare_digest(signer.sign_string(text), signed.signature):
        fields = {
            "AWSAccessKeyId": signed.access_key_id,
            "StringToSign": text,
            "SignatureProvided": signed.signature,
        }
        raise RefusedError(Kind.SIGNATURE, fields=fields)


class _Told(HmacV1QueryAuth):
    """Uses the end that the client signed instead of one of its own."""

    def __init__(self, credentials: Credentials, end: str) -> None:
        super().__init__(credentials)
        self._end = end

    def _get_date(self) -> str:
        return self._end
