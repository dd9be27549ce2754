"""How the AWS CLI names the sessions in its cache: a SHA-1 of what was asked for, as botocore writes it down.

botocore ``credentials.py``: ``BaseAssumeRoleCredentialFetcher._create_cache_key`` and ``SSOCredentialFetcher``'s. The
default session name is left out there, since it is drawn anew each time.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sources.aws.role import Role


def role_cache_name(role: Role) -> str:
    """Of a role that a profile names."""
    return _named(
        {
            "RoleArn": role.arn,
            "RoleSessionName": role.session_name,
            "ExternalId": role.external_id,
            "SerialNumber": role.mfa_serial,
            "DurationSeconds": role.duration_seconds,
        }
    )


def web_identity_cache_name(role: Role) -> str:
    """Of a role that a profile assumes with a token file; its duration plays no part there."""
    return _named({"RoleArn": role.arn, "RoleSessionName": role.session_name})


def sso_cache_name(settings: Mapping[str, str]) -> str:
    """Of a permission set."""
    asked = {"roleName": settings["sso_role_name"], "accountId": settings["sso_account_id"]}
    if settings.get("sso_session"):
        asked["sessionName"] = settings["sso_session"]
    else:
        asked["startUrl"] = settings["sso_start_url"]
    return _digest(json.dumps(asked, sort_keys=True, separators=(",", ":")))


def _named(asked: Mapping[str, Any]) -> str:
    return _digest(json.dumps({name: value for name, value in asked.items() if value is not None}, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
