"""One HTTP request as it stood on the wire, before anybody decoded it.

Signatures are computed over the raw request target: ``//``, ``..`` and ``%20`` versus ``%2520`` all count, and WSGI's
``PATH_INFO`` has lost them. So the gate works on this record and hands moto its environment only afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

RAW_TARGET = "unexpired.target"
"""WSGI environment key: the request target as sent (our handler puts it there)."""

RAW_HEADERS = "unexpired.headers"
"""WSGI environment key: the header lines as sent, in order, repeated ones apart."""


@dataclass(frozen=True)
class Request:
    """A request with its body read.

    Attributes:
        method: ``GET``, ``PUT`` ...
        target: The raw request target, percent-encoding untouched.
        headers: Name and value of every header line, in order.
        body: The whole body, transfer encoding removed (an ``aws-chunked`` body is still chunked).
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @cached_property
    def path(self) -> str:
        """The raw path, still encoded."""
        return self.target.partition("?")[0]

    @cached_property
    def raw_query(self) -> str:
        """The raw query string, without the question mark."""
        return self.target.partition("?")[2]

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The decoded query parameters; the last one wins where a name is repeated."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @cached_property
    def _joined(self) -> Mapping[str, str]:
        joined: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        return joined

    def header(self, name: str) -> str | None:
        """A header's value by its lower-case name, repeated lines joined with commas; None when it was not sent."""
        return self._joined.get(name)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The parameters of a query-protocol call (STS, IAM, EC2): a POSTed form, or the query string of a GET."""
        if self.method == "POST" and (self.header("content-type") or "").startswith(
            "application/x-www-form-urlencoded"
        ):
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return self.query

    @cached_property
    def key_path(self) -> tuple[str, str]:
        """Bucket and key of a path-style S3 request, decoded; either may be empty."""
        bucket, _, key = self.path.lstrip("/").partition("/")
        return unquote(bucket), unquote(key)


def read(environ: dict[str, Any]) -> Request:
    """Read a request, body included, out of a WSGI environment made by our handler.

    Blocks until the body has arrived. A body shorter than its ``Content-Length`` is returned as it came; the payload
    check then refuses it.
    """
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read()
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = stream.read(int(length)) if length.isdigit() and int(length) else b""
    return Request(
        method=environ["REQUEST_METHOD"],
        target=environ[RAW_TARGET],
        headers=tuple(environ[RAW_HEADERS]),
        body=body,
    )
