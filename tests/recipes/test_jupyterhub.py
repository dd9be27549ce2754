"""docs/recipes/jupyterhub.md: the hub's file as the hub reads it, and the command that it starts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


@pytest.fixture
def spawner():
    return SimpleNamespace()


@pytest.fixture
def page(follow, owner, spawner):
    page = follow("jupyterhub")
    page.write()
    settings = compile(page.block("jupyterhub_config.py"), "jupyterhub_config.py", "exec")
    exec(settings, {"get_config": lambda: SimpleNamespace(Spawner=spawner)})
    return page


def test_what_the_hub_starts_keeps_its_kernels_in_credentials(page, spawner, survived):
    page.stand_in("jupyterhub-singleuser")
    survived(page.run([*spawner.cmd, "--port=8888"], **spawner.environment).communicate(timeout=60)[0])


def test_a_notebook_needs_to_know_of_nothing(page, spawner):
    notebook = page.run([*spawner.cmd[:-1], "python", "notebook.py"], **spawner.environment)
    assert notebook.wait() == 0, notebook.stderr.read()


def test_a_server_without_credentials_does_not_start(page, spawner):
    (page.home / ".aws" / "config").write_text("[profile notebooks]\nregion = eu-west-1\n")
    started = page.run(spawner.cmd, **spawner.environment)
    assert started.wait() in (2, 3)
    assert "unexpired: " in started.stderr.read()
