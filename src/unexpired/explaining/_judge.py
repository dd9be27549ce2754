"""Asks every cause what it makes of a text, and puts them in order.

A cause is as sure as its surest sign that stands in the text (`unexpired.causes.Sign`); its clues then raise or lower
that. Sums of log-odds, so that many weak clues add up and none of them can make certainty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.causes import catalogue
from unexpired.explaining._calls import calls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unexpired.causes import Cause, Clue, Confidence, Sign
    from unexpired.explaining._text import Text

BESIDE = 2000
"""Characters: a stack trace and the settings above it."""

EXCLUDED = 800
"""Characters within which an ``unless`` counts: one message and its neighbours, not another failure further down."""

SHOWN = 0.2
"""Suspects below this are not worth a reader's time."""

MOST = 5
"""Suspects named at most."""

PROVEN, LIKELY = 0.9, 0.5
"""From where on a suspicion may be called so; see `unexpired.causes.Sign`."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A cause that fits the text.

    Attributes:
        cause: Which.
        certainty: 0 to 1, for the order; readers see `confidence`.
        place: Where in the plain text the sign stands.
        why: What betrays it, a sentence each, the sign's first.
    """

    cause: Cause
    certainty: float
    place: int
    why: tuple[str, ...]

    @property
    def confidence(self) -> Confidence:
        """The certainty in words."""
        if self.certainty >= PROVEN:
            return "proven"
        return "likely" if self.certainty >= LIKELY else "possible"


def suspicions(text: Text) -> list[Suspicion]:
    """The causes that fit, likeliest first, at most `MOST`."""
    found = _asked(text, last_resort=False) or _asked(text, last_resort=True)
    # Look-alikes of other systems come last once AWS itself has spoken: a log may hold both, and AWS is our subject.
    found.sort(key=lambda one: (one.cause.family == "unrelated", -one.certainty, one.place))
    return found[:MOST]


def _asked(text: Text, *, last_resort: bool) -> list[Suspicion]:
    return [found for cause in catalogue() if (found := _suspicion(cause, text, last_resort=last_resort)) is not None]


def _suspicion(cause: Cause, text: Text, *, last_resort: bool) -> Suspicion | None:
    best: tuple[float, int, Sign] | None = None
    for sign in cause.signs:
        if sign.last_resort is not last_resort or (best is not None and sign.confidence <= best[0]):
            continue
        place = _place(sign, text)
        if place is not None:
            best = (sign.confidence, place, sign)
    if best is None:
        return None
    confidence, place, sign = best
    odds = math.log(confidence / (1 - confidence))
    why = [sign.why]
    for clue in cause.clues:
        if _holds(clue, text, place):
            odds += clue.weight
            if clue.why and clue.weight > 0:
                why.append(clue.why)
    certainty = 1 / (1 + math.exp(-odds))
    return Suspicion(cause, certainty, place, tuple(why)) if certainty >= SHOWN else None


def _place(sign: Sign, text: Text) -> int | None:
    """The first place at which the sign stands and all it demands is fulfilled."""
    for place in _candidates(sign, text):
        if sign.calling or sign.not_calling:
            called = calls(text, place)
            if sign.calling and called.isdisjoint(sign.calling):
                continue
            if not called.isdisjoint(sign.not_calling):
                continue
        if sign.beside and not text.near(sign.beside, place, sign.reach or BESIDE):
            continue
        if sign.unless and text.near(sign.unless, place, EXCLUDED):
            continue
        return place
    return None


def _candidates(sign: Sign, text: Text) -> Iterable[int]:
    found = [place for phrase in sign.text for place in text.places(phrase)]
    if sign.answer:
        unless = sign.answer.unless
        found += [place for place in text.answers(sign.answer) if not text.near(unless, place, EXCLUDED)]
    return sorted(set(found))


def _holds(clue: Clue, text: Text, place: int) -> bool:
    return text.anywhere(clue.text) if clue.anywhere else text.near(clue.text, place, BESIDE)
