"""What the signature covers of a body, and the body itself.

``x-amz-content-sha256`` says which: the body's own hash, nothing at all (``UNSIGNED-PAYLOAD``), or one of the
``STREAMING-`` flavours, in which the body comes in ``aws-chunked`` pieces, each with a signature of its own or a
checksum trailing behind.

Sources: "Signature calculations for the Authorization header: transferring payload in multiple chunks"
(AmazonS3/latest/API/sigv4-streaming.html), and the page on trailing headers beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.sandbox import checksums
from unexpired.sandbox.signature import signing_key
from unexpired.sandbox.wire import Answer, Kind, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.request import Request
    from unexpired.sandbox.signature import Signed

UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"

_STREAMING = frozenset({UNSIGNED_TRAILER, SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER})
_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = re.compile(rb"(?P<size>[0-9a-fA-F]+)(?:;chunk-signature=(?P<signature>[0-9a-f]{64}))?")
_MALFORMED_TRAILER = (
    "The request contained trailing data that was not well-formed or did not conform to our published schema."
)
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Body:
    """A decoded body.

    Attributes:
        content: The bytes that the client means to send.
        trailers: Trailing headers by lower-case name, without their signature.
        decoded: True when ``content`` is not what stood on the wire.
    """

    content: bytes
    trailers: Mapping[str, str]
    decoded: bool


def claimed(request: Request, signed: Signed) -> str:
    """The payload hash for the canonical request, checked against the body where it can be.

    Raises:
        RefusedError: The body is not the one that was signed, or S3's header is missing.
    """
    actual = hashlib.sha256(request.body).hexdigest()
    header = request.header("x-amz-content-sha256")
    if signed.service != "s3":
        # The other services compute the hash themselves, except over what the client says it did not hash.
        return UNSIGNED if header == UNSIGNED else actual
    if header is None:
        if signed.presigned:
            return UNSIGNED
        raise RefusedError(
            Answer(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        )
    if header in _STREAMING or header == UNSIGNED:
        return header
    if not _HASH.fullmatch(header):
        message = f"x-amz-content-sha256 must be {UNSIGNED}, {SIGNED_CHUNKS}, or a valid sha256 value."
        raise RefusedError(Answer(400, "InvalidArgument", message))
    if header != actual:
        raise RefusedError(
            Answer(
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                {"ClientComputedContentSHA256": header, "S3ComputedContentSHA256": actual},
            )
        )
    return header


def decode(request: Request, signed: Signed, secret: str) -> Body:
    """Take an S3 body out of its chunks, checking chunk signatures, trailers, length and checksums.

    Raises:
        RefusedError: A chunk or trailer signature is wrong, bytes are missing, or a checksum differs.
    """
    flavour = request.header("x-amz-content-sha256")
    if flavour not in _STREAMING:
        body = Body(request.body, {}, decoded=False)
    else:
        reader = _Chunks(request, signed, secret if flavour != UNSIGNED_TRAILER else None)
        body = reader.read(with_trailers=flavour != SIGNED_CHUNKS)
        length = request.header("x-amz-decoded-content-length")
        if length is None or not length.isdigit():
            raise RefusedError(Answer(411, "MissingContentLength", "You must provide the Content-Length HTTP header."))
        if int(length) != len(body.content):
            raise _incomplete()
    _require_whole(request)
    checksums.check_headers(request.headers, body.content)
    for name, value in body.trailers.items():
        if name.startswith(checksums.PREFIX):
            checksums.check(name, value, body.content)
    return body


class _Chunks:
    """Reads chunks, ``size[;chunk-signature=…]`` on a line and then the data, up to the empty chunk, then the trailers.

    Each signature chains on the one before, the first on the request's own.
    """

    def __init__(self, request: Request, signed: Signed, secret: str | None) -> None:
        self._stream = io.BytesIO(request.body)
        self._announced = {
            name.strip().lower() for name in (request.header("x-amz-trailer") or "").split(",") if name.strip()
        }
        self._signed = signed
        self._key = signing_key(secret, signed) if secret is not None else None
        self._previous = signed.signature

    def read(self, *, with_trailers: bool) -> Body:
        pieces: list[bytes] = []
        while True:
            found = _CHUNK.fullmatch(self._stream.readline().rstrip(b"\r\n"))
            if found is None:
                raise _incomplete()
            size = int(found["size"], 16)
            data = self._stream.read(size)
            if len(data) != size:
                raise _incomplete()
            self._check(found["signature"], hashlib.sha256(data).hexdigest())
            if size == 0:
                break
            if self._stream.read(2) != b"\r\n":
                raise _incomplete()
            pieces.append(data)
        return Body(b"".join(pieces), self._trailers() if with_trailers else {}, decoded=True)

    def _check(self, signature: bytes | None, digest: str) -> None:
        if self._key is None:
            return
        expected = self._sign("AWS4-HMAC-SHA256-PAYLOAD", _EMPTY_HASH, digest)
        if signature is None or not hmac.compare_digest(expected, signature.decode()):
            raise _chunk_mismatch()
        self._previous = expected

    def _trailers(self) -> dict[str, str]:
        trailers: dict[str, str] = {}
        for line in self._stream.read().decode("latin-1").split("\r\n"):
            # Each trailer line of some clients ends with a bare newline of its own (the API reference shows "\n\r\n").
            name, colon, value = line.strip().partition(":")
            if colon:
                trailers[name.strip().lower()] = value.strip()
        signature = trailers.pop("x-amz-trailer-signature", None)
        if set(trailers) != self._announced:
            raise RefusedError(Answer(400, "MalformedTrailerError", _MALFORMED_TRAILER))
        if self._key is not None:
            canonical = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
            expected = self._sign("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(canonical.encode()).hexdigest())
            if signature is None or not hmac.compare_digest(expected, signature):
                raise _chunk_mismatch()
        return trailers

    def _sign(self, algorithm: str, *digests: str) -> str:
        assert self._key is not None  # noqa: S101 - only called where chunks are signed
        lines = (algorithm, self._signed.stamp, self._signed.scope, self._previous, *digests)
        return hmac.digest(self._key, "\n".join(lines).encode(), "sha256").hex()


def _require_whole(request: Request) -> None:
    length = request.header("content-length")
    if length is not None and length.isdigit() and int(length) != len(request.body):
        raise _incomplete()


def _incomplete() -> RefusedError:
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return RefusedError(Answer(400, "IncompleteBody", message))


def _chunk_mismatch() -> RefusedError:
    return RefusedError(Kind.SIGNATURE)
