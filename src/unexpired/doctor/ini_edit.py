"""Changes single settings of an INI file and leaves every other byte as it was: comments, order, blanks, line ends.

ConfigUpdater, the library for this, reads line ends as Python does and writes them all alike; a file with Windows line
ends would come back changed on every line. Lines are known here anyway.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unexpired.doctor.ini import RawSection, read_ini
from unexpired.doctor.seal import PLAIN_SETTINGS, sealed_setting, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.causes._edits import EditSection

_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def edited(data: bytes, edit: EditSection) -> bytes:
    """The file with that edit made. A section or a setting that is not there (any more) is left alone."""
    section = _section(data, edit.section)
    if section is None:
        return data
    lines: list[bytes] = _LINES.findall(data)
    gone = {
        number
        for key in edit.remove
        if key in section.settings
        for number in range(section.settings[key].line, section.settings[key].last_line + 1)
    }
    after = max(gone, default=section.line)
    end = _LINE_END.search(lines[section.line - 1])
    line_end = end.group() if end else b"\n"
    result = []
    for number, line in enumerate(lines, start=1):
        if number not in gone:
            result.append(line)
        if number == after:
            if edit.add and result and not _LINE_END.search(result[-1]):
                result[-1] += line_end
            result += [f"{key} = {value}".encode() + line_end for key, value in edit.add]
    return b"".join(result)


def difference(data: bytes, edit: EditSection) -> Iterator[str]:
    """The edit as a diff for a person, without the secrets that it removes."""
    section = _section(data, edit.section)
    if section is None:
        return
    yield f"  [{shown(edit.section)}]"
    for key in edit.remove:
        if key in section.settings:
            value = section.settings[key].value
            plain, _ = sealed_setting(key, value)
            readable = key in PLAIN_SETTINGS or key == "aws_access_key_id"
            yield f"- {key} = {shown(plain) if readable else '****'}"
    for key, value in edit.add:
        yield f"+ {key} = {shown(value)}"


def _section(data: bytes, name: str) -> RawSection | None:
    raw = read_ini(data)
    return None if raw.faults else next((section for section in raw.sections if section.name == name), None)
