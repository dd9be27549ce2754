"""Reads anything, however long, and keeps only the lines worth understanding.

A log can be two gigabytes, a single line, a FIFO, gzip, UTF-16, or no text at all. It is read once, in blocks of fixed
size, in constant memory. What is kept:

* the head (`HEAD` bytes): command line, versions, start time; for a pasted text this is everything;
* the tail (`TAIL` bytes): what the program that ended here said last;
* around every line that has one of `_words.WORDS` in it, `CONTEXT` lines before and after. Lines that differ only in
  digits count once, and each word has a quota for the first and for the last of them, so noise cannot drive an error
  out.

The blocks lie at fixed places of the input, whatever the pieces in which it arrives; so the same input always gives the
same lines.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from unexpired.explaining._words import LONGEST, WORDS, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 1 << 21
"""Bytes read at once: fits the processor's cache, so that several searches of a block cost one trip to memory."""

HEAD = 16 << 10
"""Bytes from the beginning that are kept whole."""

TAIL = 4 << 10
"""Bytes from the end that are kept whole; not more than `_OVERLAP`, so that they are always in sight."""

CONTEXT = 10
"""Lines kept before and after a line with a word in it: a stack trace's *Caused by* stands that near its message."""

REACH = 2000
"""Bytes kept on either side of a word in a line that is longer than that (one-line JSON can be megabytes)."""

FIRST, LAST = 24, 8
"""How many lines a word may keep, counted from the beginning and from the end of the input."""

_OVERLAP = 8 << 10
"""Bytes of the previous block that stay in sight: context before a line, and words across the border."""

_SEEN_LIMIT = 20_000
"""Shapes of lines that are remembered; past it every line counts as new, and the quota alone bounds the work."""

_NEWLINE = 10
_GZIP = 16 + zlib.MAX_WBITS
_WORD_END = re.compile(rb"[\s,;{}\[\]<>]")

_DIGITS = b"0123456789abcdefABCDEF-:. "
"""Left out when two lines are compared: digits, hexadecimal ids, times."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input, or the part of a very long one that lies around a word.

    Attributes:
        number: Counted from 1.
        offset: Bytes from the beginning of the input.
        text: Decoded; what is no UTF-8 is shown as U+FFFD.
    """

    number: int
    offset: int
    text: str


def read(stream: BinaryIO) -> list[list[Line]]:
    """The passages worth understanding, in order; each a list of consecutive lines. Reads to the end; blocks.

    Raises:
        OSError: The stream cannot be read.
    """
    selection = _Selection()
    for data, last in _blocks(_as_utf8(stream)):
        selection.add(data, last=last)
    return selection.passages()


