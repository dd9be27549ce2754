"""The endpoints from which machines get their role's sessions: EC2's metadata service, and a container's.

Both hand out sessions that the sandbox's services accept, and rotate them as the real ones do: some time before the end
there is a new one, and until then everybody gets the same.

EC2 User Guide, "Retrieve security credentials from instance metadata" and "Use the Instance Metadata Service"; ECS
Developer Guide, "Task IAM role"; EKS User Guide, "EKS Pod Identity".
"""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from unexpired.engine.clock import moment
from unexpired.engine.credentials import timestamp
from unexpired.sandbox.local_endpoint import LocalEndpoint, Reply, Visit, json_reply, text_reply

if TYPE_CHECKING:
    from unexpired.sandbox.sessions import Session

_LONGEST_TOKEN_SECONDS = 21_600
# "We make new credentials available at least five minutes before the expiration of the old credentials."
_ROTATED_BEFORE_END_SECONDS = 300.0
_HALF = 0.5


class Vendor(Protocol):
    """What these endpoints need of a sandbox."""

    def vend(self, role: str, session_name: str, *, lifetime: float = 3600) -> Session:
        """A new session of a role."""

    def now(self) -> float:
        """The clock, in seconds since the epoch."""


class _Rotating:
    """The session of a role at this moment, replaced before its end."""

    def __init__(self, vendor: Vendor, role: str, session_name: str, lifetime: float) -> None:
        self._vendor, self._role, self._name, self._lifetime = vendor, role, session_name, lifetime
        self._lock = threading.Lock()
        self._session: Session | None = None
        self.stuck = False

    def session(self) -> Session:
        with self._lock:
            now, session = self._vendor.now(), self._session
            if session is not None:
                lifetime = session.expires_at - session.issued_at
                early = min(_ROTATED_BEFORE_END_SECONDS, lifetime * _HALF)
                if self.stuck or now < session.expires_at - early:
                    return session
            self._session = self._vendor.vend(self._role, self._name, lifetime=self._lifetime)
            return self._session


class InstanceMetadata(LocalEndpoint):
    """EC2's instance metadata service, version 2: set ``AWS_EC2_METADATA_SERVICE_ENDPOINT`` to its ``url``.

    Args:
        vendor: The sandbox.
        role: The name of the instance's role; None for an instance without one.
        lifetime: Of its sessions, in seconds; EC2's are about six hours.
        version_1: Answer without a token too (``HttpTokens: optional``).
        hop_limit: 1 lets no token through to a container behind a bridge: its request for one is never answered.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        role: str | None = "instance",
        lifetime: float = 21_600,
        version_1: bool = False,
        hop_limit: int = 2,
    ) -> None:
        super().__init__()
        self._vendor = vendor
        self.role = role
        self._version_1 = version_1
        self._hop_limit = hop_limit
        self._tokens: dict[str, float] = {}
        self._rotating = _Rotating(vendor, role or "", f"i-{secrets.token_hex(8)}", lifetime)

    def outage(self) -> None:
        """Whatever makes the sessions is down: the last one is handed out on and on, past its end."""
        self._rotating.session()
        self._rotating.stuck = True

    def recover(self) -> None:
        """The outage is over."""
        self._rotating.stuck = False

    def answer(self, visit: Visit) -> Reply:
        """As the real one: a token for a PUT, and with it the role's name and its session."""
        if visit.method == "PUT" and visit.path == "/latest/api/token":
            return self._token(visit)
        if visit.method != "GET":
            return text_reply("", 405)
        if not self._allowed(visit):
            return text_reply("", 401)
        base = "/latest/meta-data/iam/security-credentials/"
        if self.role is not None and visit.path == base:
            return text_reply(self.role)
        if self.role is None or visit.path != f"{base}{self.role}":
            return text_reply("", 404)
        session = self._rotating.session()
        return json_reply(
            {
                "Code": "Success",
                "LastUpdated": timestamp(moment(session.issued_at)),
                "Type": "AWS-HMAC",
                **_as_metadata(session),
            }
        )

    def _token(self, visit: Visit) -> Reply:
        if self._hop_limit < 2:  # noqa: PLR2004 - a container is one hop further
            self._released.wait(30)
            return text_reply("", 503)
        seconds = visit.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if "x-forwarded-for" in visit.headers:
            return text_reply("", 403)
        if not seconds.isdigit() or not 0 < int(seconds) <= _LONGEST_TOKEN_SECONDS:
            return text_reply("", 400)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = self._vendor.now() + int(seconds)
        return Reply(200, token.encode(), "text/plain", (("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", seconds),))

    def _allowed(self, visit: Visit) -> bool:
        token = visit.headers.get("x-aws-ec2-metadata-token")
        if token is None:
            return self._version_1
        return self._vendor.now() < self._tokens.get(token, 0.0)


class ContainerCredentials(LocalEndpoint):
    """The credentials endpoint of ECS tasks and of EKS Pod Identity.

    Args:
        vendor: The sandbox.
        role: The task's role.
        lifetime: Of its sessions, in seconds.
        token: What ``Authorization`` must be; a ``Path`` is read at each request, as Pod Identity's rotated token file
            is by whoever checks it. None checks nothing, as ECS's relative address.
    """

    path = "/v2/credentials/5f5f5f5f-0000-4000-8000-5f5f5f5f5f5f"

    def __init__(
        self, vendor: Vendor, *, role: str = "task", lifetime: float = 3600, token: str | Path | None = None
    ) -> None:
        super().__init__()
        self._token = token
        self._rotating = _Rotating(vendor, role, secrets.token_hex(16), lifetime)

    @property
    def full_url(self) -> str:
        """For ``AWS_CONTAINER_CREDENTIALS_FULL_URI``."""
        return f"{self.url}{self.path}"

    def answer(self, visit: Visit) -> Reply:
        """The session, for whoever has the token."""
        wanted = self._token.read_text() if isinstance(self._token, Path) else self._token
        if wanted is not None and visit.headers.get("authorization") != wanted:
            return json_reply({"message": "the token is not valid"}, 401)
        if visit.path != self.path:
            return json_reply({"message": "no such task"}, 404)
        session = self._rotating.session()
        return json_reply({"RoleArn": session.role_arn, "AccountId": session.account_id, **_as_metadata(session)})


def _as_metadata(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": timestamp(moment(session.expires_at)),
    }
