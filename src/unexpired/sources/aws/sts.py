"""Calls to STS, and the session in what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, parse_timestamp
from unexpired.sources.aws.provided import botocore_session
from unexpired.sources.aws.signing import timed_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sources.aws.lookup import Lookup

_ARN_ACCOUNT_FIELD = 4


def sts_call(
    operation: str, parameters: Mapping[str, Any], lookup: Lookup, *, signed_with: Credentials | None, kind: str
) -> Credentials:
    """One call to STS, with the lookup's Region, endpoint, proxy, certificates and retries, and STS's own time.

    Args:
        operation: botocore's name for it (``assume_role``).
        parameters: as the API has them.
        lookup: whose settings.
        signed_with: None for the operations that take a token instead of a signature.
        kind: the source's name; stands on the credentials.

    Raises:
        Exception: whatever botocore raises; see ``failures.py``.
    """
    from botocore import UNSIGNED
    from botocore.config import Config

    identity: dict[str, Any] = (
        {"config": Config(signature_version=UNSIGNED)}
        if signed_with is None
        else {
            "aws_access_key_id": signed_with.access_key_id,
            "aws_secret_access_key": signed_with.secret_access_key,
            "aws_session_token": signed_with.session_token,
        }
    )
    client = botocore_session(lookup).create_client("sts", endpoint_url=lookup.endpoint_url, **identity)
    try:
        answer = timed_call(client, operation, parameters, signed_with)
    finally:
        client.close()
    return _session(answer, kind)


def _session(answer: Mapping[str, Any], kind: str) -> Credentials:
    issued = answer["Credentials"]
    arn = str((answer.get("AssumedRoleUser") or {}).get("Arn", "")).split(":")
    return Credentials(
        issued["AccessKeyId"],
        issued["SecretAccessKey"],
        issued["SessionToken"],
        parse_timestamp(issued["Expiration"]),
        account_id=arn[_ARN_ACCOUNT_FIELD] if len(arn) > _ARN_ACCOUNT_FIELD else None,
        source=kind,
    )
