"""The instance door: EC2's metadata service, version 2, on a loopback port of its own for each role.

For what knows nothing but IMDS: ``AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:PORT``. As the real one (EC2 User
Guide, "Use the Instance Metadata Service to access instance metadata"):

- a token is had with PUT and lives 1 to 21,600 s; without one everything is 401;
- ``X-Forwarded-For`` is refused (403), and so are browsers and foreign ``Host`` headers;
- answers travel one hop (``IP_TTL`` 1).

Unlike the real one it has the role's name, its credentials and its Region, and nothing else: above all no
``instance-identity``, so that nobody takes this machine for an instance.

The token proves that the client could send PUT, not who it is; that is what the peer's uid is for, and where the system
does not tell it this door stays closed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import struct
from typing import TYPE_CHECKING, Any

from unexpired.agent.doors.container import client_of
from unexpired.agent.http.access import TOO_MANY, uid_refused
from unexpired.agent.http.wire import Reply, Request, json_reply, refusal_reply
from unexpired.channels.admission import Refusal, stranger
from unexpired.channels.container import container_answer
from unexpired.engine.clock import moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.agent.http.listening import Listener
    from unexpired.agent.http.peer import Peer
    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent
    from unexpired.engine.credentials import Credentials

NAME = "imds"

_TOKEN_PATH = "/latest/api/token"  # noqa: S105 - an address
_ROLES_PATH = "/latest/meta-data/iam/security-credentials/"
_REGION_PATH = "/latest/meta-data/placement/region"
_ZONE_PATH = "/latest/meta-data/placement/availability-zone"
_TTL = "x-aws-ec2-metadata-token-ttl-seconds"
_TOKEN = "x-aws-ec2-metadata-token"  # noqa: S105 - a header's name
_LONGEST_TOKEN_SECONDS = 21_600
_LONGEST_TTL = 9  # digits, zeros before the number included

_NO_TOKEN = Refusal(401, "Unauthorized", "A token is needed: PUT /latest/api/token first.")
_BAD_TTL = Refusal(400, "BadRequest", f"{_TTL} must be 1 to {_LONGEST_TOKEN_SECONDS}.")
_NOT_FOUND = Refusal(404, "NotFound", "There is nothing at this path.")
_NOT_ALLOWED = Refusal(405, "MethodNotAllowed", "Metadata is asked for with GET.")


class _Instance:
    """One role's metadata service."""

    name = NAME

    def __init__(self, agent: Agent, role: Role) -> None:
        self._agent, self.role = agent, role
        self.port = 0
        self._listener: Listener | None = None
        self._hosts: frozenset[str] = frozenset()
        self._key = os.urandom(32)

    async def open(self, config: RoleConfig) -> None:
        self._listener = await self._agent.listeners.port(
            self, key=f"{NAME}/{config.name}", port=config.imds_port, hops=1
        )
        self.port = self._listener.port
        self._hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        # Of the kept token, so that those which clients hold outlive a restart of the agent.
        kept = self._agent.state.token(config.name)
        self._key = hashlib.sha256(b"imds token\0" + kept.encode()).digest()

    def close(self) -> None:
        """Answer no more, also not those whose connection outlives the port."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def role_of(self, request: Request) -> str | None:  # noqa: ARG002 - a door's signature
        return self.role.config.name

    def answer(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        refusal = None if self._agent.limits.admit(peer) else TOO_MANY
        refusal = refusal or stranger(request, self._hosts)
        refusal = refusal or uid_refused(self.role.config, peer, token_shown=False)
        refusal = refusal or (_NOT_FOUND if self._listener is None else None)
        if refusal is None and request.method == "PUT" and request.target == _TOKEN_PATH:
            return self._token(request)
        if refusal is None and request.method != "GET":
            refusal = _NOT_ALLOWED
        if refusal is None and not self._known(request.values(_TOKEN)):
            refusal = _NO_TOKEN
        if refusal is not None:
            self.role.refused += 1
            return refusal_reply(refusal)
        return self._metadata(request, peer)

    def _metadata(self, request: Request, peer: Peer) -> Reply | Coroutine[None, None, Reply]:
        name = self.role.config.name
        if request.target == f"{_ROLES_PATH}{name}":
            self.role.answered(client_of(request, peer))
            return self.role.reply(instance_reply)
        # With and without the slash at the end: SDKs differ.
        path = request.target.rstrip("/")
        if path == _ROLES_PATH.rstrip("/"):
            return Reply(200, name.encode(), "text/plain")
        return self._place(path) if path in (_REGION_PATH, _ZONE_PATH) else refusal_reply(_NOT_FOUND)

    async def _place(self, path: str) -> Reply:
        """The Region, or a zone of it; read from a file, on a thread."""
        loop = asyncio.get_running_loop()
        region = await loop.run_in_executor(None, self._agent.roles.region, self.role.config)
        if region is None:
            return refusal_reply(_NOT_FOUND)
        return Reply(200, (region if path == _REGION_PATH else f"{region}a").encode(), "text/plain")

    def _token(self, request: Request) -> Reply:
        lifetimes = request.values(_TTL)
        text = lifetimes[0] if len(lifetimes) == 1 else ""
        seconds = int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_TTL else 0
        if not 1 <= seconds <= _LONGEST_TOKEN_SECONDS:
            return refusal_reply(_BAD_TTL)
        ends = self._agent.clock.wall() + seconds
        token = self._signed(ends, os.urandom(16))
        return Reply(200, token, "text/plain", [("X-aws-ec2-metadata-token-ttl-seconds", text)])

    def _signed(self, ends: float, nonce: bytes) -> bytes:
        """A token that needs no memory: its end, and our signature."""
        claim = struct.pack(">d", ends) + nonce
        return base64.urlsafe_b64encode(claim + hmac.digest(self._key, claim, "sha256"))

    def _known(self, given: Any) -> bool:
        if len(given) != 1:
            return False
        try:
            claim = base64.urlsafe_b64decode(given[0].encode("ascii"))[:24]
            ends, nonce = struct.unpack(">d16s", claim)
        except (ValueError, struct.error):
            return False
        genuine = hmac.compare_digest(self._signed(ends, nonce), given[0].encode("ascii"))
        return genuine and self._agent.clock.wall() < ends


class InstanceDoor:
    """Serves every role whose ``doors`` hold ``imds``."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._instances: dict[str, _Instance] = {}

    async def apply(self, config: AgentConfig) -> None:
        """See :class:`unexpired.agent.doors.Door`."""
        served = {name: role for name, role in config.roles.items() if NAME in role.doors}
        for name in self._instances.keys() - served.keys():
            self._instances.pop(name).close()
        failure = None
        for name, wanted in served.items():
            role, open_now = self._agent.roles.get(name), self._instances.get(name)
            if role is None:
                continue
            if open_now is not None:
                open_now.role = role
                if wanted.imds_port in (None, open_now.port):
                    continue
            instance = _Instance(self._agent, role)
            try:
                await instance.open(wanted)
            except ConfigurationError as error:  # the others are opened all the same, and this one stays where it was
                failure = failure or error
                continue
            if open_now is not None:
                open_now.close()
            self._instances[name] = instance
        if failure is not None:
            raise failure

    def describe(self, role: str) -> Mapping[str, Any] | None:
        """``{"endpoint"}``, for ``AWS_EC2_METADATA_SERVICE_ENDPOINT``."""
        instance = self._instances.get(role)
        return {"endpoint": f"http://127.0.0.1:{instance.port}"} if instance is not None else None

    def close(self) -> None:
        """Serve nothing any more."""
        for name in list(self._instances):
            self._instances.pop(name).close()


def instance_reply(credentials: Credentials, now: float) -> Reply:
    """What SDKs' instance provider reads: EC2 User Guide, "Retrieve security credentials from instance metadata"."""
    issued = timestamp(credentials.issued_at or moment(now))
    return json_reply(
        {"Code": "Success", "LastUpdated": issued, "Type": "AWS-HMAC", **container_answer(credentials, now)}
    )


def open_door(agent: Agent) -> InstanceDoor:
    """See :mod:`unexpired.agent.doors`."""
    return InstanceDoor(agent)
