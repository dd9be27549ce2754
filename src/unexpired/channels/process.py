"""The answer of a ``credential_process``: one JSON object, for any SDK that runs a program for credentials.

SDKs and Tools Reference Guide, "Process credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import timestamp
from unexpired.engine.policy import RefreshPolicy

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials

# botocore runs the program again before every request once less than 15 minutes are left; a minute more, so that what
# it is given never is that short where the session's length allows.
PROCESS_POLICY = RefreshPolicy(reserve_seconds=16 * 60.0)


def process_answer(credentials: Credentials) -> dict[str, Any]:
    """The object to print.

    ``Expiration`` is there whenever an end is known: without it, an SDK takes the keys for long-term ones and never
    asks again. ``AccountId`` is there when it is known.
    """
    answer: dict[str, Any] = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
    }
    if credentials.session_token:
        answer["SessionToken"] = credentials.session_token
    if credentials.expires_at is not None:
        answer["Expiration"] = timestamp(credentials.expires_at)
    if credentials.account_id:
        answer["AccountId"] = credentials.account_id
    return answer
