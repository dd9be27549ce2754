"""Where the words stand that make a line worth understanding.

In one pass with `ahocorasick_rs` (the extra ``fast``), which searches a log at the speed at which it is read. Without
it there is one pass for each word, which takes four times as long and finds the same; it has no wheels for Alpine's
libc, where installing it takes a Rust compiler, so it cannot be asked of everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = (
    b"rror",
    b"xception",
    b"xpired",
    b"redential",
    b"uthoriz",
    b"uthentica",
    b"config profile",
    b"endpoint URL",
    b"https://sts.",
    b"ecurity token",
    b"rovided token",
    b"ccess Key",
    b"ssumeRole",
    b"current time is too",
    b"dentity",
    b"ignature",
)
"""Words of which at least one stands in or near every message of the catalogue (a test holds it to that).

Without their first letter, since that is capital or not. None is a part of another. Where there is one pass for each,
long words are faster than any combined pattern that Python's `re` has; so they are few, and as long as they can be.
"""

LONGEST = max(map(len, WORDS))


class Search(Protocol):
    """Finds each word in a stretch of a buffer."""

    def __call__(self, buffer: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int]]:
        """Every word with the place of its first byte: word by word, and in order."""


def search() -> Search:
    """The fastest that is installed."""
    try:
        from ahocorasick_rs import BytesAhoCorasick, MatchKind
    except ImportError:
        return word_by_word
    # The kind for which the library has vector instructions.
    automaton = BytesAhoCorasick(WORDS, matchkind=MatchKind.LeftmostFirst)

    def in_one_pass(buffer: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int]]:
        with memoryview(buffer) as whole, whole[start:end] as stretch:
            found = automaton.find_matches_as_indexes(stretch)
        for word, place, _ in sorted(found):
            yield WORDS[word], start + place

    return in_one_pass


def word_by_word(buffer: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """The standard library's search, for each word anew."""
    for word in WORDS:
        place = buffer.find(word, start, end)
        while place >= 0:
            yield word, place
            place = buffer.find(word, place + len(word), end)
