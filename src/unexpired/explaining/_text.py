"""A text that can be asked: does this phrase stand here, near what, on which line."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from unexpired.causes import GAP, NAME_GAP
from unexpired.explaining import _facts
from unexpired.explaining._plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unexpired.causes import Answer
    from unexpired.explaining._stream import Line

MOST = 40
"""Places of one phrase that are looked at: the first are as good as the thousandth."""

_PARTS = re.compile(r"\s*([…‥])\s*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Text:
    """The passages of an input, joined; asked by causes, and answering each question only once.

    Two forms stand side by side, line by line: the raw one, and the plain one of `unexpired.causes._sign`. Places are
    indices into the plain form. A line break in it divides two passages between which lines were left out, so nothing
    is near across it.
    """

    def __init__(self, passages: Iterable[Sequence[Line]]) -> None:
        plain_parts: list[str] = []
        raw_parts: list[str] = []
        self.lines: list[Line] = []
        self._plain_starts: list[int] = []
        self._raw_starts: list[int] = []
        at = raw_at = 0
        for passage in passages:
            for line in passage:
                words = plain(line.text)
                self.lines.append(line)
                self._plain_starts.append(at)
                self._raw_starts.append(raw_at)
                plain_parts.append(words + " ")
                raw_parts.append(line.text + "\n")
                at += len(words) + 1
                raw_at += len(line.text) + 1
            plain_parts.append("\n")
            at += 1
        self.plain = "".join(plain_parts)
        self.raw = "".join(raw_parts)
        self._known: dict[str, tuple[int, ...]] = {}

    def places(self, phrase: str) -> tuple[int, ...]:
        """Where the phrase (or fact) begins, at most `MOST` places, in order."""
        found = self._known.get(phrase)
        if found is None:
            found = self._known[phrase] = self._fact(phrase) if phrase[0] == "@" else self._find(phrase)
        return found

    def answers(self, answer: Answer) -> list[int]:
        """Where this answer of AWS stands, in any spelling of its codes."""
        spellings = [spelling for code in answer.codes for spelling in _spellings(code)]
        return sorted({place for phrase in (*spellings, *answer.phrases) for place in self.places(phrase)})[:MOST]

    def near(self, phrases: Iterable[str], place: int, radius: int) -> bool:
        """Whether any of the phrases stands within so many characters of the place, in the same passage."""
        return self.nearest(phrases, place, radius) is not None

    def nearest(self, phrases: Iterable[str], place: int, radius: int) -> int | None:
        """The first such place of the first phrase that has one."""
        for phrase in phrases:
            for other in self.places(phrase):
                if abs(other - place) <= radius and self._together(other, place):
                    return other
        return None

    def anywhere(self, phrases: Iterable[str]) -> bool:
        """Whether any of the phrases stands anywhere."""
        return any(self.places(phrase) for phrase in phrases)

    def around(self, place: int, before: int, after: int) -> tuple[str, int]:
        """The plain text around a place, not beyond its passage, and the index of the place in it."""
        begin = max(self.plain.rfind("\n", 0, place) + 1, place - before)
        end = self.plain.find("\n", place)
        return self.plain[begin : min(end if end >= 0 else len(self.plain), place + after)], place - begin

    def line_at(self, place: int) -> Line:
        """The line on which a place of the plain form stands."""
        return self.lines[bisect_right(self._plain_starts, place) - 1]

    def _together(self, one: int, other: int) -> bool:
        return self.plain.find("\n", min(one, other), max(one, other)) < 0

    def _fact(self, fact: str) -> tuple[int, ...]:
        lines = (bisect_right(self._raw_starts, place) - 1 for place in _facts.places(fact, self.raw))
        return tuple(dict.fromkeys(self._plain_starts[line] for line in lines))[:MOST]

    def _find(self, phrase: str) -> tuple[int, ...]:
        first, *rest = _PARTS.split(phrase)
        found: list[int] = []
        place, end = self._part(first, 0, len(self.plain))
        while place >= 0 and len(found) < MOST:
            if self._follows(end, rest):
                found.append(place)
            place, end = self._part(first, place + 1, len(self.plain))
        return tuple(found)

    def _follows(self, end: int, rest: Sequence[str]) -> bool:
        """Whether all further parts stand within their gaps; `rest` alternates marks and parts."""
        for mark, part in zip(rest[::2], rest[1::2], strict=True):
            gap = NAME_GAP if mark == "‥" else GAP
            place, after = self._part(part, end, end + gap + len(part))
            if place < 0 or not self._together(end, place):
                return False
            end = after
        return True

    def _part(self, part: str, start: int, stop: int) -> tuple[int, int]:
        """Where the part next stands between two places, and where it ends there; -1 if nowhere."""
        text, words = self.plain, part.strip("|")
        while (place := text.find(words, start, stop)) >= 0:
            end = place + len(words)
            if not (part[0] == "|" and _is_inside_word(text, place - 1)) and not (
                part[-1] == "|" and _is_inside_word(text, end)
            ):
                return place, end
            start = place + 1
        return -1, -1


def _is_inside_word(text: str, index: int) -> bool:
    return 0 <= index < len(text) and (text[index].isalnum() or text[index] == "_")


def _spellings(code: str) -> tuple[str, str]:
    """``ExpiredToken`` as most SDKs print it, and ``AWS Error EXPIRED_TOKEN`` as the C++ SDK does."""
    return f"|{code.lower()}|", f"|aws error {_CAMEL.sub('_', code).lower()}|"
