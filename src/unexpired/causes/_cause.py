"""What a cause is: one reason why an AWS request was, or will be, refused for its credentials.

`explain` recognises a cause by its signs, `doctor` proves it on a machine, `scan` warns of it in source, and the
documentation has a page of it. All four use this object, so that they say the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from unexpired.causes._edits import Edit
    from unexpired.causes._evidence import Evidence
    from unexpired.causes._sign import Clue, Sign

Family = Literal["expired", "invalid", "skew", "denied", "unreachable", "other", "unrelated"]
"""What the service meant: it was good and lapsed; never was good for this call; time disagrees; understood and refused;
could not be renewed; a lapsed credential that is not an STS session; alike, but not AWS's."""

Platform = Literal["linux", "macos", "cmd", "powershell"]
"""Where a command is typed. Windows is two of them: ``set X=`` and ``Remove-Item Env:X`` have nothing in common."""

PLATFORMS: tuple[Platform, ...] = ("linux", "macos", "cmd", "powershell")

Severity = Literal["error", "warning", "note"]
Confidence = Literal["proven", "likely", "possible"]

DOCS = "docs/causes/"
"""Where the pages stand, seen from the root of the repository. The one line to change when they get an address."""


@dataclass(frozen=True, slots=True)
class Cure:
    """What to do about it.

    Attributes:
        summary: One sentence, in the imperative.
        commands: What to type, per platform. Words in capitals (``PROFILE``) are for the reader to fill in.
        auto: Whether ``doctor --fix`` may do it unasked-for: it loses nothing, and can be undone. The page says why.
    """

    summary: str
    commands: Mapping[Platform, tuple[str, ...]]
    auto: bool = False


def everywhere(*commands: str) -> dict[Platform, tuple[str, ...]]:
    """The same commands on every platform."""
    return dict.fromkeys(PLATFORMS, commands)


def by_platform(
    *,
    posix: tuple[str, ...] = (),
    linux: tuple[str, ...] = (),
    macos: tuple[str, ...] = (),
    cmd: tuple[str, ...],
    powershell: tuple[str, ...],
) -> dict[Platform, tuple[str, ...]]:
    """Commands that differ; `posix` stands for Linux and macOS where these are not given."""
    return {"linux": linux or posix, "macos": macos or posix, "cmd": cmd, "powershell": powershell}


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that was proved, or made likely, by evidence.

    Attributes:
        cause: The slug.
        severity: *error*: requests fail, or will; *warning*: they can; *note*: worth knowing.
        confidence: *proven* only if the evidence allows no other reading.
        evidence: What was seen, a sentence each, without secrets.
        cure: The catalogue's cure, or one made more exact by what was seen (the right profile, the right file).
        edits: What ``--fix`` would change, here and now. Empty where the catalogue allows none, or where what was seen
            does not make it safe.
    """

    cause: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[str, ...]
    cure: Cure
    edits: tuple[Edit, ...] = ()


Probe = Callable[["Evidence"], "Finding | None"]
"""Reads the evidence (`unexpired.causes._evidence`), does no I/O and keeps nothing: any order gives the same answer."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, and everything we know about it. Each is the constant ``CAUSE`` of a file of this folder.

    Attributes:
        slug: Its name in every output, for ever.
        family: What the service meant.
        page: The module's docstring: title, then the sections of `SECTIONS`, in Markdown.
        signs: Messages that show it, for `explain`. The surest that fits counts.
        clues: What raises or lowers it.
        cure: What to do.
        prove: What `doctor` asks, or None where nothing on a machine can answer. A file adds it by defining
            ``def prove(evidence: Evidence) -> Finding | None`` and passing it here.
        unprovable: Why no machine can show it, in a sentence or two, where there is no `prove`; else empty.
    """

    slug: str
    family: Family
    page: str | None = field(repr=False)
    signs: tuple[Sign, ...] = field(repr=False)
    cure: Cure = field(repr=False)
    clues: tuple[Clue, ...] = field(default=(), repr=False)
    prove: Probe | None = field(default=None, repr=False)
    unprovable: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """The page's first line. Under ``python -OO``, which strips docstrings, the slug in words."""
        first = (self.page or self.slug.replace("-", " ")).strip().partition("\n")[0]
        return first.rstrip(".")

    @property
    def explanation(self) -> str:
        """The paragraph *What happened*, as one line; empty under ``python -OO``."""
        return " ".join(self.sections().get("What happened", "").split())

    def found(
        self,
        severity: Severity,
        confidence: Confidence,
        evidence: tuple[str, ...],
        cure: Cure | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> Finding:
        """The finding of a probe.

        Args:
            severity: see `Finding`; so are `confidence` and `evidence`.
            confidence: *proven* only if the evidence allows no other reading.
            evidence: sentences, without secrets.
            cure: one made more exact by what was seen; None: the catalogue's.
            edits: what ``--fix`` would change; only where the catalogue's cure is `auto`.
        """
        return Finding(self.slug, severity, confidence, evidence, cure or self.cure, edits if self.cure.auto else ())

    @property
    def confirm(self) -> str:
        """The command that proves or refutes the cause on the machine where it happened."""
        return f"unexpired doctor {self.slug}"

    @property
    def docs(self) -> str:
        """The address of its page."""
        return f"{DOCS}{self.slug}.md"

    def sections(self) -> dict[str, str]:
        """The page's sections, heading → Markdown, in the order in which they stand."""
        parts = (self.page or "").split("\n## ")
        return {
            head.strip(): body.strip("\n").rstrip() for head, _, body in (part.partition("\n") for part in parts[1:])
        }


SECTIONS = ("What happened", "Why AWS says this", "How to recognise it", "Cure", "Confirm", "Sources")
"""The headings of every page, in this order; a test holds the files to them."""
