"""Reads an INI file as botocore does, and says on which line it would have given up.

botocore parses the shared files with Python's ``RawConfigParser`` and stops at the first fault with a message that
quotes the line, secrets and all. This reader follows the same rules (Python 3.10 to 3.14 agree on them), but goes on,
remembers lines, and quotes nothing. `tests/doctor/test_ini.py` holds it against the original on generated files.

The rules: comments begin with ``#`` or ``;`` and take a whole line; ``=`` or ``:`` parts key from value; a line that is
indented deeper than its setting continues it; keys are compared in lower case; a section or key that comes twice is an
error; ``[DEFAULT]`` stands in for every section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.causes._files import FaultKind

# configparser's DEFAULTSECT: its settings belong to every section. No other SDK knows it.
INHERITED = "DEFAULT"

_HEADER = re.compile(r"\[(.+)\]")
_SETTING = re.compile(r"(.*?)\s*([=:])\s*(.*)$")


@dataclass(slots=True, repr=False)
class RawSetting:
    """A setting as it was written. Holds secrets; lives only until it is sealed.

    Attributes:
        parts: the value's lines, stripped.
        line: where it begins, from 1; `last_line`: where it ends, blank lines after it not counted.
        colon: it was written with a colon.
        indented: blanks stand before it.
    """

    key: str
    parts: list[str]
    line: int
    last_line: int
    colon: bool
    indented: bool

    @property
    def value(self) -> str:
        """The value as ``RawConfigParser`` gives it: lines joined, blank ones at the end dropped."""
        return "\n".join(self.parts).rstrip() if len(self.parts) > 1 else self.parts[0]


@dataclass(slots=True, repr=False)
class RawSection:
    """``[name]`` and its settings. A section that comes twice is two of these."""

    name: str
    line: int
    settings: dict[str, RawSetting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawFault:
    """A line that botocore cannot read."""

    kind: FaultKind
    line: int
    said: str


@dataclass(slots=True, repr=False)
class RawFile:
    """What was read.

    Attributes:
        inherited: the settings of ``[DEFAULT]``.
        faults: empty if botocore reads the file.
    """

    sections: list[RawSection] = field(default_factory=list)
    inherited: dict[str, RawSetting] = field(default_factory=dict)
    faults: list[RawFault] = field(default_factory=list)


def read_ini(data: bytes) -> RawFile:
    """Read the bytes of a file. Never raises: what cannot be read is a fault."""
    found = RawFile()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.faults.append(RawFault("encoding", line, "is not UTF-8 text"))
        text = data.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        found.faults.append(
            RawFault("byte-order-mark", 1, "begins with a byte order mark, as Windows editors write it")
        )
        text = text[1:]
    _Reader(found).read(text.replace("\r\n", "\n").replace("\r", "\n"))
    return found


def sub_settings(value: str) -> dict[str, str] | None:
    """The settings inside a value that begins with a line break: ``s3 =`` and indented lines below.

    None where a line has no ``=``, which makes botocore refuse the file (``configloader._parse_nested``).
    """
    inner = {}
    for line in value.splitlines():
        if not line.strip():
            continue
        key, sign, text = line.partition("=")
        if not sign:
            return None
        inner[key.strip()] = text.strip()
    return inner


class _Reader:
    """The state between two lines."""

    def __init__(self, found: RawFile) -> None:
        self._found = found
        self._into: dict[str, RawSetting] | None = None
        self._section = ""
        self._setting: RawSetting | None = None
        self._indent = 0
        self._names: set[str] = set()
        self._keys: set[tuple[str, str]] = set()

    def read(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), start=1):
            stripped = line.strip()
            if not stripped:
                if self._setting is not None:
                    self._setting.parts.append("")
            elif stripped[0] not in "#;":
                self._line(number, line, stripped)
        self._check_sub_settings()

    def _line(self, number: int, line: str, stripped: str) -> None:
        indent = len(line) - len(line.lstrip())
        if self._setting is not None and indent > self._indent:
            self._setting.parts.append(stripped)
            self._setting.last_line = number
            return
        self._indent = indent
        header = _HEADER.match(stripped) if stripped[0] == "[" else None
        if header:
            self._header(number, header.group(1))
        elif self._into is None:
            self._fault("no-section", number, "stands before the first [section]")
        else:
            self._option(number, stripped, self._into)

    def _header(self, number: int, name: str) -> None:
        self._setting = None
        self._section = name
        if name == INHERITED:
            self._into = self._found.inherited
            return
        if name in self._names:
            self._fault("duplicate-section", number, "begins a section that the file already has")
        self._names.add(name)
        section = RawSection(name, number)
        self._found.sections.append(section)
        self._into = section.settings

    def _option(self, number: int, stripped: str, into: dict[str, RawSetting]) -> None:
        match = _SETTING.match(stripped)
        if match is None:
            # As in the original, what was begun before goes on: a deeper line still belongs to it.
            self._fault("not-a-setting", number, "is neither a [section] nor a setting: it has no '='")
            return
        written, sign, value = match.groups()
        if not written:
            self._fault("no-name", number, "has nothing in front of its '='")
        key = written.rstrip().lower()
        if (self._section, key) in self._keys:
            self._fault("duplicate-setting", number, "sets what the same section has already set")
        self._keys.add((self._section, key))
        self._setting = into[key] = RawSetting(key, [value.strip()], number, number, sign == ":", self._indent > 0)

    def _check_sub_settings(self) -> None:
        for setting in self._all():
            if setting.parts[0] == "" and len(setting.parts) > 1:
                value = setting.value
                if value.startswith("\n") and sub_settings(value) is None:
                    self._fault("sub-setting", setting.line, "is followed by indented lines of which one has no '='")

    def _all(self) -> Iterator[RawSetting]:
        yield from self._found.inherited.values()
        for section in self._found.sections:
            yield from section.settings.values()

    def _fault(self, kind: FaultKind, line: int, said: str) -> None:
        self._found.faults.append(RawFault(kind, line, said))
