"""Ours: ``unexpired.Session``, with nothing set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3

NAME = DISTRIBUTION = "unexpired"


def session(*, due_after: float | None = None) -> boto3.Session:
    import unexpired

    policy = None if due_after is None else unexpired.RefreshPolicy(earliest=due_after, latest=due_after)
    return unexpired.Session(profile_name="job", policy=policy)


def compress(factor: float) -> None:
    """Nothing is fixed: when to renew is a fraction of whatever lifetime was granted."""
