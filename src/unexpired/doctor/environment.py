"""The variables that decide about credentials, sealed as they are read. Source: botocore's ``EnvProvider``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unexpired.causes._evidence import Environment, Keys
from unexpired.causes._files import Place, Sealed
from unexpired.doctor.seal import kind_of, seal, sealed_variables
from unexpired.engine.credentials import masked, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Where tools write the end of the session that they export: botocore and `aws configure export-credentials`;
# aws-vault, aws-runas and granted; awsume. The first is the only one that an SDK reads.
EXPIRY_VARIABLES = ("AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWSUME_EXPIRATION")

# botocore asks for the old name first (EnvProvider.TOKENS); other SDKs know only the new one.
TOKEN_VARIABLES = ("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")


def read_environment(environ: Mapping[str, str], owner: str = "this process") -> Environment:
    """Seal an environment."""
    secret = _sealed(environ, "AWS_SECRET_ACCESS_KEY")
    tokens = {name: _sealed(environ, name) for name in TOKEN_VARIABLES}
    key_id = environ.get("AWS_ACCESS_KEY_ID", "")
    keys, end = None, _expiry(environ)
    if key_id:
        keys = Keys(
            Place("AWS_ACCESS_KEY_ID"),
            masked(key_id),
            kind_of(key_id),
            seal(key_id),
            secret=secret,
            token=next((token for token in tokens.values() if token), None),
            expires_at=end[0] if end else None,
            expires_place=Place(end[1]) if end else None,
        )
    variables = sealed_variables(environ)
    return Environment(
        variables,
        keys,
        blank=frozenset(name for name, value in variables.items() if not value and name.startswith("AWS_")),
        owner=owner,
        session_token=tokens["AWS_SESSION_TOKEN"],
        security_token=tokens["AWS_SECURITY_TOKEN"],
        secret=secret,
    )


def environ_of(data: bytes) -> dict[str, str]:
    """The variables in the form in which the kernel shows them (proc(5), ``environ``): ``NAME=value``, NUL between."""
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def _sealed(environ: Mapping[str, str], name: str) -> Sealed | None:
    return seal(environ[name]) if environ.get(name) else None


def _expiry(environ: Mapping[str, str]) -> tuple[datetime, str] | None:
    for name in EXPIRY_VARIABLES:
        try:
            if environ.get(name):
                return parse_timestamp(environ[name]), name
        except ValueError:
            continue
    return None
