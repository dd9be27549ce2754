"""What ``unexpired.toml`` says, read and checked. What each key means stands in ``schema.py``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_DOORS = frozenset({"container", "socket"})
DEFAULT_REST_SECONDS = 3600.0
# STS counts AssumeRole per account and Region, 600 a second ("Quotas", IAM User Guide); a host takes a small part.
DEFAULT_STS_CALLS_PER_SECOND = 20.0
DEFAULT_RENEWALS_AT_ONCE = 8
DEFAULT_REQUESTS_PER_SECOND = 1000.0


@cache  # one set for ten thousand roles
def _own_uid() -> frozenset[int]:
    return frozenset({os.geteuid()}) if hasattr(os, "geteuid") else frozenset()


@dataclass(frozen=True, slots=True)
class RoleConfig:
    """One ``[roles.NAME]``: whose sessions are kept fresh, and where they are handed out.

    Attributes:
        name: part of the role's address; letters, digits, ``_ . -``.
        profile: of the shared AWS files; None where only ``role_arn`` is given.
        role_arn, source_profile, role_session_name, external_id, duration_seconds, serial_number, region, endpoint_url:
            AWS's words, as :func:`unexpired.sources.source_for` takes them (the last two as ``region_name`` and
            ``endpoint_url``).
        doors: names of doors: ``container``, ``socket``, ``imds``, ``file``.
        allow_uids: who may ask at the socket; the agent's own user when nobody is named. Empty on Windows.
        credentials_file: what the ``file`` door writes; None for the shared credentials file.
        file_profile: the section that it writes there; None for the role's name.
        imds_port: of the ``imds`` door on loopback; None lets the system choose one, which is kept.
        rest_after_seconds: after so long without a request the role rests until the next one.
        horizon_seconds: how long it should be able to renew from now on (``for``); warned of early when it cannot.
    """

    name: str
    profile: str | None = None
    role_arn: str | None = None
    source_profile: str | None = None
    role_session_name: str | None = None
    external_id: str | None = None
    duration_seconds: int | None = None
    serial_number: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    doors: frozenset[str] = DEFAULT_DOORS
    allow_uids: frozenset[int] = field(default_factory=_own_uid)
    credentials_file: Path | None = None
    file_profile: str | None = None
    imds_port: int | None = None
    rest_after_seconds: float = DEFAULT_REST_SECONDS
    horizon_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """``[notify]``: how a person hears that only a person can continue.

    Attributes:
        desktop: by the desktop's own notices, where there is one.
        webhook: an address that a notice is posted to; a secret, since services put a token into it.
    """

    desktop: bool = True
    webhook: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """The whole file.

    Attributes:
        path: of the file.
        roles: by name, in the file's order.
        port: of the container door on loopback; None lets the system choose one, which is kept across restarts.
        socket: the unix socket; None for the platform's place.
        state: the private folder; None for the platform's place.
        most_sts_calls_per_second: of all roles together.
        most_renewals_at_once: sessions fetched at the same time.
        requests_per_second: what one client may ask before it is told to slow down.
        start_on_demand: ``exec``, ``credential-process`` and ``Session`` may start an agent.
        notify: see :class:`Notify`.
    """

    path: Path
    roles: Mapping[str, RoleConfig]
    port: int | None = None
    socket: Path | None = None
    state: Path | None = None
    most_sts_calls_per_second: float = DEFAULT_STS_CALLS_PER_SECOND
    most_renewals_at_once: int = DEFAULT_RENEWALS_AT_ONCE
    requests_per_second: float = DEFAULT_REQUESTS_PER_SECOND
    start_on_demand: bool = False
    notify: Notify = field(default_factory=Notify)
