"""Every key of ``unexpired.toml``: where it stands, what it takes, and what it means.

The reference in ``docs/agent.md`` is made of this (``python -m unexpired.agent.config docs/agent.md``). A new key is
one row here and a field of the same section's class in ``settings.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unexpired.agent.config import kinds, settings

if TYPE_CHECKING:
    from unexpired.agent.config.kinds import Kind

Section = Literal["agent", "notify", "roles"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        name: as it is written.
        kind: what it takes.
        default: for the reference: what holds without it.
        meaning: for the reference.
        field: of the section's class; the name itself when empty.
    """

    name: str
    kind: Kind
    default: str
    meaning: str
    field: str = ""


_AWS = "as the AWS files and `exec` have it"

KEYS: dict[Section, tuple[Key, ...]] = {
    "agent": (
        Key("port", kinds.PORT, "chosen once, then kept", "the container door's port on 127.0.0.1"),
        Key("socket", kinds.PATH, "the user's runtime folder", "the unix socket; its folder must be the user's own"),
        Key("state", kinds.PATH, "the user's state folder", "lock, ports and tokens, kept across restarts; 0700"),
        Key(
            "most_sts_calls_per_second",
            kinds.number(0.1, 600, whole=False),
            f"{settings.DEFAULT_STS_CALLS_PER_SECOND:g}",
            "of all roles together; STS throttles an account at about 600",
        ),
        Key(
            "most_renewals_at_once",
            kinds.number(1, 64, whole=True),
            f"{settings.DEFAULT_RENEWALS_AT_ONCE}",
            "sessions fetched at the same time",
        ),
        Key(
            "requests_per_second",
            kinds.number(1, 1_000_000, whole=False),
            f"{settings.DEFAULT_REQUESTS_PER_SECOND:g}",
            "what one client may ask before it is told to slow down",
        ),
        Key(
            "start_on_demand",
            kinds.SWITCH,
            "`false`",
            "`exec`, `credential-process` and `Session` start an agent when none runs",
        ),
    ),
    "notify": (
        Key("desktop", kinds.SWITCH, "`true`", "a desktop notice when a person has to sign in"),
        Key("webhook", kinds.WEBHOOK, "none", "that notice as JSON, posted to https, or to http on this machine"),
    ),
    "roles": (
        Key("profile", kinds.TEXT, "none", "the profile whose sessions these are; this or `role_arn` has to be there"),
        Key("role_arn", kinds.ROLE_ARN, "none", "the role to assume, which no profile has to name"),
        Key("source_profile", kinds.TEXT, "none", "the profile that assumes `role_arn`"),
        Key("role_session_name", kinds.SESSION_NAME, "`unexpired-USER`", "what CloudTrail shows of its sessions"),
        Key("external_id", kinds.EXTERNAL_ID, "none", "what the role's owner wants to hear"),
        Key("duration_seconds", kinds.DURATION_SECONDS, "an hour", "how long each session lasts"),
        Key("serial_number", kinds.TEXT, "none", f"the MFA device, {_AWS}; nobody is asked for its code in here"),
        Key("region", kinds.TEXT, "the profile's", "the Region of the STS that is asked, and of the `imds` door"),
        Key("endpoint_url", kinds.ENDPOINT, "the profile's", "of the STS that is asked"),
        Key(
            "doors",
            kinds.DOOR_LIST,
            '`["container", "socket"]`',
            "where it is handed out: " + ", ".join(f"`{door}`" for door in kinds.DOORS),
        ),
        Key("allow_uids", kinds.UID_LIST, "the agent's own", "who may ask; it replaces the default"),
        Key("credentials_file", kinds.PATH, "the shared one", "the file that the `file` door writes a section of"),
        Key("file_profile", kinds.TEXT, "the role's name", "the section that the `file` door writes"),
        Key("imds_port", kinds.PORT, "chosen once, then kept", "the `imds` door's port on 127.0.0.1"),
        Key(
            "rest_after",
            kinds.DURATION,
            "`1h`",
            "so long without a request, and nothing is renewed until the next; never with the `file` door",
            field="rest_after_seconds",
        ),
        Key(
            "for",
            kinds.DURATION,
            "none",
            "how long it should be able to renew: a notice is sent as soon as it cannot",
            field="horizon_seconds",
        ),
    ),
}

TITLES: dict[Section, str] = {"agent": "[agent]", "notify": "[notify]", "roles": "[roles.NAME]"}


def home_of(key: str) -> str:
    """The title of the section that a key belongs to, or ``""``."""
    return next((TITLES[section] for section, keys in KEYS.items() if key in {known.name for known in keys}), "")
