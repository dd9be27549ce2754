"""The configuration that sends an AWS client to the sandbox: profiles in files, or variables."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.sandbox.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from unexpired.sandbox.keys import LongTermKey

REGION = "us-east-1"
BASE_PROFILE = "base"


@dataclass(frozen=True)
class DeclaredRole:
    """What a profile must say to assume a role."""

    name: str
    arn: str
    external_id: str | None
    mfa: bool
    web_identity: bool


@dataclass(frozen=True)
class Profiles:
    """Files that were written.

    Attributes:
        config_file: For ``AWS_CONFIG_FILE``.
        credentials_file: For ``AWS_SHARED_CREDENTIALS_FILE``.
        names: The profiles, ``base`` first.
        environment: A child process's whole environment, in which these files (and no other AWS setting) count.
    """

    config_file: Path
    credentials_file: Path
    names: tuple[str, ...]
    environment: dict[str, str]


def environment(endpoint_url: str, key: LongTermKey | Session | None, *, ca_bundle: Path | None) -> dict[str, str]:
    """This process's environment without its ``AWS_`` variables, pointed at the sandbox."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.update(variables(endpoint_url, key, ca_bundle=ca_bundle))
    return kept


def variables(endpoint_url: str, key: LongTermKey | Session | None, *, ca_bundle: Path | None) -> dict[str, str]:
    """Only the variables that point at the sandbox.

    Both names of the region, because SDKs differ in which they read. The files are set to nothing, lest a ``[default]``
    of the tester's own wins. The instance metadata address is shut, so that a client without keys says so at once.
    """
    said = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    if ca_bundle is not None:
        said["AWS_CA_BUNDLE"] = str(ca_bundle)
    if key is not None:
        said["AWS_ACCESS_KEY_ID"] = key.access_key_id
        said["AWS_SECRET_ACCESS_KEY"] = key.secret_access_key
        if isinstance(key, Session):
            said["AWS_SESSION_TOKEN"] = key.session_token
    return said


def write(
    directory: Path,
    *,
    endpoint_url: str,
    base: LongTermKey,
    roles: Sequence[DeclaredRole],
    mfa_serial: str | None,
    web_identity_token: str | None,
    ca_bundle: Path | None,
) -> Profiles:
    """Write the files into a directory (made if need be), readable by their owner only."""
    directory.mkdir(parents=True, exist_ok=True)
    config, credentials = directory / "config", directory / "credentials"
    token_file = directory / "web-identity-token"
    if web_identity_token is not None:
        _write_private(token_file, web_identity_token)
    common = [f"region = {REGION}", f"endpoint_url = {endpoint_url}"]
    if ca_bundle is not None:
        common.append(f"ca_bundle = {ca_bundle}")
    sections = [_section(f"profile {BASE_PROFILE}", common)]
    sections += [
        _section(f"profile {role.name}", [*common, *_assuming(role, mfa_serial, token_file)]) for role in roles
    ]
    _write_private(config, "\n".join(sections))
    keys = [f"aws_access_key_id = {base.access_key_id}", f"aws_secret_access_key = {base.secret_access_key}"]
    _write_private(credentials, _section(BASE_PROFILE, keys))
    child = environment(endpoint_url, None, ca_bundle=ca_bundle)
    child.update(AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=str(credentials))
    return Profiles(config, credentials, (BASE_PROFILE, *(role.name for role in roles)), child)


def _assuming(role: DeclaredRole, mfa_serial: str | None, token_file: Path) -> list[str]:
    # A session name of its own, because it enters the key of the AWS CLI's cache: the next sandbox has the same role
    # ARNs, and must not be met with this one's sessions.
    lines = [f"role_arn = {role.arn}", f"role_session_name = sandbox-{secrets.token_hex(4)}"]
    if role.web_identity:
        return [*lines, f"web_identity_token_file = {token_file}"]
    lines.append(f"source_profile = {BASE_PROFILE}")
    if role.external_id is not None:
        lines.append(f"external_id = {role.external_id}")
    if role.mfa and mfa_serial is not None:
        lines.append(f"mfa_serial = {mfa_serial}")
    return lines


def _section(name: str, lines: Sequence[str]) -> str:
    return f"[{name}]\n" + "".join(f"{line}\n" for line in lines)


def _write_private(path: Path, text: str) -> None:
    # Created 0600 from the start: a chmod afterwards would leave a moment in which others can read.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
