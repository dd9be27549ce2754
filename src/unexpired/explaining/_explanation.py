"""What `explain` hands back: the family, and the causes that fit, likeliest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from unexpired.causes import Confidence, Family

VERSION = 1
"""Of the JSON; docs/contracts.md."""


@dataclass(frozen=True, slots=True)
class Cure:
    """What to do, made out for one platform, with the names that stand in the text filled in.

    Attributes:
        summary: One sentence.
        commands: To be typed, in this order. Words in capitals are left to fill in.
        auto: Whether ``doctor --fix`` may do it.
    """

    summary: str
    commands: tuple[str, ...]
    auto: bool


@dataclass(frozen=True, slots=True)
class Suspect:
    """One cause that fits the text.

    Attributes:
        cause: Its slug.
        title: Its title, a short sentence.
        confidence: *proven*: the words can mean nothing else; *likely*; *possible*: it fits, as others do.
        why: What in the text betrays it.
        excerpt: The line that decided, without secrets, shortened.
        line: Its number, from 1.
        cure: What to do.
        confirm: The command that proves or refutes it on the machine where it happened.
        docs: The address of its page.
    """

    cause: str
    title: str
    confidence: Confidence
    why: str
    excerpt: str
    line: int
    cure: Cure
    confirm: str
    docs: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a text says about credentials.

    Attributes:
        family: What the service meant, by the likeliest cause; ``none`` when no credential problem was recognised.
        causes: Likeliest first; empty when ``family`` is ``none``.
        error: Why the text could not be read, if so.
    """

    family: Family | Literal["none"]
    causes: tuple[Suspect, ...]
    error: str | None = None

    def __bool__(self) -> bool:
        """Whether anything was recognised."""
        return bool(self.causes)

    @property
    def cause(self) -> str | None:
        """The slug of the likeliest cause, or None."""
        return self.causes[0].cause if self.causes else None

    def to_dict(self) -> dict[str, Any]:
        """The contract of ``unexpired explain --json``."""
        return {
            "version": VERSION,
            "family": self.family,
            "causes": [
                {
                    "cause": one.cause,
                    "confidence": one.confidence,
                    "why": one.why,
                    "excerpt": one.excerpt,
                    "line": one.line,
                    "cure": {"summary": one.cure.summary, "commands": list(one.cure.commands), "auto": one.cure.auto},
                    "confirm": one.confirm,
                    "title": one.title,
                    "docs": one.docs,
                }
                for one in self.causes
            ],
            **({"error": {"cause": None, "message": self.error}} if self.error else {}),
        }

    def to_json(self) -> str:
        """`to_dict` on one line."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False)
