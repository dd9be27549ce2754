"""Every way in which boto3 sends bytes is accepted, over HTTP and over HTTPS (where checksums trail behind)."""

from __future__ import annotations

import io
import os
import sys
import zlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from unexpired.testing import Sandbox

BUCKET = "landing"
LARGE = os.urandom(11 * 2**20 + 7)
PARTS = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20, max_concurrency=3)


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def shared(request):
    """One sandbox for the module: these tests keep apart by their keys."""
    with Sandbox(secure=request.param) as running:
        yield running


@pytest.fixture
def sandbox(shared):
    yield shared
    shared.reset()


@pytest.fixture
def s3(client, assumed):
    made = client("s3", assumed())
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture
def stored(s3):
    """What lies under a key."""
    return lambda key="k": s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.fixture
def sent(sandbox):
    """Which operations have reached the service, and none was refused."""

    def operations():
        assert [record for record in sandbox.requests if not record.accepted or record.status >= 400] == []
        return {record.operation for record in sandbox.requests if record.service == "s3"}

    return operations


@pytest.fixture
def hurried_threads():
    """Threads are switched so often that a race is met."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Unseekable(io.RawIOBase):
    """A pipe."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._content.readinto(buffer)


@pytest.mark.parametrize("kind", [bytes, io.BytesIO, bytearray])
@pytest.mark.parametrize("content", [b"", b"payload"])
def test_a_small_object(s3, stored, kind, content):
    s3.put_object(Bucket=BUCKET, Key="k", Body=kind(content))
    assert stored() == content


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_an_object_with_a_checksum_of_each_kind(s3, stored, algorithm):
    answer = s3.put_object(Bucket=BUCKET, Key="k", Body=b"payload", ChecksumAlgorithm=algorithm)
    assert stored() == b"payload"
    kept = s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")
    assert kept[f"Checksum{algorithm}"] == answer[f"Checksum{algorithm}"]


def test_a_file_in_one_go_and_in_parts(s3, stored, sent, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    s3.upload_file(str(path), BUCKET, "parts", Config=PARTS)
    s3.upload_file(str(path), BUCKET, "whole", Config=TransferConfig(multipart_threshold=2**30))
    assert stored("parts") == stored("whole") == LARGE
    assert {"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PutObject"} <= sent()


def test_a_stream_that_cannot_go_back(s3, stored, sent):
    s3.upload_fileobj(Unseekable(LARGE), BUCKET, "k", Config=PARTS)
    assert stored() == LARGE
    assert "UploadPart" in sent()


def test_a_multipart_upload_by_hand_with_a_copied_part(s3, stored, sent):
    s3.put_object(Bucket=BUCKET, Key="source", Body=LARGE)
    made = s3.create_multipart_upload(Bucket=BUCKET, Key="k")
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": made["UploadId"]}
    first = s3.upload_part(**where, PartNumber=1, Body=LARGE[: 5 * 2**20])["ETag"]
    copied = s3.upload_part_copy(**where, PartNumber=2, CopySource={"Bucket": BUCKET, "Key": "source"})
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": copied["CopyPartResult"]["ETag"]}]
    assert [part["PartNumber"] for part in s3.list_parts(**where)["Parts"]] == [1, 2]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert stored() == LARGE[: 5 * 2**20] + LARGE
    assert {"UploadPartCopy", "ListParts"} <= sent()


def test_copying_deleting_and_listing(s3, sent):
    for key in ("a b", "é", "c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    s3.copy({"Bucket": BUCKET, "Key": "é"}, BUCKET, "copy of é")
    s3.copy_object(Bucket=BUCKET, Key="d", CopySource=f"{BUCKET}/a b")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a b"}, {"Key": "c"}]})
    s3.delete_object(Bucket=BUCKET, Key="d")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["copy of é", "é"]
    assert {"CopyObject", "DeleteObjects", "DeleteObject", "HeadObject", "ListObjectsV2"} <= sent()


def test_a_download_in_ranges(s3, tmp_path):
    s3.put_object(Bucket=BUCKET, Key="k", Body=LARGE)
    s3.download_file(BUCKET, "k", str(tmp_path / "back"), Config=PARTS)
    assert (tmp_path / "back").read_bytes() == LARGE


def test_content_encoding_survives_the_chunks(s3, sandbox):
    s3.put_object(Bucket=BUCKET, Key="k", Body=io.BytesIO(b"zipped"), ContentEncoding="gzip", ContentType="text/csv")
    kept = s3.head_object(Bucket=BUCKET, Key="k")
    assert (kept["ContentEncoding"], kept["ContentType"], kept["ContentLength"]) == ("gzip", "text/csv", 6)


@pytest.mark.parametrize("signed", [True, False])
def test_with_and_without_a_signed_payload(client, assumed, stored, s3, signed):
    other = client("s3", assumed(), config={"s3": {"payload_signing_enabled": signed}})
    other.put_object(Bucket=BUCKET, Key="k", Body=b"payload")
    assert stored() == b"payload"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ChecksumSHA256": b64encode(b"0" * 32).decode()}, "BadDigest"),
        ({"ChecksumCRC32": b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()}, "BadDigest"),
        ({"ChecksumCRC32": "not base64!"}, "InvalidRequest"),
        ({"ContentMD5": b64encode(b"0" * 16).decode()}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
    ],
)
def test_a_checksum_that_does_not_fit_is_refused(s3, arguments, code):
    with pytest.raises(ClientError) as raised:
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"payload", **arguments)
    assert raised.value.response["Error"]["Code"] == code


def test_one_key_may_be_written_by_many_at_once(s3, stored, hurried_threads):
    # moto closes the buffer that the other upload is still being read from.
    def write(number):
        return [s3.put_object(Bucket=BUCKET, Key="k", Body=b"%d" % number) for _ in range(25)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert stored() in {b"%d" % number for number in range(8)}
