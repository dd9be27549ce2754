"""The integrity checksums of S3 uploads, as headers or as trailers, and ``Content-MD5``.

moto takes a wrong one for granted; S3 answers ``BadDigest``. CRC32, SHA-1, SHA-256 and MD5 are checked always. CRC32C
and CRC64NVME are checked where ``awscrt`` is installed, because pure Python would need seconds for one 8 MiB part;
elsewhere they are passed on unchecked.

Source: S3 "Checking object integrity" (AmazonS3/latest/userguide/checking-object-integrity.html).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import zlib
from typing import TYPE_CHECKING

from unexpired.sandbox.wire import Answer, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PREFIX = "x-amz-checksum-"
_NOT_DIGESTS = frozenset({"algorithm", "mode", "type"})
"""Headers with the prefix that describe a checksum instead of carrying one."""


def check(name: str, value: str, body: bytes) -> None:
    """Compare one ``x-amz-checksum-*`` header or trailer with the body.

    Args:
        name: The lower-case header name.
        value: Its value: the digest in base64.
        body: The decoded body.

    Raises:
        RefusedError: ``BadDigest``, or ``InvalidRequest`` for what is not base64.
    """
    algorithm = name.removeprefix(PREFIX)
    digest = _digest(algorithm)
    if algorithm in _NOT_DIGESTS or digest is None:
        return
    try:
        claimed = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise RefusedError(Answer(400, "InvalidRequest", f"Value for {name} header is invalid.")) from None
    if claimed != digest(body):
        message = f"The {algorithm.upper()} you specified did not match the calculated checksum."
        raise RefusedError(Answer(400, "BadDigest", message))


def check_headers(headers: Iterable[tuple[str, str]], body: bytes) -> None:
    """Check every checksum that came as a header of an S3 upload, ``Content-MD5`` among them.

    Raises:
        RefusedError: ``BadDigest``, ``InvalidDigest`` or ``InvalidRequest``.
    """
    for name, value in headers:
        lower = name.lower()
        if lower == "content-md5":
            _check_md5(value, body)
        elif lower.startswith(PREFIX):
            check(lower, value, body)


def _check_md5(value: str, body: bytes) -> None:
    actual = hashlib.md5(body, usedforsecurity=False).digest()
    try:
        claimed = base64.b64decode(value, validate=True)
    except binascii.Error:
        claimed = b""
    if len(claimed) != len(actual):
        raise RefusedError(Answer(400, "InvalidDigest", "The Content-MD5 you specified was invalid."))
    if claimed != actual:
        message = "The Content-MD5 you specified did not match what we received."
        raise RefusedError(Answer(400, "BadDigest", message))


def _digest(algorithm: str) -> Callable[[bytes], bytes] | None:
    if algorithm == "crc32":
        return lambda body: zlib.crc32(body).to_bytes(4, "big")
    if algorithm in {"sha1", "sha256", "sha512", "md5"}:
        return lambda body: hashlib.new(algorithm, body, usedforsecurity=False).digest()
    size = {"crc32c": 4, "crc64nvme": 8}.get(algorithm)
    if size is None:
        return None
    try:
        native = importlib.import_module("awscrt.checksums")
    except ImportError:
        return None
    function: Callable[[bytes], int] = getattr(native, algorithm)
    return lambda body: function(body).to_bytes(size, "big")
