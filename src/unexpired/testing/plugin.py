"""The pytest plugin: a sandbox for each test that asks for one.

It is loaded in every pytest run of an environment that has ``unexpired``, so it imports nothing before a test asks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unexpired.sandbox.sandbox import Sandbox


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "sandbox(lifetime=None, speed=1, ...): the arguments of the Sandbox that this test's fixture starts"
    )


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running, empty sandbox. ``@pytest.mark.sandbox(lifetime=4)`` sets it; a new one costs some 20 ms."""
    from unexpired.testing import Sandbox

    marker = request.node.get_closest_marker("sandbox")
    with Sandbox(**(marker.kwargs if marker else {})) as running:
        yield running


@pytest.fixture
def sandbox_profile(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, with this process's AWS settings pointing at it: ``boto3.Session()`` assumes the role ``job``.

    Every ``AWS_`` variable of the surroundings is taken out for the length of the test.
    """
    profiles = sandbox.write_profiles(tmp_path / "aws")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in profiles.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_PROFILE", profiles.names[-1])
    return sandbox
