"""What holds for every test: a machine without AWS, so that nobody's own session is ever read, renewed or used."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from unexpired.testing import plugin

# How long an example takes says something about the machine's other work, not about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """The project's own pytest plugin, also where the package is on the path but not installed."""
    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, "unexpired")


@pytest.fixture(scope="session", autouse=True)
def _a_machine_without_aws(tmp_path_factory):
    """No `AWS_*` variables, an empty home (with it no ~/.aws and no caches), no metadata service to be asked."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, home)
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path_factory, monkeypatch):
    """No test finds what another left in the caches below ~/.aws, which are keyed by role and not by sandbox."""
    home = str(tmp_path_factory.mktemp("home"))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, home)
