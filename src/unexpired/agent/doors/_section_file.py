"""Writes our section into a credentials file: in one step, for its owner's eyes, and never through a link."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.agent.doors._credentials_section import has_section, section_ends, with_section, without_section
from unexpired.engine.errors import ConfigurationError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from unexpired.engine.credentials import Credentials

BACKUP_SUFFIX = ".before-unexpired"

_POSIX = os.name == "posix"
_LARGEST_BYTES = 4 * 1024 * 1024
# Another program (aws configure, a sign-in tool) may write the same file between our reading and our writing.
_ATTEMPTS = 5


def shared_credentials_file(environ: Mapping[str, str]) -> Path:
    """``AWS_SHARED_CREDENTIALS_FILE``, or ``~/.aws/credentials``."""
    return Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()


@dataclass(frozen=True, slots=True)
class SectionFile:
    """One section of one file.

    Attributes:
        path: the file; made, with its folder, where it does not exist.
        section: our section's name.
    """

    path: Path
    section: str

    def write(self, credentials: Credentials) -> None:
        """Put a session there. Before our section is there for the first time, the file is copied beside itself.

        Raises:
            ConfigurationError: the file is a link, another user's, unreadable for SDKs, or has such a section already.
            StoreUnavailable: it cannot be written (a full disk); what was there is untouched.
        """
        self._change(lambda data: with_section(data, self.section, credentials, path=self.path))

    def remove(self) -> bool:
        """Take our section away; False where it is not there.

        Raises:
            ConfigurationError, StoreUnavailable: as :meth:`write`.
        """
        if not os.path.lexists(self.path):
            return False
        return self._change(lambda data: without_section(data, self.section))

    def ends(self) -> datetime | None:
        """When what stands there ends, aware UTC; None where nothing of ours does, or no end is known.

        Raises:
            ConfigurationError, StoreUnavailable: as :meth:`write`.
        """
        try:
            return section_ends(self._read() or b"", self.section)
        except OSError as error:
            raise StoreUnavailable(f"{self.path} cannot be read", why=(error.strerror or "").lower()) from error

    def _change(self, changed: Callable[[bytes], bytes]) -> bool:
        try:
            self._check_folder()
            for _ in range(_ATTEMPTS):
                before = self._read()
                after = changed(before or b"")
                if after == (before or b""):
                    return False
                if before is not None and not has_section(before, self.section):
                    self._put(self.path.with_name(self.path.name + BACKUP_SUFFIX), before)
                if self._put(self.path, after, instead_of=before):
                    return True
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written", why=(error.strerror or type(error).__name__).lower()
            ) from error
        raise StoreUnavailable(f"{self.path} was not written", why="other programs go on changing it")

    def _check_folder(self) -> None:
        folder = self.path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if _POSIX and (found.st_uid not in {os.geteuid(), 0} or found.st_mode & stat.S_IWOTH):
            raise ConfigurationError(
                f"{self.path} is not written",
                why=f"others may put files into {folder}, a link to somewhere else too",
                next_steps=f"chmod o-w {folder}; or name a file in a folder of your own: credentials_file",
            )

    def _read(self) -> bytes | None:
        """What the file holds; None where there is none.

        Raises:
            ConfigurationError: it is a link, or not a plain file of this user's.
        """
        if self.path.is_symlink():
            raise ConfigurationError(
                f"{self.path} is a symbolic link, and is not written through",
                why="whoever can change the link could have secrets put wherever they like",
                next_steps=f'name the file itself: credentials_file = "{self.path.resolve()}"',
            )
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or (_POSIX and found.st_uid != os.geteuid()):
                raise ConfigurationError(
                    f"{self.path} is not written",
                    why="it belongs to another user" if stat.S_ISREG(found.st_mode) else "it is no plain file",
                )
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise ConfigurationError(f"{self.path} is not written", why="it is too large for a credentials file")
        return data

    def _put(self, path: Path, data: bytes, *, instead_of: bytes | None = None) -> bool:
        """Put data there in one step; False when the file no longer holds what it is to replace."""
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # a person's own keys are in there too: no power cut may lose them
            if path == self.path and self._read() != instead_of:
                return False
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        return True
