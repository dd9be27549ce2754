"""Writes a service's file and starts it; takes both back."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from typing import TYPE_CHECKING

from unexpired.agent.service.wanted import MARK
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from unexpired.agent.service.wanted import Service

_COMMAND_SECONDS = 90.0


def install(service: Service, folders: Iterable[Path] = (), *, environ: Mapping[str, str] = os.environ) -> None:
    """Write the file, in place of one that we wrote before, and start the service. Blocks until it has started.

    Args:
        service: what to write and run.
        folders: made where they do not exist, since the service could not make them.
        environ: of the commands.

    Raises:
        ConfigurationError: there is another's file at that path; it cannot be written; or the service does not start,
            with what its manager says. The file stays then, so that it can be looked at.
    """
    if _found(service.path) is False:
        raise _not_ours(service.path)
    try:
        for folder in (*folders, service.path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = service.path.with_name(f".{service.path.name}.{secrets.token_hex(4)}")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(service.content)
            temporary.replace(service.path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{service.path} cannot be written", why=(error.strerror or type(error).__name__).lower()
        ) from error
    for number, command in enumerate(service.start):
        said = _said(command, environ)
        if said is not None:
            raise ConfigurationError(
                f"{service.path} is written, and the service could not be started",
                why=f"{' '.join(command)}: {said}",
                next_steps=tuple(" ".join(left) for left in service.start[number:]),
            )


def uninstall(service: Service, *, environ: Mapping[str, str] = os.environ) -> bool:
    """Stop the service and remove its file, and nothing else; False where there is none.

    Raises:
        ConfigurationError: the file at that path is not ours, or cannot be removed.
    """
    found = _found(service.path)
    if found is None:
        return False
    if not found:
        raise _not_ours(service.path)
    for command in service.stop:
        with contextlib.suppress(OSError):
            _said(command, environ)  # it may not run, or its manager may be gone: the file goes all the same
    try:
        service.path.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"{service.path} cannot be removed", why=(error.strerror or type(error).__name__).lower()
        ) from error
    for command in service.forget:
        _said(command, environ)
    return True


def _found(path: Path) -> bool | None:
    """Whether the file at that path is ours; None where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        return False
    return any(MARK.encode(encoding) in content for encoding in ("utf-8", "utf-16-le"))


def _not_ours(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} was not written by unexpired, and is not touched",
        next_steps="move it away, or see what the file should hold: unexpired agent install --dry-run",
    )


def _said(command: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Run it; the last line that it said when it failed, or None."""
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return "there is no such program here"
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"
