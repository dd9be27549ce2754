"""Anything can be read: pieces, giants, archives, pipes; always the same lines, always little memory."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unexpired.explaining import explain
from unexpired.explaining._stream import BLOCK, HEAD, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAPSED = b"An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired."
WORDLESS = b"Unable to parse config file: /home/etl/.aws/config"
ORDINARY = b"2026-03-01 10:00:00.000 INFO [worker-3] wrote part-00017.parquet in 31 ms, 200 OK\n"


@pytest.fixture(autouse=True, params=["the extra fast", "without it"], scope="module")
def search(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here holds with the library that finds the words in one pass, and without."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "without it":
            patch.setitem(sys.modules, "ahocorasick_rs", None)
        yield


class Pieces(io.RawIOBase):
    """A stream that hands out its content in pieces of the given sizes, as a pipe does."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content, self._sizes = io.BytesIO(content), sizes

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._sizes.pop(0) if self._sizes else size
        return self._content.read(min(size, wanted) if size >= 0 else wanted)


log_lines = st.lists(
    st.sampled_from(
        [ORDINARY, LAPSED + b"\n", b"\n", b"no newline ", b"x" * 700, b"error: \xe2\x80\xa6 \xff\n", b"\r\n"]
    ),
    max_size=60,
).map(b"".join)


@given(content=log_lines, repeat=st.sampled_from([1, 1, 300]), sizes=st.lists(st.integers(1, 5000), max_size=40))
@example(content=LAPSED, repeat=1, sizes=[1] * len(LAPSED))
def test_the_pieces_in_which_a_text_arrives_make_no_difference(content: bytes, repeat: int, sizes: list[int]):
    content *= repeat
    assert read(Pieces(content, list(sizes))) == read(io.BytesIO(content))


@pytest.mark.parametrize("place", [0, HEAD, BLOCK - 60, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 30, 3 * BLOCK + 17])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_a_message_is_found_across_every_border_on_its_line(place: int, ending: bytes):
    lines = place // len(ORDINARY)
    before = ORDINARY * lines
    before += b"." * (place - len(before)) + (b"\n" if place % len(ORDINARY) else b"")
    explanation = explain(before + LAPSED + ending)
    assert explanation.family == "expired"
    assert explanation.causes[0].line == before.count(b"\n") + 1
    assert explanation.causes[0].excerpt == LAPSED.decode()


@pytest.mark.parametrize("place", [HEAD, BLOCK - 60, BLOCK, 2 * BLOCK - 30])
@pytest.mark.parametrize("ending", [b"", b"\n", b"\n" + ORDINARY * 20])
def test_the_end_is_read_whatever_stands_in_it(place: int, ending: bytes):
    before = ORDINARY * (place // len(ORDINARY) + 1)
    explanation = explain(before + WORDLESS + ending)
    assert explanation.causes[0].line == before.count(b"\n") + 1
    assert explanation.causes[0].excerpt == WORDLESS.decode()


def test_a_giant_line_is_understood_in_parts():
    giant = b'{"log":"' + b"abc def " * 400_000 + LAPSED + b" tail " * 400_000 + b'"}'
    explanation = explain(b"first\n" + giant)
    assert explanation.family == "expired"
    assert explanation.causes[0].line == 2
    assert len(explanation.causes[0].excerpt) < 400


def test_noise_cannot_drive_an_error_out():
    noise = b"".join(
        b"WARN credential cache miss for tenant %d, error budget %d\n" % (i * 7919, i) for i in range(60_000)
    )
    varied = b"".join(
        b"ERROR error in module %s\n" % bytes(chr(97 + i % 26), "ascii") * (1 + i % 5) for i in range(20_000)
    )
    for log in (noise + LAPSED, LAPSED + b"\n" + noise, varied + LAPSED + b"\n" + varied):
        assert explain(log).family == "expired"


def test_gzip_and_utf16_are_unpacked():
    log = ORDINARY * 30_000 + LAPSED + b"\n"
    plain = explain(log)
    assert explain(gzip.compress(log)) == plain
    assert explain(gzip.compress(log)[:-9]).family == "expired", "a cut archive is read as far as it goes"
    assert explain(log.decode().encode("utf-16")) == plain
    assert explain(b"\xfe\xff" + log.decode().encode("utf-16-be")) == plain
    assert explain(b"\xef\xbb\xbf" + LAPSED).family == "expired"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a FIFO is POSIX's")
def test_a_fifo_is_read_to_its_end(tmp_path: Path):
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(ORDINARY * 20_000 + LAPSED))
    writer.start()
    with fifo.open("rb") as stream:
        assert explain(stream).causes[0].line == 20_001
    writer.join()


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX's")
def test_memory_does_not_grow_with_the_log():
    script = (
        "import io, resource, sys\nfrom unexpired.explaining import explain\n"
        "class Endless(io.RawIOBase):\n"
        "    def __init__(self, size): self.left = size\n"
        "    def read(self, n):\n"
        "        n = min(n, self.left); self.left -= n; return (LINE * (n // len(LINE) + 1))[:n]\n"
        f"LINE = {ORDINARY!r} + b'error: nothing of interest\\n'\n"
        "explain(Endless(int(sys.argv[1])))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    def peak(size: int) -> int:
        run = subprocess.run([sys.executable, "-c", script, str(size)], capture_output=True, text=True, check=True)
        return int(run.stdout)

    small, large = peak(8 << 20), peak(96 << 20)
    assert large < small * 1.2
