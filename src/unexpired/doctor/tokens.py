"""Reads web-identity (OIDC) token files: their claims, not their signature, and never the token itself."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from unexpired.causes._evidence import TokenFile
from unexpired.causes._files import Place
from unexpired.doctor.paths import Paths, read_file
from unexpired.engine.credentials import parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime

# STS takes at most 20,000 characters (API reference, AssumeRoleWithWebIdentity, WebIdentityToken).
_LARGEST_BYTES = 2**16
_JWT_PARTS = 3


def read_token_file(path: str, paths: Paths) -> TokenFile:
    """What a token file says about itself.

    Args:
        path: as it is written; botocore opens it as it stands, without ``~`` or ``$NAME``.
        paths: how to show it.
    """
    place = Place(paths.show(path))
    content = read_file(path, _LARGEST_BYTES)
    if content.state == "absent":
        return TokenFile(place, "absent")
    if content.state != "read":
        return TokenFile(place, "unreadable")
    claims = claims_of(content.data)
    return TokenFile(
        place,
        "read",
        is_jwt=claims is not None,
        expires_at=_time(claims, "exp"),
        issued_at=_time(claims, "iat"),
        issuer=_text(claims, "iss"),
        audience=_text(claims, "aud"),
        subject=_text(claims, "sub"),
        changed_at=content.changed_at,
    )


def claims_of(token: bytes) -> dict[str, Any] | None:
    """The claims of a JWT (RFC 7519, section 3), unverified; None where it is none."""
    parts = token.strip().split(b".")
    if len(parts) != _JWT_PARTS:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _time(claims: dict[str, Any] | None, name: str) -> datetime | None:
    value = (claims or {}).get(name)
    if not isinstance(value, (int, float)):
        return None
    try:
        return parse_timestamp(value)
    except ValueError:
        return None


def _text(claims: dict[str, Any] | None, name: str) -> str | None:
    value = (claims or {}).get(name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else None
