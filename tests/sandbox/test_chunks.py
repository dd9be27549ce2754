"""Bodies in signed chunks and with trailing checksums, against AWS's own worked examples.

The examples are those of the S3 API reference, "Transferring payload in multiple chunks" and "Signature calculations
for trailing headers": 66,560 letters a in chunks of 65,536 and 1,024 bytes.
"""

from __future__ import annotations

import zlib
from base64 import b64encode

import pytest

from unexpired.sandbox import payload, signature
from unexpired.sandbox.request import Request
from unexpired.sandbox.signature import Signed
from unexpired.sandbox.wire import Protocol, RefusedError

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
LETTERS = b"a" * 66_560
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILER_CHUNKS = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER = (
    b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
)


def signed(seed):
    return Signed(
        version=4,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        token=None,
        date="20130524",
        region="us-east-1",
        service="s3",
        headers=(),
        signature=seed,
        stamp="20130524T000000Z",
        presigned=False,
    )


def chunked(signatures, content=LETTERS, trailer=b"\r\n"):
    pieces = (content[:65_536], content[65_536:], b"")
    lines = [
        f"{len(piece):x};chunk-signature={each}\r\n".encode() + piece + (b"\r\n" if piece else b"")
        for piece, each in zip(pieces, signatures, strict=True)
    ]
    return b"".join(lines) + trailer


def request(flavour, body, *, length=66_560, trailer=None):
    headers = {"x-amz-content-sha256": flavour, "x-amz-decoded-content-length": str(length)}
    if trailer:
        headers["x-amz-trailer"] = trailer
    return Request("PUT", "/examplebucket/chunkObject.txt", tuple(headers.items()), body)


def code(upload, seed=SEED):
    with pytest.raises(RefusedError) as raised:
        payload.decode(upload, signed(seed), SECRET)
    return raised.value.answer(Protocol.S3).code


def test_the_worked_example_of_the_whole_request_is_accepted():
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        f"x-amz-decoded-content-length;x-amz-storage-class,Signature={SEED}"
    )
    headers = {
        "Host": "s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "Authorization": authorization,
        "x-amz-content-sha256": payload.SIGNED_CHUNKS,
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "Content-Length": "66824",
    }
    whole = Request("PUT", "/examplebucket/chunkObject.txt", tuple(headers.items()), chunked(CHUNKS))
    read = signature.read(whole)
    signature.verify(whole, read, SECRET, payload.claimed(whole, read))
    assert payload.decode(whole, read, SECRET).content == LETTERS


def test_signed_chunks_are_taken_apart():
    body = payload.decode(request(payload.SIGNED_CHUNKS, chunked(CHUNKS)), signed(SEED), SECRET)
    assert (body.content, body.decoded) == (LETTERS, True)


def test_signed_chunks_with_a_signed_trailer_are_taken_apart():
    sent = request(
        payload.SIGNED_CHUNKS_TRAILER,
        chunked(TRAILER_CHUNKS, trailer=TRAILER),
        trailer="x-amz-checksum-crc32c",
    )
    body = payload.decode(sent, signed(TRAILER_SEED), SECRET)
    assert body.content == LETTERS
    assert body.trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


@pytest.mark.parametrize(
    "body",
    [
        chunked(CHUNKS, b"b" + LETTERS[1:]),
        chunked((CHUNKS[1], CHUNKS[0], CHUNKS[2])),
        chunked((*CHUNKS[:2], "0" * 64)),
        chunked(CHUNKS).replace(f";chunk-signature={CHUNKS[1]}".encode(), b""),
    ],
    ids=["content", "order", "last", "unsigned"],
)
def test_a_chunk_that_was_changed_is_refused(body):
    assert code(request(payload.SIGNED_CHUNKS, body)) == "SignatureDoesNotMatch"


def test_a_trailer_that_was_changed_is_refused():
    for changed in (TRAILER.replace(b"sOO8", b"sOO9"), TRAILER.replace(b"d81f", b"d81e"), TRAILER[:32] + b"\r\n"):
        sent = request(
            payload.SIGNED_CHUNKS_TRAILER, chunked(TRAILER_CHUNKS, trailer=changed), trailer="x-amz-checksum-crc32c"
        )
        assert code(sent, TRAILER_SEED) == "SignatureDoesNotMatch"


def unsigned(checksum, announced="x-amz-checksum-crc32", line_end=b"\r\n"):
    trailer = b"x-amz-checksum-crc32:" + checksum + line_end + b"\r\n"
    return request(payload.UNSIGNED_TRAILER, b"7\r\npayload\r\n0\r\n" + trailer, length=7, trailer=announced)


GOOD = b64encode(zlib.crc32(b"payload").to_bytes(4, "big"))


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n\r\n"])
def test_an_unsigned_trailer_is_compared_with_the_body(line_end):
    body = payload.decode(unsigned(GOOD, line_end=line_end), signed(SEED), SECRET)
    assert body.content == b"payload"
    assert code(unsigned(b64encode(b"0000"))) == "BadDigest"


def test_a_trailer_that_was_not_announced_is_refused():
    assert code(unsigned(GOOD, announced="x-amz-checksum-sha256")) == "MalformedTrailerError"


@pytest.mark.parametrize(
    "body",
    [chunked(CHUNKS)[:-120], b"", b"zz\r\n", b"10000;chunk-signature=short\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n"],
)
def test_a_body_that_breaks_off_is_incomplete(body):
    flavour = payload.SIGNED_CHUNKS if b"chunk" in body else payload.UNSIGNED_TRAILER
    assert code(request(flavour, body)) == "IncompleteBody"


def test_fewer_bytes_than_announced_are_incomplete():
    assert code(request(payload.SIGNED_CHUNKS, chunked(CHUNKS), length=66_561)) == "IncompleteBody"
