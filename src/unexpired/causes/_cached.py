"""Whose session an entry of the CLI's cache is: by its name, which is a digest of what was asked for, or by its role.

Source: ``_create_cache_key`` of botocore's ``BaseAssumeRoleCredentialFetcher`` and ``SSOCredentialFetcher``.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.causes._evidence import CachedRole
    from unexpired.causes._files import Profile

_ARN_PARTS = 6


def is_of(entry: CachedRole, profile: Profile) -> bool:
    """Whether the entry is a session of that profile's role or sign-in."""
    role_arn = profile.get("role_arn")
    return entry.name in cache_names(profile) or (role_arn is not None and role_of(entry.role_arn) == role_arn)


def cache_names(profile: Profile) -> tuple[str, ...]:
    """The names under which botocore caches this profile's session."""
    asked = {
        "RoleArn": profile.get("role_arn"),
        "RoleSessionName": profile.get("role_session_name"),
        "ExternalId": profile.get("external_id"),
        "SerialNumber": profile.get("mfa_serial"),
    }
    role: dict[str, str | int] = {key: value for key, value in asked.items() if value is not None}
    seconds = profile.get("duration_seconds")
    if seconds is not None and seconds.isdigit():
        role["DurationSeconds"] = int(seconds)
    sign_in = {"roleName": profile.get("sso_role_name"), "accountId": profile.get("sso_account_id")}
    session = profile.get("sso_session")
    sign_in |= {"sessionName": session} if session else {"startUrl": profile.get("sso_start_url")}
    texts = (json.dumps(role, sort_keys=True), json.dumps(sign_in, sort_keys=True, separators=(",", ":")))
    return tuple(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts)


def role_of(assumed_role: str | None) -> str | None:
    """``arn:aws:sts::1:assumed-role/NAME/SESSION`` as ``arn:aws:iam::1:role/NAME``. A role's path is not in it."""
    parts = (assumed_role or "").split(":")
    name = parts[-1].split("/")
    if len(parts) != _ARN_PARTS or name[0] != "assumed-role" or len(name) == 1:
        return None
    return ":".join((*parts[:2], "iam", *parts[3:5], f"role/{name[1]}"))
