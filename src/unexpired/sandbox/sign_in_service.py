"""AWS Sign-In, as ``aws login`` uses it: exchanges a refresh token, bound to a key (DPoP), for a session.

Faithful where it matters for renewing: a refresh token is good for one use, a proof must be made with the key that the
sign-in was made with, and all of it ends twelve hours after the sign-in.

AWS Sign-In API Reference, "CreateOAuth2Token"; RFC 9449 (DPoP).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from unexpired.engine.clock import moment
from unexpired.engine.credentials import timestamp
from unexpired.sandbox.local_endpoint import LocalEndpoint, Reply, Visit, json_reply

if TYPE_CHECKING:
    from unexpired.sandbox.metadata import Vendor

LOGIN_SESSION = "arn:aws:iam::123456789012:user/ann"
_ACCOUNT = "123456789012"
_SIGN_IN_SECONDS = 12 * 3600
_COORDINATE_BYTES = 32


class SignInService(LocalEndpoint):
    """For ``AWS_ENDPOINT_URL_SIGNIN``.

    Args:
        vendor: The sandbox.
        session_seconds: How long a session lasts; fifteen minutes at AWS.
    """

    def __init__(self, vendor: Vendor, *, session_seconds: float = 900) -> None:
        super().__init__()
        self._vendor = vendor
        self._session_seconds = session_seconds
        self._lock = threading.Lock()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._refresh_token = ""
        self._ends_at = 0.0
        self.renewals = 0

    def sign_in(self, home: Path | str, *, session_seconds: float | None = None) -> Path:
        """What ``aws login`` leaves below a home: the cache's file, which is returned."""
        now = self._vendor.now()
        seconds = self._session_seconds if session_seconds is None else session_seconds
        session = self._vendor.vend("login", "ann", lifetime=max(seconds, 1))
        with self._lock:
            self._refresh_token = secrets.token_urlsafe(96)
            self._ends_at = now + _SIGN_IN_SECONDS
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        entry = {
            "accessToken": {
                "accessKeyId": session.access_key_id,
                "secretAccessKey": session.secret_access_key,
                "sessionToken": session.session_token,
                "accountId": _ACCOUNT,
                "expiresAt": timestamp(moment(now + seconds)),
            },
            "tokenType": "aws_sigv4",
            "clientId": "arn:aws:signin:::devtools/same-device",
            "refreshToken": self._refresh_token,
            "idToken": f"e30.{_encoded({'iat': int(now), 'sub': LOGIN_SESSION})}.c2ln",
            "dpopKey": pem.decode(),
        }
        path = Path(home) / ".aws" / "login" / "cache" / f"{hashlib.sha256(LOGIN_SESSION.encode()).hexdigest()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(entry, file)
        return path

    def end(self) -> None:
        """The sign-in's twelve hours are over, or the password was changed."""
        with self._lock:
            self._ends_at = 0.0

    def answer(self, visit: Visit) -> Reply:
        """``CreateOAuth2Token`` with a refresh token."""
        if (visit.method, visit.path) != ("POST", "/v1/token"):
            return json_reply({"message": "no such operation"}, 404)
        asked: dict[str, Any] = json.loads(visit.body or b"{}")
        if not self._proven(visit):
            return _denied("INVALID_REQUEST", "the DPoP proof is not valid")
        with self._lock:
            if asked.get("refreshToken") != self._refresh_token or self._vendor.now() >= self._ends_at:
                return _denied("TOKEN_EXPIRED", "the refresh token has expired or was used")
            self._refresh_token = secrets.token_urlsafe(96)
            self.renewals += 1
            session = self._vendor.vend("login", "ann", lifetime=self._session_seconds)
            return json_reply(
                {
                    "accessToken": {
                        "accessKeyId": session.access_key_id,
                        "secretAccessKey": session.secret_access_key,
                        "sessionToken": session.session_token,
                    },
                    "tokenType": "aws_sigv4",
                    "expiresIn": int(self._session_seconds),
                    "refreshToken": self._refresh_token,
                }
            )

    def _proven(self, visit: Visit) -> bool:
        text, _, signature = visit.headers.get("dpop", "").rpartition(".")
        raw = _decoded(signature)
        if len(raw) != 2 * _COORDINATE_BYTES:
            return False
        halves = (int.from_bytes(raw[:_COORDINATE_BYTES], "big"), int.from_bytes(raw[_COORDINATE_BYTES:], "big"))
        try:
            self._key.public_key().verify(encode_dss_signature(*halves), text.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        claims = json.loads(_decoded(text.partition(".")[2]))
        return bool(claims.get("htm") == "POST" and str(claims.get("htu", "")).endswith("/v1/token"))


def _denied(error: str, message: str) -> Reply:
    return json_reply({"error": error, "message": message}, 403, (("x-amzn-ErrorType", "AccessDeniedException"),))


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
