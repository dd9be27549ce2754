"""Bodies that can be sent twice: a rewind goes to where the body began, not to the start of the file.

``AWSRequest.reset_stream`` seeks to 0 before a request is sent again, also in botocore's own retries. A file that was
handed over at offset 50,000 of 100,000 is first sent as its second half and then as a whole: another object, without an
error. So a body that begins elsewhere is presented as one that begins at 0.
"""

from __future__ import annotations

import io
from typing import Any

_SENT_AS_THEY_ARE = (bytes, bytearray, memoryview, str, dict)


class FromHere:
    """The rest of a seekable file, as a file of its own: position 0 is where the other one stood.

    It moves the file that it stands on, as sending the file itself would have done. Reads and seeks, no more: that is
    what botocore, urllib3 and ``http.client`` ask of a body.
    """

    def __init__(self, file: Any, start: int) -> None:
        self._file = file
        self._start = start

    def read(self, size: int | None = -1) -> Any:
        """What is left, or at most ``size`` bytes of it."""
        return self._file.read(-1 if size is None else size)

    def tell(self) -> int:
        """The position, counted from where the body began."""
        return int(self._file.tell()) - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; what lies before the beginning of the body cannot be reached."""
        if whence == io.SEEK_SET:
            self._file.seek(self._start + max(offset, 0))
        else:
            self._file.seek(offset, whence)
            if self.tell() < 0:
                self._file.seek(self._start)
        return self.tell()

    @staticmethod
    def seekable() -> bool:
        """True."""
        return True

    @staticmethod
    def readable() -> bool:
        """True."""
        return True


def resendable(body: Any) -> tuple[Any, bool]:
    """The body to send in place of this one, and whether it can be sent a second time.

    Args:
        body: what a client was given: bytes, a file-like object, None.
    """
    if body is None or isinstance(body, _SENT_AS_THEY_ARE):
        return body, True
    try:
        start = body.tell()
        rewinds = body.seekable() if hasattr(body, "seekable") else hasattr(body, "seek")
    except Exception:  # noqa: BLE001 - anything may be handed over as a body; all that counts is whether it rewinds
        return body, False
    return (FromHere(body, start) if rewinds and start else body), rewinds
