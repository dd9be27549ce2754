"""A body that is sent a second time is the same body, wherever it began."""

from __future__ import annotations

import hashlib
import io
import os

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from unexpired.channels.boto.body import FromHere, resendable

BUCKET = "bucket"
MEBIBYTE = 1024 * 1024


@pytest.fixture
def stored(s3):
    """``stored()`` is what the bucket holds under ``key``."""

    def read() -> bytes:
        return s3.get_object(Bucket=BUCKET, Key="key")["Body"].read()

    return read


@pytest.fixture
def revoked_before_upload(s3, sandbox):
    """The next request that is sent is refused."""
    sandbox.revoke()


@pytest.mark.usefixtures("revoked_before_upload")
class TestPutObject:
    def test_bytes(self, s3, stored):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"abc")
        assert stored() == b"abc"

    def test_a_file(self, s3, stored, tmp_path):
        (tmp_path / "file").write_bytes(os.urandom(100_000))
        with (tmp_path / "file").open("rb") as file:
            s3.put_object(Bucket=BUCKET, Key="key", Body=file)
        assert stored() == (tmp_path / "file").read_bytes()

    @pytest.mark.parametrize("settings", [{}, {"request_checksum_calculation": "when_required"}])
    def test_a_file_that_was_read_up_to_an_offset_is_sent_from_there_both_times(
        self, session, sandbox, stored, tmp_path, settings
    ):
        content = os.urandom(100_000)
        (tmp_path / "file").write_bytes(content)
        try:
            config = Config(**settings)
        except TypeError:
            pytest.skip("this botocore has no such setting")
        s3 = session.client("s3", endpoint_url=sandbox.endpoint_url, config=config)
        with (tmp_path / "file").open("rb") as file:
            file.seek(50_000)
            s3.put_object(Bucket=BUCKET, Key="key", Body=file)
            assert file.tell() == 100_000  # where boto3 leaves it
        assert hashlib.sha256(stored()).digest() == hashlib.sha256(content[50_000:]).digest()
        assert [r.verdict for r in sandbox.requests if r.operation == "PutObject"] == ["ExpiredToken", "accepted"]

    def test_a_buffer_at_its_end_is_an_empty_body_both_times(self, s3, stored):
        body = io.BytesIO(b"abc")
        body.read()
        s3.put_object(Bucket=BUCKET, Key="key", Body=body)
        assert stored() == b""

    def test_a_presigned_url_is_signed_with_the_new_session(self, s3, session):
        with pytest.raises(ClientError):  # nothing tells a client that its session was revoked but a refusal
            s3.head_object(Bucket=BUCKET, Key="missing")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "key"})
        assert session.get_credentials().access_key in url


class TestTransfers:
    """boto3's transfer manager, whose parts are requests of their own."""

    def test_upload_file_in_parts(self, s3, sandbox, stored, tmp_path, issued):
        (tmp_path / "file").write_bytes(os.urandom(20 * MEBIBYTE + 7))
        seen = []

        def revoke_after_the_first_part(sent):
            seen.append(sent)
            if len(seen) == 1:
                sandbox.revoke()

        s3.upload_file(str(tmp_path / "file"), BUCKET, "key", Callback=revoke_after_the_first_part)
        assert stored() == (tmp_path / "file").read_bytes()
        assert issued() == 2

    def test_upload_fileobj_from_an_offset(self, s3, sandbox, stored):
        body = io.BytesIO(os.urandom(9 * MEBIBYTE))
        body.seek(MEBIBYTE)
        sandbox.revoke()
        s3.upload_fileobj(body, BUCKET, "key")
        assert stored() == body.getvalue()[MEBIBYTE:]

    def test_upload_fileobj_from_a_pipe(self, s3, sandbox, stored):
        class Pipe:
            def __init__(self, content):
                self.rest = io.BytesIO(content)

            def read(self, size=-1):
                return self.rest.read(size)

        content = os.urandom(9 * MEBIBYTE)
        sandbox.revoke()
        s3.upload_fileobj(Pipe(content), BUCKET, "key")
        assert stored() == content

    def test_download_file_in_ranges(self, s3, sandbox, tmp_path, issued):
        content = os.urandom(20 * MEBIBYTE)
        s3.put_object(Bucket=BUCKET, Key="key", Body=content)
        revoked = []

        def revoke_once(_received):
            if not revoked:
                revoked.append(sandbox.revoke())

        s3.download_file(BUCKET, "key", str(tmp_path / "file"), Callback=revoke_once)
        assert (tmp_path / "file").read_bytes() == content
        assert issued() <= 2  # every range may have been asked for before the first one arrived


@pytest.mark.skipif("request_checksum_calculation" not in Config.OPTION_DEFAULTS, reason="cannot be sent at all")
@pytest.mark.sandbox(secure=True)
def test_a_stream_that_cannot_be_rewound_is_not_sent_again_but_the_next_call_has_a_new_session(
    session, sandbox, issued
):
    """Botocore itself would fail here with UnseekableStreamError, and hide why."""

    class OnceOnly:
        """Knows its length, so that it can be sent at all; cannot seek."""

        def __init__(self, content):
            self.rest = io.BytesIO(content)
            self.length = len(content)

        def __len__(self):
            return self.length

        def read(self, size=-1):
            return self.rest.read(size)

    unsigned = Config(s3={"payload_signing_enabled": False})
    s3 = session.client("s3", endpoint_url=sandbox.endpoint_url, verify=str(sandbox.ca_bundle), config=unsigned)
    s3.create_bucket(Bucket=BUCKET)
    sandbox.revoke()
    with pytest.raises(ClientError, match=r"ExpiredToken.*cannot be rewound") as failed:
        s3.put_object(Bucket=BUCKET, Key="key", Body=OnceOnly(b"abc"))
    assert failed.value.__cause__.next_steps[0] == "make the call again"
    s3.put_object(Bucket=BUCKET, Key="key", Body=OnceOnly(b"abc"))
    assert issued() == 2


@given(
    content=st.binary(max_size=60),
    start=st.integers(0, 70),
    moves=st.lists(st.tuples(st.sampled_from(["read", "set", "current", "end"]), st.integers(-20, 80)), max_size=12),
)
def test_the_rest_of_a_file_behaves_as_a_file_of_its_own(content, start, moves):
    file = io.BytesIO(content)
    file.seek(start)
    rest, rewinds = resendable(file)
    assert rewinds
    expected = io.BytesIO(content[start:])
    beyond = start > len(content)
    for kind, amount in moves:
        if kind == "read":
            assert rest.read(amount) == expected.read(amount)
        elif kind == "set" and amount >= 0:
            rest.seek(amount)
            expected.seek(amount)
        elif kind == "end" and not beyond and amount >= -len(expected.getvalue()):
            rest.seek(amount, io.SEEK_END)
            expected.seek(amount, io.SEEK_END)
        assert rest.tell() == expected.tell()
    rest.seek(0)
    assert rest.read() == content[start:]
    assert file.tell() >= min(start, len(content))


@pytest.mark.parametrize("body", [None, b"abc", bytearray(b"abc"), "abc", io.BytesIO(b"abc")])
def test_a_body_that_begins_at_its_beginning_is_sent_as_it_is(body):
    assert resendable(body) == (body, True)


def test_a_body_that_says_nothing_of_its_position_is_not_sent_again():
    assert resendable(iter([b"abc"]))[1] is False
    assert resendable(FromHere(io.BytesIO(), 0))[1] is True
