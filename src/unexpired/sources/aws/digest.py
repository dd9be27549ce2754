"""The key of a source: a digest of everything that changes the session it makes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any


def digest(kind: str, **inputs: Any) -> str:
    """SHA-256, hexadecimal, over the kind and its inputs in canonical JSON; the order of names does not matter.

    Two sources with one digest share sessions, so leave nothing out that changes the answer (editing the ``role_arn``
    of a profile must not serve the old role's session), and put nothing in that does not. Secrets stay out: a static
    key contributes its access key id, a token its subject.

    Args:
        kind: the source's name.
        inputs: JSON values; None is the same as absent.
    """
    given = {name: value for name, value in inputs.items() if value is not None}
    text = json.dumps([kind, given], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def subject(token: str) -> dict[str, str] | None:
    """Whom a JWT is about, as far as it says: its issuer and subject. Read, not verified; None for any other text.

    Two pods that read the same path of a shared volume are told apart by it, and a rotated token of one pod is not.
    """
    claims = claims_of(token)
    found = {name: str(claims[name]) for name in ("iss", "sub") if claims.get(name)}
    return found or None


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified (RFC 7519); empty for any other text."""
    parts = token.strip().split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header.payload.signature
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
