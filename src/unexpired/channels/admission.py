"""Who may ask a credentials endpoint on loopback: one pure function from a request to a verdict.

Loopback is not private: every user of the machine, every container on the host's network and every web page in a
browser can connect to it. What each rule stands against:

- *Host*: a web page whose name is re-pointed at 127.0.0.1 after it was loaded (DNS rebinding) passes the browser's
  same-origin rule, but still sends its own name as ``Host``.
- *Origin, Sec-Fetch-Site*: only browsers send them (Fetch standard; Fetch Metadata), and no SDK is one.
- *X-Forwarded-For, Via*: the request came through a proxy, so whoever sent it need not be on this machine. The instance
  metadata service refuses the former for the same reason (EC2 User Guide, "Use IMDSv2").
- *Method*: every SDK asks with GET and no body.
- *Authorization*: the value of ``AWS_CONTAINER_AUTHORIZATION_TOKEN`` as it stands, or the text of the file that
  ``AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`` names (object_store knows only the latter; botocore prefers it). No SDK
  puts a scheme before it (measured: boto3, AWS CLI, JavaScript, C++, object_store).
- *Path*: compared as it was sent; nothing is decoded or resolved, so there is nothing to traverse.

A refusal is 403 and never 401, which would make some HTTP clients (Java's) answer a challenge that was not made.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_BROWSER_HEADERS = ("origin", "sec-fetch-site")
_PROXY_HEADERS = ("x-forwarded-for", "forwarded", "via")


class Visit(Protocol):
    """What is looked at of a request."""

    @property
    def method(self) -> str:
        """``GET``."""

    @property
    def target(self) -> str:
        """The request target, undecoded: ``/credentials``."""

    def values(self, name: str) -> Sequence[str]:
        """Every value of the header ``name``, which is given in lower case."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stood on the wire.

    Attributes:
        method: ``GET``.
        target: the request target, undecoded: ``/credentials``.
        headers: names and values in their order, repeated ones repeated.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """Every value of the header ``name``, which is given in lower case."""
        return [value for header, value in self.headers if header.lower() == name]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request gets nothing. The words are shown to the client and hold nothing that it sent."""

    status: int
    code: str
    message: str


def judge(asked: Visit, *, hosts: Collection[str], token_for: Callable[[str], str | None]) -> Refusal | None:
    """None when the request may have what it asks for.

    Args:
        asked: the request.
        hosts: the ``Host`` values that mean this endpoint, in lower case with the port: ``127.0.0.1:41234``.
        token_for: the token that opens a path, or None for a path that does not exist.
    """
    foreign = stranger(asked, hosts)
    if foreign is not None:
        return foreign
    if asked.method != "GET":
        return Refusal(405, "MethodNotAllowed", "Credentials are asked for with GET.")
    expected = token_for(asked.target)
    if expected is None:
        return Refusal(404, "NotFound", "There is nothing at this path.")
    return _key_refused(asked.values("authorization"), expected)


def stranger(asked: Visit, hosts: Collection[str]) -> Refusal | None:
    """Why the request cannot be from a program on this machine, or None. Arguments as for :func:`judge`."""
    host = asked.values("host")
    if len(host) != 1 or host[0].strip().lower() not in hosts:
        return Refusal(403, "HostRefused", "The Host header does not name this endpoint.")
    if any(map(asked.values, _BROWSER_HEADERS)):
        return Refusal(403, "BrowserRefused", "A browser sent this request; credentials are for programs.")
    if any(map(asked.values, _PROXY_HEADERS)):
        return Refusal(403, "ProxyRefused", "The request came through a proxy: add 127.0.0.1 to NO_PROXY.")
    return None


def _key_refused(given: Sequence[str], expected: str) -> Refusal | None:
    """Whether the ``Authorization`` headers are not the one that opens the path."""
    if not given:
        return Refusal(403, "TokenMissing", "The Authorization header is missing: AWS_CONTAINER_AUTHORIZATION_TOKEN.")
    # latin-1 is what header bytes were decoded from; compare_digest takes no text beyond ASCII.
    if len(given) != 1 or not hmac.compare_digest(given[0].encode("latin-1", "replace"), expected.encode("latin-1")):
        return Refusal(403, "TokenRefused", "The Authorization header is not this endpoint's token.")
    return None
