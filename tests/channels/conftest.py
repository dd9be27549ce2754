"""A source that needs no network, for the channels: what they pass on is the engine's business."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from unexpired.engine.credentials import Credentials
from unexpired.engine.refresher import Refresher


@dataclass
class CountingSource:
    """Each fetch is a new session, named after its number."""

    lifetime_seconds: float = 3600.0
    error: Exception | None = None
    fetched: int = 0
    name: str = "callback"
    key: str = "00"
    shareable: bool = False
    sessions: list[Credentials] = field(default_factory=list)

    def fetch(self, prompter=None):
        if self.error is not None:
            raise self.error
        self.fetched += 1
        end = datetime.now(timezone.utc) + timedelta(seconds=self.lifetime_seconds)
        session = Credentials(f"ASIAEXAMPLE{self.fetched:05d}", "canary-secret", "canary-token", end)
        self.sessions.append(session)
        return session


@pytest.fixture
def source():
    return CountingSource()


@pytest.fixture
def refresher(source):
    made = Refresher(source)
    yield made
    made.close()
