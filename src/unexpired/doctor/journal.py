"""Changes files so that every change can be taken back, byte for byte.

Before anything is touched, the files as they are and a list of what will be done are written into a directory of this
user alone: ``fixes/<when>`` below the state directory (``UNEXPIRED_STATE_DIR``, or the platform's). The copies hold
what the files held, secrets too, so they are readable by their owner only, and only the newest are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_LIST = "changes.json"
_KEPT = 10


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One file as it is, and as it will be.

    Attributes:
        path: the file itself; a symbolic link is followed first, and stays.
        before: what it holds now, to see that nobody else has changed it meanwhile.
        after: None deletes it.
    """

    path: Path
    before: bytes
    after: bytes | None


def fixes_directory(environ: Mapping[str, str]) -> Path:
    """Where changes are remembered."""
    named = environ.get("UNEXPIRED_STATE_DIR")
    if named:
        return Path(named, "fixes")
    from platformdirs import user_state_path  # 50 ms, and only who fixes needs it

    return user_state_path("unexpired", appauthor=False) / "fixes"


def make(changes: Sequence[Change], directory: Path, now: datetime) -> Path:
    """Make the changes, all or none.

    Returns:
        Where they are remembered.

    Raises:
        ConfigurationError: a file has changed meanwhile, or cannot be written. Nothing is changed then.
    """
    entry = directory / f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
    try:
        entry.mkdir(mode=0o700, parents=True)
        directory.chmod(0o700)
        remembered = [_remember(change, entry, n) for n, change in enumerate(changes)]
        _write(entry / _LIST, json.dumps(remembered).encode())
        done: list[Change] = []
        try:
            for change in changes:
                _do(change)
                done.append(change)
        except BaseException:
            for kept in reversed(remembered[: len(done)]):
                _put_back(kept, entry)
            shutil.rmtree(entry)
            raise
    except OSError as error:
        raise ConfigurationError("Nothing was changed", why=_why(error)) from error
    for old in sorted(directory.iterdir())[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return entry


def undo(directory: Path) -> tuple[Path, ...]:
    """Take the newest set of changes back.

    Returns:
        The files as they were before it.

    Raises:
        ConfigurationError: there is none, or a file has been changed since; nothing is changed then.
    """
    entry = max(directory.iterdir(), default=None) if directory.is_dir() else None
    if entry is None:
        raise ConfigurationError("There is nothing to undo", why=f"no fix is remembered in {directory}")
    remembered: list[dict[str, Any]] = json.loads((entry / _LIST).read_bytes())
    try:
        for change in remembered:
            if _digest(Path(change["path"])) != change["after"]:
                raise ConfigurationError(
                    f"{change['path']} was changed after the fix",
                    why="undoing would lose that change",
                    next_steps=f"the file as it was before the fix: {entry / change['copy']}",
                )
        for change in remembered:
            _put_back(change, entry)
    except OSError as error:
        raise ConfigurationError("The fix was not undone", why=_why(error)) from error
    shutil.rmtree(entry)
    return tuple(Path(change["path"]) for change in remembered)


def _remember(change: Change, entry: Path, number: int) -> dict[str, Any]:
    if change.path.read_bytes() != change.before:
        raise ConfigurationError(f"{change.path} has changed meanwhile", next_steps="run doctor again")
    copy = entry / str(number)
    _write(copy, change.before)
    shutil.copystat(change.path, copy)
    mode = stat.S_IMODE(copy.stat().st_mode)
    copy.chmod(0o600)
    after = None if change.after is None else hashlib.sha256(change.after).hexdigest()
    return {"path": str(change.path), "copy": copy.name, "after": after, "mode": mode}


def _put_back(remembered: dict[str, Any], entry: Path) -> None:
    copy = entry / remembered["copy"]
    _put(Path(remembered["path"]), copy.read_bytes(), copy, remembered.get("mode"))


def _do(change: Change) -> None:
    if change.after is None:
        change.path.unlink()
    else:
        _put(change.path, change.after, None)


def _put(path: Path, data: bytes, like: Path | None, mode: int | None = None) -> None:
    """Put data in the file's place in one step, with the mode and owner of what is there, or of `like`.

    `mode` counts for more than that of `like`: a copy is its owner's alone, whoever might read what was copied.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(temporary, data)
        model = path if like is None else like
        if os.name == "posix" and os.geteuid() == 0:
            status = model.stat()
            os.chown(temporary, status.st_uid, status.st_gid)
        if like is None:
            shutil.copymode(model, temporary)
        else:
            shutil.copystat(model, temporary)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _why(error: OSError) -> str:
    return f"{error.filename}: {(error.strerror or type(error).__name__).lower()}"
