"""The container door: one port of 127.0.0.1 for all roles, a path and a token for each.

What stands behind ``AWS_CONTAINER_CREDENTIALS_FULL_URI`` ("Container credential provider", AWS SDKs and Tools Reference
Guide); what the clients do with it is at the head of :mod:`unexpired.channels.container`. Prometheus, which cannot ask
a unix socket, is answered here too: at ``/metrics``, with a token of its own as ``Authorization: Bearer TOKEN``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.agent.http.access import TOO_MANY, UID_REFUSED, own_uid, uid_refused
from unexpired.agent.http.wire import Reply, Request, json_reply, refusal_reply
from unexpired.channels.admission import judge
from unexpired.channels.container import container_answer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.agent.http.listening import Listener
    from unexpired.agent.http.peer import Peer
    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent
    from unexpired.engine.credentials import Credentials

NAME = "container"
_PATH = "/credentials/"
# The doors whose tokens are made from what is kept for a role.
_WITH_TOKENS = {NAME, "imds"}
_METRICS = "/metrics"
# Beside the roles' tokens; no role can have this name.
_METRICS_TOKEN = "_metrics"  # noqa: S105 - a file's name


class ContainerDoor:
    """Serves every role whose ``doors`` hold ``container``."""

    name = NAME

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._listener: Listener | None = None
        self._hosts: frozenset[str] = frozenset()
        self._tokens: dict[str, str] = {}
        self._roles: dict[str, Role] = {}

    async def apply(self, config: AgentConfig) -> None:
        """See :class:`unexpired.agent.doors.Door`."""
        served = [role for role in config.roles.values() if NAME in role.doors]
        try:
            if served:
                await self._open_at(config.port)
        finally:  # where it cannot be opened, the roles of this configuration are served where it is open
            self._serve(config, served)

    async def _open_at(self, port: int | None) -> None:
        before = self._listener
        if before is not None and port in (None, before.port):
            return
        self._listener = await self._agent.listeners.port(self, key=NAME, port=port)
        now = self._listener.port
        self._hosts = frozenset({f"127.0.0.1:{now}", f"localhost:{now}"})
        if before is not None:
            before.close()

    def _serve(self, config: AgentConfig, served: Sequence[RoleConfig]) -> None:
        state = self._agent.state
        stranger_had_port = self._listener is not None and self._listener.moved
        tokens, roles = {}, {}
        for role in served:
            found = self._agent.roles.get(role.name)
            if found is None:
                continue
            # Whoever has the port now may have been sent the old token.
            token = state.renew_token(role.name) if stranger_had_port else state.token(role.name)
            tokens[f"{_PATH}{role.name}"] = token
            roles[f"{_PATH}{role.name}"] = found
        if self._listener is not None:
            self._listener.moved = False
        kept = {role.name for role in config.roles.values() if role.doors & _WITH_TOKENS}
        if self._listener is not None:
            token = state.renew_token(_METRICS_TOKEN) if stranger_had_port else state.token(_METRICS_TOKEN)
            tokens[_METRICS] = f"Bearer {token}"
            kept.add(_METRICS_TOKEN)
        state.forget_all_but(kept)
        self._tokens, self._roles = tokens, roles

    def describe(self, role: str) -> Mapping[str, Any] | None:
        """``{"uri", "token_file"}``."""
        if self._listener is None or f"{_PATH}{role}" not in self._roles:
            return None
        uri = f"http://127.0.0.1:{self._listener.port}{_PATH}{role}"
        return {"uri": uri, "token_file": str(self._agent.state.token_file(role))}

    def close(self) -> None:
        """Serve nothing any more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def role_of(self, request: Request) -> str | None:
        """Which role's path this is."""
        found = self._roles.get(request.target)
        return found.config.name if found is not None else None

    def answer(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        """The role's credentials, for whoever shows its token."""
        if not self._agent.limits.admit(peer):
            return refusal_reply(TOO_MANY)
        known = request.admitted
        # Each change of the configuration makes new tokens of the old ones, and with it every verdict void.
        if known is not None and known[0] is self._tokens and known[1] == peer.uid:
            known[2].answered(known[3])
            return known[2].reply(container_reply)  # type: ignore[no-any-return]  # what stands below
        refusal = judge(request, hosts=self._hosts, token_for=self._tokens.get)
        role = self._roles.get(request.target)
        if refusal is None and role is None:  # of all paths with a token, only this one has no role
            return self._agent.metrics_reply() if peer.uid in (None, own_uid()) else refusal_reply(UID_REFUSED)
        if refusal is None and role is not None:
            refusal = uid_refused(role.config, peer, token_shown=True)
        if refusal is not None or role is None:
            if role is not None:
                role.refused += 1
            assert refusal is not None  # noqa: S101 - a path without a role has no token
            return refusal_reply(refusal)
        client = client_of(request, peer)
        request.admitted = self._tokens, peer.uid, role, client
        role.answered(client)
        return role.reply(container_reply)


def container_reply(credentials: Credentials, now: float) -> Reply:
    """What the SDKs' container provider reads."""
    return json_reply(container_answer(credentials, now))


def client_of(request: Request, peer: Peer) -> str:
    """A name by which programs are told apart: whose, and what they call themselves."""
    agents = request.values("user-agent")
    return f"{peer.uid} {agents[0][:64]}" if agents else f"{peer.uid}"


def open_door(agent: Agent) -> ContainerDoor:
    """See :mod:`unexpired.agent.doors`."""
    return ContainerDoor(agent)
