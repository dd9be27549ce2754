"""What a source says of itself in the documentation: one row of ``docs/sources.md``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """A source in a reader's words (Markdown, one line each).

    Attributes:
        title: what people call it.
        found: what names it.
        renews: what makes the next session.
        ends: what ends that, with nobody present.
        extend: the command or the change that puts the end off; ``""`` where nothing ends.
    """

    title: str
    found: str
    renews: str
    ends: str
    extend: str = ""
