"""What stands in the shared files, and how a secret in them is kept from being shown. Types only; see `_evidence`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FileState = Literal["read", "absent", "broken", "unreadable", "not-a-file"]
"""*absent*: nothing there, or ``/dev/null``; *broken*: read, but botocore cannot parse it; *unreadable*: the system
refused; *not-a-file*: a directory, FIFO or socket, which botocore passes over in silence."""

FaultKind = Literal[
    "encoding", "byte-order-mark", "too-large", "no-section", "not-a-setting", "no-name", "duplicate-section",
    "duplicate-setting", "sub-setting",
]  # fmt: skip
"""What is wrong with a line of an INI file; each makes botocore refuse the whole file."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A secret that was seen and not kept: equal to another one of the same examination if they were the same text.

    Attributes:
        digest: keyed with a value that dies with this process, so that it says nothing anywhere else.
        length: of the text, in characters.
        odd: it has characters that neither a secret access key nor a token of AWS's has: blanks, quotes, a comment.
    """

    digest: bytes
    length: int
    odd: bool = False

    def __bool__(self) -> bool:
        return self.length > 0

    def __repr__(self) -> str:
        return "<sealed>" if self else "<blank>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and its line, or the name of a variable.

    Attributes:
        path: as it is shown.
        line: counted from 1; 0 where there is none.
    """

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Setting:
    """``key = value`` in an INI file.

    Attributes:
        key: in lower case, as SDKs compare it.
        value: the text; masked for a key id, the program's name for a command, and "" for whatever could be a secret.
        sealed: the whole value, where `value` is not all of it.
        place: its file and line.
        colon: it was written with ``:``, which only Python's SDK understands.
        comment: the value ends in what other SDKs take for a comment (`` # ...``), and Python's for the value.
        indented: blanks stand before it, by which other SDKs take it for the continuation of what stands above.
    """

    key: str
    value: str
    sealed: Sealed | None
    place: Place
    colon: bool = False
    comment: bool = False
    indented: bool = False

    @property
    def blank(self) -> bool:
        """Whether nothing stands behind the sign."""
        return not (self.sealed or self.value)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that makes botocore refuse the file.

    Attributes:
        place: the line.
        said: what is wrong, without quoting what could be a secret.
    """

    kind: FaultKind
    place: Place
    said: str


@dataclass(frozen=True, slots=True)
class Section:
    """``[name]`` and what follows. When a file has two of one name, both are here."""

    name: str
    place: Place
    settings: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class SharedFile:
    """The shared config or credentials file.

    Attributes:
        path: as shown; `real` is the one to open.
        variable: the environment variable that chose it, or None for the default.
        why: the system's words, where it is unreadable.
        inherited: the settings of ``[DEFAULT]``, which Python's SDK alone sees in every section.
    """

    path: str
    real: str
    variable: str | None
    state: FileState
    why: str = ""
    sections: tuple[Section, ...] = ()
    faults: tuple[Fault, ...] = ()
    inherited: tuple[Setting, ...] = ()
    changed_at: datetime | None = None
    mode: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as botocore sees it: the section of the config file, overlaid with that of the credentials file.

    Attributes:
        settings: the merged ones.
        config: what the config file alone says; `credentials`: what the credentials file alone says; None: no section.
    """

    name: str
    settings: Mapping[str, Setting]
    config: Section | None = None
    credentials: Section | None = None

    def get(self, key: str) -> str | None:
        """The value of a setting, None where it is not there; "" where it is blank or could be a secret."""
        setting = self.settings.get(key)
        return None if setting is None else setting.value

    @property
    def place(self) -> Place:
        """Where it begins."""
        section = self.config or self.credentials
        return section.place if section else Place("nowhere")
