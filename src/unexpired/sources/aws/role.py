"""A role and how to assume it: the parameters of AssumeRole that a profile or a caller can name.

STS API Reference, "AssumeRole": https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import getpass
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.mfa import MfaDevice

if TYPE_CHECKING:
    from unexpired.sources.aws.shared_config import Section

_log = logging.getLogger("unexpired")

# "DurationSeconds … the default is 3600"; a role that a role assumes gets no more, whatever is asked (IAM User Guide,
# "Role chaining": https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining).
DEFAULT_DURATION_SECONDS = 3600
CHAINED_DURATION_SECONDS = 3600

_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+")
_NOT_IN_SESSION_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)
_LONGEST_SESSION_NAME = 64


@dataclass(frozen=True, slots=True)
class Role:
    """What is asked of AssumeRole. Every field is part of the source's key.

    Attributes:
        arn: ``arn:aws:iam::123456789012:role/NAME``.
        session_name: None for one of ours, ``unexpired-USER``: what CloudTrail shows.
        external_id: what the role's owner wants to hear.
        duration_seconds: 900 to the role's ``MaxSessionDuration``; None for STS's hour.
        mfa_serial: the device whose code is asked for.
        policy: a session policy, JSON text.
        policy_arns: managed session policies.
        tags: session tags, as pairs.
        transitive_tag_keys: those that a chained role inherits.
        source_identity: who is behind it, for CloudTrail.
        profile: whose section names it; None where none does.
        mfa_process: the program that prints the device's code; None to ask a person.
    """

    arn: str
    session_name: str | None = None
    external_id: str | None = None
    duration_seconds: int | None = None
    mfa_serial: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    profile: str | None = field(default=None, compare=False)
    mfa_process: str | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not _ARN.fullmatch(self.arn):
            whose = f" of the profile {self.profile!r}" if self.profile else ""
            raise ConfigurationError(
                f"The role_arn{whose} is no role's ARN: {self.arn!r}",
                next_steps="give it in full: arn:aws:iam::123456789012:role/NAME",
                link="assume_role",
            )

    @property
    def device(self) -> MfaDevice | None:
        """The MFA device, if it takes one."""
        return None if self.mfa_serial is None else MfaDevice(self.mfa_serial, self.mfa_process)

    def parameters(self) -> dict[str, Any]:
        """The request, without the MFA code."""
        given = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name or default_session_name(),
            "ExternalId": self.external_id,
            "DurationSeconds": self.duration_seconds,
            "SerialNumber": self.mfa_serial,
            "Policy": self.policy,
            "PolicyArns": [{"arn": arn} for arn in self.policy_arns],
            "Tags": [{"Key": name, "Value": value} for name, value in self.tags],
            "TransitiveTagKeys": list(self.transitive_tag_keys),
            "SourceIdentity": self.source_identity,
        }
        return {name: value for name, value in given.items() if value}


def role_from_section(section: Section, profile: str | None) -> Role:
    """The role that a profile's section (or, where that is None, the environment) names.

    Raises:
        ConfigurationError: its ``role_arn`` is none.
    """
    return Role(
        section["role_arn"],
        session_name=section.get("role_session_name"),
        external_id=section.get("external_id"),
        duration_seconds=_duration(section.get("duration_seconds"), profile),
        mfa_serial=section.get("mfa_serial"),
        mfa_process=section.get("mfa_process"),
        profile=profile,
    )


def default_session_name() -> str:
    """``unexpired-USER``: stable, so that a user's processes share one session, and plain to CloudTrail's reader."""
    try:
        user = _NOT_IN_SESSION_NAMES.sub("", getpass.getuser())
    except (KeyError, OSError, ImportError):  # a container's user without a name
        user = ""
    return f"unexpired-{user}"[:_LONGEST_SESSION_NAME] if user else "unexpired"


def policy_text(policy: str | Mapping[str, Any] | None) -> str | None:
    """A session policy as JSON text."""
    return json.dumps(policy, sort_keys=True) if isinstance(policy, Mapping) else policy


def _duration(text: object, profile: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(str(text))
    except ValueError:
        # As botocore, which says nothing.
        _log.warning(
            "profile %r: duration_seconds is %r, which is no whole number: asking for the default instead",
            profile,
            text,
        )
        return None
