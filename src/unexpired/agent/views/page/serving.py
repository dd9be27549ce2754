"""The page's own port of 127.0.0.1, opened when somebody first asks for the page at the agent's socket.

A browser is everybody's: any web page that is open in it may send requests here. What each rule stands against:

- *Host* must be this port's: DNS rebinding.
- *Origin, Sec-Fetch-Site*: requests that another page has begun. A link that is typed or opened by a program comes with
  ``none``, the page's own refreshing with ``same-origin`` (Fetch Metadata Request Headers, W3C).
- *the link* works once, for a minute, and is then worth nothing in a history, a log or an argument list.
- *the cookie* is HttpOnly and SameSite=Strict, with the port in its name: cookies do not tell ports apart (RFC 6265,
  8.5).
- *the uid* of the client is the agent's, where the system tells.
- Content-Security-Policy allows one style sheet, by its hash, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING

from unexpired.agent.http.access import TOO_MANY, UID_REFUSED, own_uid
from unexpired.agent.http.wire import Reply, Request, json_reply
from unexpired.agent.views.page.html import STYLE, page
from unexpired.agent.views.page.keys import COOKIE_SECONDS, Keys
from unexpired.agent.views.status import status_of
from unexpired.channels.admission import Refusal
from unexpired.engine.clock import moment

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from unexpired.agent.http.listening import Listener
    from unexpired.agent.http.peer import Peer
    from unexpired.agent.server import Agent

NAME = "page"
REFRESH_SECONDS = 10
_OPEN = "/open/"
_FROM_ELSEWHERE = ("origin", "x-forwarded-for", "forwarded", "via")
_OWN_SITES = ("none", "same-origin")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class Page:
    """Gives out links, and shows the page to whoever came by one. Of the event loop's thread."""

    name = NAME

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._keys = Keys(agent.clock)
        self._listener: Listener | None = None
        self._opening = asyncio.Lock()

    async def link(self) -> Reply:
        """``{"url"}``: works once, for a minute. Opens the port if it is not open.

        Raises:
            ConfigurationError: no port can be opened.
        """
        async with self._opening:
            await self._open()
        assert self._listener is not None  # noqa: S101 - it has just been opened
        return json_reply({"url": f"http://127.0.0.1:{self._listener.port}{_OPEN}{self._keys.link()}"})

    async def _open(self) -> None:
        if self._listener is None:
            self._listener = await self._agent.listeners.port(self, key=NAME, port=None)

    def close(self) -> None:
        """Show nothing any more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def role_of(self, request: Request) -> str | None:  # noqa: ARG002 - a door's signature
        """No role's: the page shows all."""
        return None

    def answer(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        """The page, for who has the cookie; the cookie, for who has a link."""
        refusal = self._refused(request, peer)
        if refusal is not None:
            return _refusal(refusal)
        if request.target.startswith(_OPEN):
            return self._exchanged(request.target[len(_OPEN) :])
        if request.target != "/":
            return _refusal(Refusal(404, "NotFound", "There is nothing at this path."))
        if not any(map(self._keys.admits, self._cookies(request))):
            return _refusal(Refusal(403, "CookieRefused", "Ask for a new link: unexpired agent status --open"))
        return self._shown()

    def _refused(self, request: Request, peer: Peer) -> Refusal | None:
        if not self._agent.limits.admit(peer):
            return TOO_MANY
        assert self._listener is not None  # noqa: S101 - it is what called
        host = request.values("host")
        port = self._listener.port
        if len(host) != 1 or host[0].strip().lower() not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            return Refusal(403, "HostRefused", "The Host header does not name this page.")
        sites = request.values("sec-fetch-site")
        if any(map(request.values, _FROM_ELSEWHERE)) or any(site not in _OWN_SITES for site in sites):
            return Refusal(403, "OriginRefused", "Another page, or a proxy, sent this request.")
        if peer.uid not in (None, own_uid()):
            return UID_REFUSED
        return None if request.method == "GET" else Refusal(405, "MethodNotAllowed", "The page is only read.")

    def _exchanged(self, token: str) -> Reply:
        cookie = self._keys.exchanged(token)
        if cookie is None:
            why = "This link was used or has lapsed. Ask for a new one: unexpired agent status --open"
            return _refusal(Refusal(403, "LinkRefused", why))
        given = f"{self._cookie_name}={cookie}; Path=/; Max-Age={COOKIE_SECONDS:.0f}; HttpOnly; SameSite=Strict"
        return Reply(303, b"", "text/plain", (*_HEADERS, ("Location", "/"), ("Set-Cookie", given)))

    async def _shown(self) -> Reply:
        now = moment(self._agent.clock.wall())
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(None, lambda: page(status_of(self._agent), self._agent.history.of, now))
        return Reply(200, body, "text/html; charset=utf-8", (*_HEADERS, ("Refresh", str(REFRESH_SECONDS))))

    @property
    def _cookie_name(self) -> str:
        return f"unexpired_{self._listener.port if self._listener is not None else 0}"

    def _cookies(self, request: Request) -> list[str]:
        """The values of our cookie, of which there should be one."""
        pairs = [pair.strip().partition("=") for line in request.values("cookie") for pair in line.split(";")]
        return [value for name, _, value in pairs if name == self._cookie_name]


def _refusal(refusal: Refusal) -> Reply:
    headers = (*_HEADERS, ("Allow", "GET")) if refusal.status == 405 else _HEADERS  # noqa: PLR2004 - as the RFC has it
    return Reply(refusal.status, refusal.message.encode(), "text/plain; charset=utf-8", headers, denied=refusal.code)
