"""IAM Identity Center: the OIDC service that renews a sign-in, and the portal that makes a permission set's sessions.

Faithful where it matters for renewing: an access token ends; a refresh token is good for one use, so that whoever uses
an old one loses the sign-in for everybody; a client's registration ends; and the administrator's limit ends all of it.

IAM Identity Center OIDC API Reference, "CreateToken"; Portal API Reference, "GetRoleCredentials".
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import moment
from unexpired.engine.credentials import timestamp
from unexpired.sandbox.local_endpoint import LocalEndpoint, Reply, Visit, json_reply

if TYPE_CHECKING:
    from unexpired.sandbox.metadata import Vendor

START_URL = "https://unexpired.awsapps.invalid/start"
REGION = "us-east-1"
_REGISTRATION_SECONDS = 90 * 86_400


@dataclass
class _SignIn:
    ends_at: float
    access_tokens: dict[str, float] = field(default_factory=dict)
    refresh_token: str | None = None


class IdentityCenter(LocalEndpoint):
    """Both services at one address: for ``AWS_ENDPOINT_URL_SSO`` and ``AWS_ENDPOINT_URL_SSO_OIDC``.

    Args:
        vendor: The sandbox.
        access_token_seconds: How long an access token lasts; an hour at AWS.
        sign_in_seconds: The administrator's limit: how long a sign-in can be renewed; eight hours at AWS by default.
        session_seconds: How long a permission set's sessions last; an hour at AWS by default.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        access_token_seconds: float = 3600,
        sign_in_seconds: float = 28_800,
        session_seconds: float = 3600,
    ) -> None:
        super().__init__()
        self._vendor = vendor
        self._access_token_seconds = access_token_seconds
        self._sign_in_seconds = sign_in_seconds
        self._session_seconds = session_seconds
        self._lock = threading.Lock()
        self._sign_ins: list[_SignIn] = []
        self._clients: dict[str, str] = {}
        self.assigned = {"Reader"}
        self.renewals = 0

    def sign_in(
        self,
        home: Path | str,
        *,
        sso_session: str | None = None,
        start_url: str = START_URL,
        access_token_seconds: float | None = None,
        registration_seconds: float = _REGISTRATION_SECONDS,
    ) -> Path:
        """What ``aws sso login`` leaves below a home: the cache's file, which is returned.

        Args:
            home: The directory that has ``.aws``.
            sso_session: The section's name; None for the legacy form, which has no refresh token.
            start_url: The start address.
            access_token_seconds: How long the first access token lasts, 0 or less for one that has lapsed; None for the
                usual.
            registration_seconds: How long the client is registered.
        """
        now = self._vendor.now()
        seconds = self._access_token_seconds if access_token_seconds is None else access_token_seconds
        client, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(64)
        sign_in = _SignIn(now + self._sign_in_seconds)
        token = secrets.token_urlsafe(96)
        sign_in.access_tokens[token] = now + seconds
        entry: dict[str, Any] = {
            "startUrl": start_url,
            "region": REGION,
            "accessToken": token,
            "expiresAt": timestamp(moment(now + seconds)),
            "clientId": client,
            "clientSecret": secret,
            "registrationExpiresAt": timestamp(moment(now + registration_seconds)),
        }
        if sso_session is not None:
            sign_in.refresh_token = entry["refreshToken"] = secrets.token_urlsafe(96)
        with self._lock:
            self._sign_ins.append(sign_in)
            self._clients[client] = secret
        name = hashlib.sha1((sso_session or start_url).encode(), usedforsecurity=False).hexdigest()
        path = Path(home) / ".aws" / "sso" / "cache" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(entry, file)
        return path

    def sign_out(self) -> None:
        """An administrator ends every sign-in."""
        with self._lock:
            self._sign_ins.clear()

    def profile(self, name: str, *, sso_session: str | None = None, role: str = "Reader") -> str:
        """The config file's lines for a profile of a permission set, with its ``[sso-session]`` where it has one."""
        sign_in = f"sso_start_url = {START_URL}\nsso_region = {REGION}\n"
        account = f"sso_account_id = 123456789012\nsso_role_name = {role}\nregion = {REGION}\n"
        if sso_session is None:
            return f"[profile {name}]\n{sign_in}{account}"
        return f"[profile {name}]\nsso_session = {sso_session}\n{account}[sso-session {sso_session}]\n{sign_in}"

    def answer(self, visit: Visit) -> Reply:
        """``CreateToken`` with a refresh token, or ``GetRoleCredentials``."""
        if (visit.method, visit.path) == ("POST", "/token"):
            return self._create_token(json.loads(visit.body or b"{}"))
        if (visit.method, visit.path) == ("GET", "/federation/credentials"):
            return self._role_credentials(visit)
        return json_reply({"message": "no such operation"}, 404)

    def _create_token(self, asked: dict[str, Any]) -> Reply:
        if asked.get("grantType") != "refresh_token":
            return _error("UnsupportedGrantTypeException", "unsupported_grant_type", 400)
        with self._lock:
            if self._clients.get(asked.get("clientId", "")) != asked.get("clientSecret"):
                return _error("InvalidClientException", "invalid_client", 401)
            now = self._vendor.now()
            for sign_in in list(self._sign_ins):
                if sign_in.refresh_token == asked.get("refreshToken") and now < sign_in.ends_at:
                    return self._renewed(sign_in, now)
            # A refresh token that was used before: somebody else may have it, so the sign-in ends for everybody.
            return _error("InvalidGrantException", "invalid_grant", 400)

    def _renewed(self, sign_in: _SignIn, now: float) -> Reply:
        token = secrets.token_urlsafe(96)
        seconds = min(self._access_token_seconds, sign_in.ends_at - now)
        sign_in.access_tokens[token] = now + seconds
        sign_in.refresh_token = secrets.token_urlsafe(96)
        self.renewals += 1
        return json_reply(
            {
                "accessToken": token,
                "tokenType": "Bearer",
                "expiresIn": int(seconds),
                "refreshToken": sign_in.refresh_token,
            }
        )

    def _role_credentials(self, visit: Visit) -> Reply:
        token = visit.headers.get("x-amz-sso_bearer_token", "")
        now = self._vendor.now()
        with self._lock:
            alive = any(now < sign_in.access_tokens.get(token, 0.0) for sign_in in self._sign_ins)
        if not alive:
            return _error("UnauthorizedException", "Session token not found or invalid", 401)
        role = visit.query.get("role_name", "")
        if role not in self.assigned:
            return _error("ForbiddenException", "No access", 403)
        session = self._vendor.vend(f"AWSReservedSSO_{role}_0123456789abcdef", "ann", lifetime=self._session_seconds)
        return json_reply(
            {
                "roleCredentials": {
                    "accessKeyId": session.access_key_id,
                    "secretAccessKey": session.secret_access_key,
                    "sessionToken": session.session_token,
                    "expiration": int(session.expires_at * 1000),
                }
            }
        )


def _error(code: str, message: str, status: int) -> Reply:
    body = {"error": message, "error_description": message, "message": message, "__type": code}
    return json_reply(body, status, (("x-amzn-ErrorType", code),))
