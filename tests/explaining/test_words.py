"""The words are found at the same places with the library for it and without."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from unexpired.explaining._words import WORDS, search, word_by_word

fragments = st.lists(st.sampled_from([*WORDS, b"r", b"E", b"error ", b"x", b"\n", b"\0", b"\xff", b" - "]), max_size=40)


@given(parts=fragments, start=st.integers(0, 20), short=st.integers(0, 20))
@example(parts=[b"Error: the config profile (etl) has expired credentials\n" * 3], start=1, short=0)
def test_both_searches_find_the_same(parts: list[bytes], start: int, short: int):
    content = bytearray(b"|".join(parts))
    end = max(start, len(content) - short)
    assert list(search()(content, start, end)) == list(word_by_word(content, start, end))


def test_what_is_found_is_there_and_can_be_asked_for_again():
    content = bytearray(b"no\n" * 1000 + b"ExpiredTokenException: expired credentials\n")
    find = search()
    for _ in range(2):
        found = list(find(content, 0, len(content)))
        assert {word for word, _ in found} == {b"xpired", b"xception", b"redential"}
        assert all(content.startswith(word, place) for word, place in found)
    content.append(0)  # the buffer is nobody else's afterwards
