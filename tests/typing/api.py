"""Never run: the public API as a user would write it, for the type checkers (``mypy --strict``)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import boto3
import botocore.session

import unexpired


def from_a_broker() -> unexpired.Credentials:
    """A source, as a function."""
    return unexpired.Credentials("ASIA…", "…", "…", expires_at=datetime.now(timezone.utc))


def as_sts_answers() -> dict[str, Any]:
    """A source, as a function that passes an STS answer on."""
    return {"Credentials": {}}


def heard(details: unexpired.RenewalDetails) -> None:
    """A hook."""
    seen: tuple[str, str, float | None] = (details.kind, details.source, details.remaining_seconds)
    del seen


class Broker:
    """A source, as a class."""

    name = "broker"
    key = "4f5e"
    shareable = False

    def fetch(self, prompter: Any = None) -> unexpired.Credentials:
        """One of the broker's sessions."""
        return from_a_broker()


source: unexpired.Source = Broker()
session = unexpired.Session(profile_name="etl", region_name="eu-west-1", hooks=(heard,))
boto: boto3.Session = session
status: unexpired.RefresherStatus = session.status()
until: datetime | None = status.expires_at
renewed: unexpired.Credentials = session.refresher.renew()

unexpired.Session(
    role_arn="arn:aws:iam::123456789012:role/etl",
    source_profile="base",
    tags={"team": "etl"},
    session_policy={"Version": "2012-10-17"},
    store="memory",
    policy=unexpired.RefreshPolicy(earliest=0.5, latest=0.6),
)
unexpired.Session(source=from_a_broker)
unexpired.Session(source=as_sts_answers)
unexpired.Session(source=source)
unexpired.Session(source=session.refresher)

attached: boto3.Session = unexpired.attach(boto3.Session())
same: unexpired.Session = unexpired.attach(session)
inner: botocore.session.Session = unexpired.attach(botocore.session.Session(), source=from_a_broker)
default: boto3.Session = unexpired.attach()

try:
    session.client("s3")
except unexpired.RenewalError as error:
    cause: str | None = error.cause
    steps: tuple[str, ...] = error.next_steps
