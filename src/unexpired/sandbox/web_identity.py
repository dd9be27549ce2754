"""The tokens of the sandbox's own identity provider, for ``AssumeRoleWithWebIdentity``.

A JWT with the usual claims, signed with a key that only this sandbox has. A token of another provider cannot be checked
here and is refused, as AWS refuses one whose provider the account does not know.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from typing import Any

from unexpired.sandbox.wire import Answer, RefusedError

ISSUER = "https://oidc.unexpired.invalid"
"""The ``iss`` of every token minted here (RFC 2606 reserves the domain)."""


class IdentityProvider:
    """Mints and reads tokens."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def mint(self, *, subject: str, audience: str, now: float, lifetime: float, issuer: str = ISSUER) -> str:
        """A token that lives ``lifetime`` seconds from ``now`` (seconds since the epoch)."""
        claims = {"iss": issuer, "sub": subject, "aud": audience, "iat": int(now), "exp": int(now + lifetime)}
        text = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
        return f"{text}.{_base64url(self._sign(text))}"

    def claims(self, token: str, now: float) -> dict[str, Any]:
        """The claims of a token that is good at ``now``.

        Raises:
            RefusedError: ``InvalidIdentityToken``, or ``ExpiredTokenException`` when only its time has passed.
        """
        text, _, signature = token.rpartition(".")
        try:
            signed = hmac.compare_digest(self._sign(text), _decode(signature))
            claims = json.loads(_decode(text.partition(".")[2]))
        except (ValueError, binascii.Error):
            signed, claims = False, {}
        if not signed or not isinstance(claims, dict):
            message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
            if token.count(".") == 2:  # noqa: PLR2004 - a JWT has three parts
                message = "Couldn't retrieve verification key from your identity provider"
            raise RefusedError(Answer(400, "InvalidIdentityToken", message))
        if now >= claims["exp"]:
            message = (
                f"Token expired: current date/time {int(now)} must be before the expiration date/time {claims['exp']}"
            )
            raise RefusedError(Answer(400, "ExpiredTokenException", message))
        return claims

    def _sign(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")


def _encode(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
