"""The socket door: a unix socket that speaks HTTP, where the operating system says who asks; no token is needed.

::

    GET  /credentials/ROLE     what the container door gives
    GET  /process/ROLE         what a credential_process prints
    GET  /process?profile=...  the same of the role that has this profile: see unexpired_start.target
    GET  /sessions/KEY         what is in hand of the role whose source has this key, as a store keeps it
    GET  /status               see status.py
    GET  /metrics              the same for Prometheus
    POST /renew/ROLE           a new session now
    POST /page                 a link to the page, which works once
    POST /stop                 the agent ends

The first four are for the role's ``allow_uids``; the rest is for the agent's own user.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from unexpired.agent.doors.container import container_reply
from unexpired.agent.http.access import TOO_MANY, UID_REFUSED, own_uid, uid_refused
from unexpired.agent.http.wire import Reply, Request, json_reply, refusal_reply
from unexpired.channels.admission import Refusal
from unexpired.channels.process import process_answer
from unexpired.engine.credentials import timestamp
from unexpired.sources.process import profile_behind
from unexpired.stores.entries import entry
from unexpired_start import target

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.agent.http.listening import Listener
    from unexpired.agent.http.peer import Peer
    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent
    from unexpired.engine.credentials import Credentials

NAME = "socket"

_NOT_FOUND = Refusal(404, "NotFound", "There is nothing at this path.")
# No refusal: every credential_process of this user asks here first, and may count on no answer.
_NOT_SERVED = json_reply({"code": "NotServed", "message": "No role of this agent is this profile."}, 404)
_NOT_ALLOWED = Refusal(405, "MethodNotAllowed", "This path is asked with another method.")


class SocketDoor:
    """Serves every role whose ``doors`` hold ``socket``, and the agent's own commands."""

    name = NAME

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._listener: Listener | None = None
        self._roles: dict[str, Role] = {}
        self._of_profiles: dict[str, Role] = {}
        self._profiles: Mapping[str, Mapping[str, Any]] = {}  # which _of_profiles was made of

    async def apply(self, config: AgentConfig) -> None:
        """See :class:`unexpired.agent.doors.Door`."""
        served = {name: self._agent.roles.get(name) for name, role in config.roles.items() if NAME in role.doors}
        self._roles = {name: role for name, role in served.items() if role is not None}
        self._name_roles()
        await self._read_profiles()
        others = any(role.config.allow_uids - {own_uid()} for role in self._roles.values())
        if sys.platform == "win32":
            return  # Python has no unix sockets there
        if self._listener is None:
            self._listener = await self._agent.listeners.unix(self, self._agent.socket, mode=0o666 if others else 0o600)
        else:
            self._listener.admit_others(others)

    def describe(self, role: str) -> Mapping[str, Any] | None:
        """``{"path"}``."""
        return {"path": str(self._agent.socket)} if role in self._roles and self._listener is not None else None

    def close(self) -> None:
        """Serve nothing any more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def role_of(self, request: Request) -> str | None:
        """Which role's path this is."""
        role = self._of_profiles.get(request.target) or self._roles.get(request.target.rpartition("/")[2])
        return role.config.name if role is not None else None

    def answer(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        """What is at the path, for those it is for."""
        if not self._agent.limits.admit(peer):
            return refusal_reply(TOO_MANY)
        what, _, name = request.target[1:].partition("/")
        if what.startswith("process?"):
            asked = self._of_profiles.get(request.target)
            return self._sought(request, peer) if asked is None else self._given(asked, process_reply, request, peer)
        if what == "sessions":
            return self._kept(name, request, peer)
        if what not in _RENDERED:
            return self._command(request, what, name, peer)
        role = self._roles.get(name)
        return refusal_reply(_NOT_FOUND) if role is None else self._given(role, _RENDERED[what], request, peer)

    async def _sought(self, request: Request, peer: Peer) -> Reply:
        """The same for a profile that may have come into the shared files since they were read."""
        await self._read_profiles()
        asked = self._of_profiles.get(request.target)
        given = _NOT_SERVED if asked is None else self._given(asked, process_reply, request, peer)
        return given if isinstance(given, Reply) else await given

    async def _read_profiles(self) -> None:
        profiles = await asyncio.get_running_loop().run_in_executor(None, self._agent.roles.profiles)
        if profiles is not self._profiles:
            self._profiles = profiles
            self._name_roles()

    def _name_roles(self) -> None:
        """Tell the roles by their profiles, and by those that ``unexpired setup`` has put behind them meanwhile."""
        profiles = self._profiles
        # The first of two roles with one profile: a mapping keeps the file's order.
        named = {str(role.config.profile): role for role in reversed(self._roles.values()) if _is_profile(role.config)}
        behind = {profile_behind(str(profiles.get(name, {}).get("credential_process", ""))): name for name in named}
        aliases = {alias: named[name] for alias, name in behind.items() if alias is not None}
        self._of_profiles = {target(name): role for name, role in (aliases | named).items()}

    def _given(
        self, role: Role, render: Callable[[Credentials, float], Reply], request: Request, peer: Peer
    ) -> Reply | Coroutine[None, None, Reply]:
        """A role's credentials, for those it is for."""
        if request.method != "GET":
            return refusal_reply(_NOT_ALLOWED)
        refusal = uid_refused(role.config, peer, token_shown=False)
        if refusal is not None:
            role.refused += 1
            return refusal_reply(refusal)
        role.answered(f"{peer.uid} pid {peer.pid}")
        return role.reply(render)

    def _kept(self, key: str, request: Request, peer: Peer) -> Reply:
        """A role's session, for those it is for: the one in hand, at once. See ``stores/entries/agent.py``."""
        if request.method != "GET":
            return refusal_reply(_NOT_ALLOWED)
        role = next((role for role in self._roles.values() if role.key == key), None)
        held = role.in_hand() if role is not None else None
        if role is None or held is None:
            return _NOT_SERVED
        refusal = uid_refused(role.config, peer, token_shown=False)
        if refusal is not None:
            role.refused += 1
            return refusal_reply(refusal)
        role.answered(f"{peer.uid} pid {peer.pid}")
        return Reply(200, entry.written(key, held))

    def _command(self, request: Request, what: str, name: str, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        """What is for the agent's own user alone."""
        if peer.uid != own_uid():
            return refusal_reply(UID_REFUSED)
        method = {"status": "GET", "metrics": "GET", "page": "POST", "stop": "POST", "renew": "POST"}.get(what)
        role = self._agent.roles.get(name)
        if method is None or (what == "renew") != (role is not None) or (what != "renew" and name):
            return refusal_reply(_NOT_FOUND)
        if request.method != method:
            return refusal_reply(_NOT_ALLOWED, allowed=method)
        if role is not None:
            return _renewed(role)
        agent = self._agent
        told = {"status": agent.status_reply, "metrics": agent.metrics_reply, "page": agent.page.link}.get(what)
        if told is not None:
            return told()
        self._agent.stop()
        return json_reply({"stopping": True})


async def _renewed(role: Role) -> Reply:
    credentials = await role.renew()
    return json_reply({"expires_at": timestamp(credentials.expires_at) if credentials.expires_at else None})


def process_reply(credentials: Credentials, now: float) -> Reply:  # noqa: ARG001 - a renderer's signature
    """What a ``credential_process`` prints."""
    return json_reply(process_answer(credentials))


def _is_profile(role: RoleConfig) -> bool:
    """Whether the role's sessions are those that its profile alone names, as ``--profile`` would give them."""
    others = (role.role_arn, role.source_profile, role.role_session_name, role.external_id, role.serial_number)
    return role.profile is not None and not any((*others, role.endpoint_url))


_RENDERED = {"credentials": container_reply, "process": process_reply}


def open_door(agent: Agent) -> SocketDoor:
    """See :mod:`unexpired.agent.doors`."""
    return SocketDoor(agent)
