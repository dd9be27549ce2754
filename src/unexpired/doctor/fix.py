"""Cures what can be cured safely: only what a finding names, shown before it is done, and with a way back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.causes._edits import EditSection, RemoveFile, UnsetVariables
from unexpired.doctor.ini_edit import difference, edited
from unexpired.doctor.journal import Change, fixes_directory, make
from unexpired.doctor.seal import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unexpired.causes import Finding, Platform
    from unexpired.doctor.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True, repr=False)
class Fix:
    """What would be changed.

    Attributes:
        findings: the ones that say so.
        changes: of files; one for each file.
        unset: names of variables, in the order in which they are told.
        shown: the changes as lines of a diff, without secrets.
    """

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    unset: tuple[str, ...]
    shown: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changes or self.unset)


def fix_of(diagnosis: Diagnosis) -> Fix:
    """Everything that the findings say can be changed. Reads the files anew; changes nothing."""
    findings = tuple(finding for finding in diagnosis.findings if finding.edits)
    edits = [edit for finding in findings for edit in finding.edits]
    unset = dict.fromkeys(name for edit in edits if isinstance(edit, UnsetVariables) for name in edit.names)
    before: dict[Path, bytes] = {}
    after: dict[Path, bytes | None] = {}
    told: list[str] = []
    for edit in edits:
        if isinstance(edit, UnsetVariables):
            continue
        path = Path(os.path.realpath(edit.real))
        if path not in before:
            try:
                before[path] = after[path] = path.read_bytes()
            except OSError:
                continue  # gone since
        told += _shown(edit, after[path])
        after[path] = _applied(edit, after[path])
    changes = tuple(Change(path, data, after[path]) for path, data in before.items() if after[path] != data)
    return Fix(findings, changes, tuple(unset), tuple(told))


def _shown(edit: EditSection | RemoveFile, data: bytes | None) -> Iterator[str]:
    if isinstance(edit, RemoveFile):
        yield f"delete {shown(str(edit.place))}"
    elif data is not None:
        yield f"change {shown(edit.path)}"
        yield from difference(data, edit)


def _applied(edit: EditSection | RemoveFile, data: bytes | None) -> bytes | None:
    return None if isinstance(edit, RemoveFile) or data is None else edited(data, edit)


def apply(fix: Fix, diagnosis: Diagnosis, environ: Mapping[str, str]) -> Path | None:
    """Change the files.

    Returns:
        Where the copies are, or None where no file was to be changed.

    Raises:
        ConfigurationError: they cannot be written, or have changed meanwhile. Nothing is changed then.
    """
    if not fix.changes:
        return None
    return make(fix.changes, fixes_directory(environ), diagnosis.evidence.now)


def unset_lines(names: tuple[str, ...], platform: Platform, shell: str = "") -> tuple[str, ...]:
    """What the shell has to evaluate to be rid of these variables.

    Args:
        names: of the variables.
        platform: where; tells ``cmd`` and PowerShell from the others.
        shell: ``$SHELL``: fish has a word of its own.
    """
    if not names:
        return ()
    if platform == "cmd":
        return tuple(f"set {name}=" for name in names)
    if platform == "powershell":
        return (f"Remove-Item {', '.join(f'Env:{name}' for name in names)}",)
    return (f"{'set -e' if shell.endswith('fish') else 'unset'} {' '.join(names)}",)