def _as_utf8(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of the content, unpacked from gzip and turned into UTF-8 from UTF-16 (a PowerShell redirection)."""
    first = stream.read(BLOCK)
    if first.startswith(b"\x1f\x8b\x08"):
        yield from _unpacked(first, stream)
        return
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if first.startswith(mark):
            decoder = codecs.getincrementaldecoder(name)(errors="replace")
            while first:
                yield decoder.decode(first).encode("utf-8", "replace")
                first = stream.read(BLOCK)
            return
    while first:
        yield first
        first = stream.read(BLOCK)


def _unpacked(packed: bytes, rest: BinaryIO) -> Iterator[bytes]:
    """The content of a gzip file as far as it can be unpacked; a cut one ends where it is cut."""
    unpacker = zlib.decompressobj(_GZIP)
    while packed:
        try:
            yield unpacker.decompress(packed, BLOCK)
        except zlib.error:
            return
        packed = unpacker.unconsumed_tail
        if unpacker.eof:  # one member ends, as where a rotated log was appended to; another may follow
            packed, unpacker = unpacker.unused_data, zlib.decompressobj(_GZIP)
        packed = packed or rest.read(BLOCK)


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The pieces cut anew at multiples of `BLOCK`, each with whether it is the last."""
    complete: bytes | None = None
    held = b""
    for piece in pieces:
        held = held + piece if held else piece
        while len(held) >= BLOCK:
            if complete is not None:
                yield complete, False
            complete, held = (held, b"") if len(held) == BLOCK else (held[:BLOCK], held[BLOCK:])
    if complete is not None and held:
        yield complete, False
        complete = None
    yield held if complete is None else complete, True


class _Selection:
    """Takes the blocks one after another and keeps what is worth it.

    All of them go through one buffer, since fresh memory for each costs as much as a search of it.
    """

    def __init__(self) -> None:
        self._find = search()
        self._kept: dict[int, Line] = {}
        self._latest: dict[bytes, list[Line]] = {word: [] for word in WORDS}
        self._room = dict.fromkeys(WORDS, FIRST)
        self._seen: set[int] = set()
        self._buffer = bytearray(2 * _OVERLAP + BLOCK)
        self._filled = 0  # bytes of the buffer that hold the end of the previous block, of which ...
        self._searched = 0  # ... so many were searched
        self._offset = 0  # of the buffer's beginning in the input
        self._lines = 0  # complete lines before that
        self._owed = 0  # lines after the last hit that the previous block did not have any more

    def add(self, data: bytes, *, last: bool) -> None:
        """Search one more block."""
        buffer = self._buffer
        end = filled = self._filled + len(data)
        buffer[self._filled : filled] = data
        if not last:  # the line at the end is searched when all of it is there, unless it is a giant
            border = buffer.rfind(b"\n", max(self._searched, end - _OVERLAP), end) + 1
            end = border or end
        if self._offset == 0 and self._searched == 0:
            self._keep(self._span(0, min(HEAD, end), 0))
        if self._owed:
            stop, self._owed = _forward(buffer, self._searched, end, self._owed)
            self._keep(self._span(self._searched, stop, self._lines_at(self._searched)))
        self._search(end)
        if last:
            tail = max(0, end - TAIL)
            tail = buffer.find(b"\n", tail, max(0, end - 1)) + 1 or tail
            self._keep(self._span(tail, end, self._lines_at(tail)))
        keep_from = max(0, end - _OVERLAP)
        self._lines = self._lines_at(keep_from)
        self._offset += keep_from
        self._filled, self._searched = filled - keep_from, end - keep_from
        buffer[: self._filled] = buffer[keep_from:filled]

    def passages(self) -> list[list[Line]]:
        """What was kept, as runs of consecutive lines."""
        for lines in self._latest.values():
            self._keep(lines)
        found: list[list[Line]] = []
        for _, line in sorted(self._kept.items()):
            if found and found[-1][-1].number >= line.number - 1:
                found[-1].append(line)
            else:
                found.append([line])
        return found

    def _search(self, end: int) -> None:
        """Keep the lines around each word: while there is room at once, later only the last ones of the block."""
        buffer = self._buffer
        later: dict[bytes, list[tuple[int, int]]] = {}
        passed: dict[bytes, int] = {}
        for word, place in self._find(buffer, max(0, self._searched - LONGEST + 1), end):
            if place < passed.get(word, 0) or place + len(word) <= self._searched:
                continue  # on a line that was looked at, or seen in the previous block
            begin = buffer.rfind(b"\n", max(0, place - REACH), place) + 1 or max(0, place - REACH)
            stop = buffer.find(b"\n", place, min(end, place + REACH))
            stop = min(end, place + REACH) if stop < 0 else stop
            passed[word] = max(stop, place + 1)
            shape = hash(bytes(buffer[begin:stop].translate(None, _DIGITS)))
            if shape in self._seen:
                continue
            if len(self._seen) < _SEEN_LIMIT:
                self._seen.add(shape)
            if self._room[word] > 0:
                self._room[word] -= 1
                self._keep(self._around(begin, stop, end))
            else:
                later.setdefault(word, []).append((begin, stop))
        for word, places in later.items():
            self._latest[word] = [line for begin, stop in places[-LAST:] for line in self._around(begin, stop, end)]

    def _around(self, begin: int, stop: int, end: int) -> list[Line]:
        """The lines before, at and after a hit."""
        first = _back(self._buffer, begin, CONTEXT)
        beyond, owed = _forward(self._buffer, stop, end, CONTEXT + 1)
        self._owed = max(self._owed, owed)
        return self._span(first, max(stop, min(beyond, stop + 2 * REACH)), self._lines_at(first))

    def _span(self, begin: int, stop: int, lines_before: int) -> list[Line]:
        """The lines of a stretch of the buffer."""
        buffer = self._buffer
        found, offset = [], begin
        if begin > 0 and buffer[begin - 1] != _NEWLINE:
            # The middle of a giant line. Half a word is not understood, and half a secret is not recognised as one.
            broken = _WORD_END.search(buffer, begin, stop)
            offset = broken.end() if broken else begin
        for number, raw in enumerate(buffer[offset:stop].split(b"\n"), start=lines_before + 1):
            found.append(Line(number, self._offset + offset, raw.decode("utf-8", "replace").rstrip("\r")))
            offset += len(raw) + 1
        return found

    def _lines_at(self, place: int) -> int:
        """How many lines of the input are complete before this place of the buffer."""
        return self._lines + self._buffer.count(b"\n", 0, place)

    def _keep(self, lines: list[Line]) -> None:
        for line in lines:
            present = self._kept.get(line.offset)
            if present is None or len(present.text) < len(line.text):
                self._kept[line.offset] = line


def _back(buffer: bytearray, place: int, lines: int) -> int:
    """Where the line begins that stands so many lines before this place, at most `REACH` bytes back."""
    least = max(0, place - REACH)
    for _ in range(lines):
        if place <= least:
            return least
        place = buffer.rfind(b"\n", least, place - 1) + 1
        if place == 0:
            return least
    return place


def _forward(buffer: bytearray, place: int, end: int, lines: int) -> tuple[int, int]:
    """Where so many lines after this place end, and how many of them the buffer does not have any more."""
    for missing in range(lines, 0, -1):
        following = buffer.find(b"\n", place, end)
        if following < 0:
            return end, missing
        place = following + 1
    return place, 0
