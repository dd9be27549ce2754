"""The instance metadata service: asked through botocore, and asked once more, plainly, when nothing came of it.

botocore answers every failure alike, with nothing. For a person it makes a difference whether there is no service,
whether it wants a token that never comes (a container one hop too far), or whether the instance has no role.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, masked, parse_timestamp, timestamp
from unexpired.sources.aws.botocore_needed import too_old
from unexpired.sources.aws.provided import botocore_session

if TYPE_CHECKING:
    from unexpired.sources.aws.lookup import Lookup

# botocore's fetcher moves the end of whatever has less than this (and two to ten minutes) left to a quarter of an hour
# from now, whether or not there is an outage. Never: the true end is ours to judge, see ``instance.py``.
_NEVER_MOVE_THE_END_SECONDS = -(10**9)
_PROBE_SECONDS = 1
# SDKs and Tools Reference Guide, "IMDS credential provider": the SDKs extend by five to ten minutes at a time.
_LOOK_AGAIN = timedelta(minutes=10)
_V1_DISABLED = "ec2_metadata_v1_disabled"
_ROLE_PATH = "latest/meta-data/iam/security-credentials/"


_log = logging.getLogger("unexpired")


class Silence(Enum):
    """Why the metadata service gave nothing."""

    ABSENT = "nothing answers there"
    UNANSWERED = (
        "it wants a session token (IMDSv2), and its answer to the request for one never came: from a container, the "
        "response may go one hop only"
    )
    SWITCHED_OFF = "access to it is switched off for this instance"
    NO_ROLE = "the instance has no role attached"
    ROLE_UNUSABLE = "the instance's role gives no session"
    UNCLEAR = "it answers, but not with credentials"


def from_metadata_service(lookup: Lookup) -> Credentials | None:
    """What the service hands out now, with its true end; None when it gave nothing.

    Raises:
        ConfigurationError: version 1 of the service is forbidden, and this botocore would use it all the same.
        Exception: whatever botocore raises for an address that is none.
    """
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
    from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

    variable = f"AWS_{_V1_DISABLED.upper()}"
    forbidden = lookup.environ.get(variable) or str(lookup.settings.get(_V1_DISABLED, ""))
    if forbidden.lower() == "true" and _V1_DISABLED not in BOTOCORE_DEFAUT_SESSION_VARIABLES:
        raise too_old(variable, since="1.33", link="instance")
    session = botocore_session(lookup)
    fetcher = InstanceMetadataFetcher(
        timeout=session.get_config_variable("metadata_service_timeout"),
        num_attempts=session.get_config_variable("metadata_service_num_attempts"),
        user_agent=session.user_agent(),
        config={
            "ec2_metadata_service_endpoint": session.get_config_variable("ec2_metadata_service_endpoint"),
            "ec2_metadata_service_endpoint_mode": resolve_imds_endpoint_mode(session),
            "ec2_credential_refresh_window": _NEVER_MOVE_THE_END_SECONDS,
            "ec2_metadata_v1_disabled": session.get_config_variable("ec2_metadata_v1_disabled"),
        },
    )
    answer = fetcher.retrieve_iam_role_credentials()
    if not answer:
        return None
    return Credentials(
        answer["access_key"],
        answer["secret_key"],
        answer["token"],
        parse_timestamp(answer["expiry_time"]),
        source="instance",
    )


def why_silent(address: str) -> Silence:
    """Ask without a token, for at most a second, and see how the service refuses."""
    status, text = _get(f"{address.rstrip('/')}/{_ROLE_PATH}")
    if status is None:
        return Silence.ABSENT
    by_status = {401: Silence.UNANSWERED, 403: Silence.SWITCHED_OFF, 404: Silence.NO_ROLE}
    if status in by_status:
        return by_status[status]
    _, text = _get(f"{address.rstrip('/')}/{_ROLE_PATH}{text.split()[0] if text.split() else ''}")
    try:
        answer = json.loads(text)
    except ValueError:
        return Silence.UNCLEAR
    return Silence.ROLE_UNUSABLE if isinstance(answer, dict) and answer.get("Code") != "Success" else Silence.UNCLEAR


def extended(credentials: Credentials, now: datetime) -> Credentials:
    """A session past its end that AWS's own endpoint goes on serving, marked as such and said in the log.

    Whoever makes the endpoint's sessions is in an outage; AWS's services then go on accepting the old ones ("static
    stability"), so they are asked rather than nobody.
    """
    until = now + _LOOK_AGAIN
    _log.warning(
        "%s: %s ended at %s, and its endpoint goes on serving it: AWS has an outage there. It is served on, marked as "
        "extended, and the services decide",
        credentials.source,
        masked(credentials.access_key_id),
        timestamp(credentials.expires_at or now),
    )
    return replace(credentials, expires_at=until, extended=True)


def _get(url: str) -> tuple[int | None, str]:
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session

    try:
        answer: Any = URLLib3Session(timeout=_PROBE_SECONDS).send(AWSRequest(method="GET", url=url).prepare())
        return int(answer.status_code), str(answer.text)
    except (BotoCoreError, OSError, ValueError):
        return None, ""
