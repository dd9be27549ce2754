"""HTTP/1.1 as far as credentials need it: a request's head in, a whole answer out. Pure functions of bytes.

Deliberately less than RFC 9112 allows, since every client is an SDK: one head of bounded size, no body (one that is
announced is not read, and the connection is closed after the answer), no chunks, no folded lines, no bare line feeds.
Whatever could be read in two ways is refused, so that nobody in between can disagree about where a request ends.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unexpired.channels.admission import Refusal

# An SDK's request is some 300 bytes.
LONGEST_HEAD_BYTES = 16 * 1024
_MOST_HEADERS = 64

# RFC 9110, 5.6.2: what a header's name is made of. No space may stand before the colon.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_NAMES: dict[str, str] = {}
_MOST_NAMES = 256
_NOTHING: tuple[str, ...] = ()


class BadRequest(Exception):
    """What was sent is no request that a credentials client sends.

    Attributes:
        status: 400, 431 or 505.
    """

    def __init__(self, status: int = 400) -> None:
        super().__init__(status)
        self.status = status


class Request:
    """One request, as it stood on the wire.

    Attributes:
        method, target: as they were sent; the target is neither decoded nor resolved.
        closing: no other request follows on this connection.
        admitted: for a door to note that it has let this request in, and on what grounds: the next one with the same
            bytes brings it along.
    """

    __slots__ = ("_fields", "admitted", "closing", "method", "target")

    def __init__(self, method: str, target: str, fields: Mapping[str, Sequence[str]], *, closing: bool) -> None:
        self.method, self.target, self._fields, self.closing = method, target, fields, closing
        self.admitted: Any = None

    def values(self, name: str) -> Sequence[str]:
        """Every value of the header ``name``, which is given in lower case."""
        return self._fields.get(name, _NOTHING)

    def __repr__(self) -> str:
        return f"<Request {self.method}>"  # the rest may hold a token


def parsed(head: bytes) -> Request:
    """The request of a head, which ends before its empty line.

    Raises:
        BadRequest: it is none, or none that an SDK would send.
    """
    lines = head.decode("latin-1").split("\r\n")
    start = lines[0].split(" ")
    if len(start) != 3 or not start[1].startswith("/") or not start[0].isalpha():  # noqa: PLR2004 - method, target, version
        raise BadRequest
    if start[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequest(505 if start[2].startswith("HTTP/") else 400)
    if len(lines) > _MOST_HEADERS:
        raise BadRequest(431)
    if b"\n" in head.replace(b"\r\n", b"") or b"\0" in head:
        raise BadRequest
    fields: dict[str, Sequence[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        known = _NAMES.get(name) or _known(name)
        if not colon or "\r" in value:
            raise BadRequest
        fields[known] = [*fields[known], value.strip(" \t")] if known in fields else [value.strip(" \t")]
    if "transfer-encoding" in fields:
        raise BadRequest
    connection = fields.get("connection", _NOTHING)
    closing = start[2] == "HTTP/1.0" or any("close" in value.lower() for value in connection)
    closing = closing or start[0] == "HEAD"  # whose answer has no body: Connection writes it so
    lengths = fields.get("content-length", _NOTHING)
    if lengths and lengths != ["0"]:
        if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise BadRequest
        closing = True  # the body is nobody's next request
    return Request(start[0], start[1], fields, closing=closing)


def _known(name: str) -> str:
    """A header's name in lower case, remembered: there are a few dozen in the world."""
    if not _TOKEN(name):
        raise BadRequest
    lowered = name.lower()
    if len(_NAMES) < _MOST_NAMES:
        _NAMES[name] = lowered
    return lowered


class Reply:
    """One answer, put into bytes once and sent as often as it is asked for.

    Args:
        status: 200 to 599.
        body: what follows the head.
        content_type: of the body.
        headers: further ones, ready to be written.
        denied: why this answer refuses, for the log; None for one that does not.
    """

    __slots__ = ("_head_bytes", "denied", "status", "wire")

    def __init__(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        headers: Sequence[tuple[str, str]] = (),
        *,
        denied: str | None = None,
    ) -> None:
        self.status, self.denied = status, denied
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", f"Content-Type: {content_type}"]
        lines += [f"Content-Length: {len(body)}", "Cache-Control: no-store", *(f"{n}: {v}" for n, v in headers)]
        head = "\r\n".join(lines).encode("latin-1")
        self._head_bytes = len(head)
        self.wire = head + b"\r\n\r\n" + body

    def closing(self) -> bytes:
        """The answer's bytes for a connection that ends with it."""
        return self.wire[: self._head_bytes] + b"\r\nConnection: close" + self.wire[self._head_bytes :]

    @property
    def body(self) -> bytes:
        """What follows the head."""
        return self.wire[self._head_bytes + 4 :]

    def __repr__(self) -> str:
        return f"<Reply {self.status}>"


def json_reply(content: Any, status: int = 200, **more: Any) -> Reply:
    """JSON, on one line."""
    return Reply(status, json.dumps(content, separators=(",", ":")).encode(), **more)


def refusal_reply(refusal: Refusal, *, allowed: str = "GET") -> Reply:
    """A refusal as SDKs look for the reason: ``code``/``message`` (Go), ``Code``/``Message`` (JavaScript).

    Args:
        refusal: why.
        allowed: the method that the path is asked with, which a 405 has to say (RFC 9110, 15.5.6).
    """
    code, message = refusal.code, refusal.message
    headers = {405: [("Allow", allowed)], 429: [("Retry-After", "1")]}.get(refusal.status, [])
    content = {"code": code, "message": message, "Code": code, "Message": message}
    return json_reply(content, refusal.status, headers=headers, denied=code)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
