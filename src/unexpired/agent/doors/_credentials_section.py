"""One section of a shared credentials file that is ours, between two marks, in a file that is somebody's.

What stands outside the marks is kept byte for byte: comments, order, blanks, line ends. A section of the same name
without our marks, or with something else between them, is a person's, and is not touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unexpired.channels.file import file_section
from unexpired.doctor.ini import read_ini
from unexpired.engine.credentials import parse_timestamp, timestamp
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from unexpired.engine.credentials import Credentials

_BEGIN = "# written by unexpired"
_END = "# end of what unexpired writes"
_LINE_END = re.compile(rb"\r\n|\n")
# Of what an INI file allows, only what every SDK reads alike: no blanks, brackets, quotes or comment signs.
_NAME = re.compile(r"[A-Za-z0-9_.@+:/-]{1,128}")


def with_section(data: bytes, name: str, credentials: Credentials, *, path: Path) -> bytes:
    """The file with our section in it: in place of the one that is there, or at the end.

    Args:
        data: the file as it is.
        name: of the section.
        credentials: the session to write; its end stands in the first mark.
        path: for messages.

    Raises:
        ConfigurationError: SDKs cannot read the file as it is, or a section of that name is not ours.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot be a section of {path}",
            why="not every SDK reads such a name",
            next_steps="give another file_profile: letters, digits and any of _ . @ + : / -",
        )
    _check(data, name, path)
    found = _LINE_END.search(data)
    line_end = found.group() if found else b"\n"
    ours = line_end.join(line.encode() for line in _lines(name, credentials)) + line_end
    before, after = _around(data, name)
    if before is None:
        gap = b"" if not data else line_end if data.endswith(b"\n") else line_end * 2
        return data + gap + ours
    return before + ours + after


def without_section(data: bytes, name: str) -> bytes:
    """The file without our section, and without the blank line that was put before it."""
    before, after = _around(data, name)
    if before is None:
        return data
    if not after:
        before = re.sub(rb"(?<=\n)\r?\n\Z", b"", before)
    return before + after


def has_section(data: bytes, name: str) -> bool:
    """Whether our section is there."""
    return _around(data, name)[0] is not None


def section_ends(data: bytes, name: str) -> datetime | None:
    """When the session in our section ends, aware UTC, by its mark; None where there is none, or no end is known."""
    found = _marked(name).search(data)
    if found is None:
        return None
    mark = found.group().partition(b"\n")[0].decode("ascii", "replace")
    try:
        return parse_timestamp(mark.partition("; expires ")[2].strip())
    except ValueError:
        return None


def _lines(name: str, credentials: Credentials) -> list[str]:
    ends = f"expires {timestamp(credentials.expires_at)}" if credentials.expires_at else "no end is known"
    settings = file_section(credentials)
    if any(ord(letter) < ord(" ") for value in settings.values() for letter in value):
        raise ConfigurationError("A session was not written to a file: its keys have control characters in them")
    return [f"{_BEGIN}; {ends}", f"[{name}]", *(f"{key} = {value}" for key, value in settings.items()), _END]


def _around(data: bytes, name: str) -> tuple[bytes | None, bytes]:
    """What stands before and after our section; None where it is not there, or not as we wrote it."""
    found = _marked(name).search(data)
    return (data[: found.start()], data[found.end() :]) if found else (None, b"")


def _marked(name: str) -> re.Pattern[bytes]:
    return re.compile(
        rb"^" + re.escape(_BEGIN.encode()) + rb";[^\r\n]*\r?\n"
        rb"\[" + re.escape(name.encode()) + rb"\]\r?\n"
        rb"(?:aws_[a-z_]+ = [^\r\n]*\r?\n){2,3}" + re.escape(_END.encode()) + rb"(?:\r?\n|\Z)",
        re.MULTILINE,
    )


def _check(data: bytes, name: str, path: Path) -> None:
    raw = read_ini(without_section(data, name))
    if raw.faults:
        fault = raw.faults[0]
        raise ConfigurationError(
            f"{path} is not written to: line {fault.line} {fault.said}", why="no SDK could read it"
        )
    theirs = next((section for section in raw.sections if section.name == name), None)
    if theirs is not None:
        raise ConfigurationError(
            f"[{name}] in {path} is not replaced: unexpired did not write it, or somebody has changed it since",
            next_steps=("give another file_profile in unexpired.toml", f"or take [{name}] out of {path}"),
        )
