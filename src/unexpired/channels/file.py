"""A credentials file that is kept renewed, for a program that knows nothing but files.

The file is replaced in one step whenever a new session is there, so a reader finds one session or the next, never half
of each. **Many programs read it once, at their start** (boto3 does, botocore issue 704), and live on with a copy; so
does every SDK that caches it. The container endpoint, which is asked again, is better wherever it is understood.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from unexpired.engine.credentials import Credentials

_log = logging.getLogger("unexpired")

# How soon a new session stands in the file. Asking the engine for a fresh one costs nothing.
_LOOK_SECONDS = 1.0


def file_section(credentials: Credentials) -> dict[str, str]:
    """A session as a section of the shared credentials file."""
    section = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
    }
    if credentials.session_token:
        section["aws_session_token"] = credentials.session_token
    return section


class CredentialsFile:
    """Keeps a file renewed for as long as it is entered. Use it as a context manager.

    Args:
        supply: the session to write; asked every second, on a thread of ours.
        write: replaces the file by one with this session. Called once before the manager is entered.
    """

    def __init__(self, supply: Callable[[], Credentials], write: Callable[[Credentials], None]) -> None:
        self._supply = supply
        self._write = write
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="unexpired-file", daemon=True)
        self._written = supply()
        write(self._written)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join(_LOOK_SECONDS)  # it may be waiting for an issuer that does not answer

    def _keep(self) -> None:
        while not self._left.wait(_LOOK_SECONDS):
            try:
                credentials = self._supply()
                if credentials is not self._written:
                    self._write(credentials)
                    self._written = credentials
            except UnexpiredError as error:
                # A renewal that failed has been told by the engine; the file goes on holding what it holds.
                _log.debug("the credentials file was not renewed: %s", error)
