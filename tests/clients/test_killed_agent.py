"""An agent that is killed and started again while clients run: none of them notices more than a retry.

Every client comes through the container door, by the token file, which all of them know.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import pytest
from tests.agent.service_manager import Manager

pytestmark = pytest.mark.clients


@pytest.fixture
def replace(agent):
    """``replace()`` kills the agent, as the system does when memory runs out, and starts another."""

    def once():
        before = agent.status()["pid"]
        agent.kill()
        assert agent.start()["pid"] != before

    return once


@pytest.mark.sandbox(lifetime=4)
def test_a_client_inside_its_window_notices_nothing_but_a_retry(client, start, agent, replace, witness, wait_for):
    """Sessions of a few seconds: every client asks before every request, so some ask while nobody listens."""
    running = start(client, agent.environment("token-file"))
    for sessions in (1, 2):
        wait_for(lambda wanted=sessions: witness().sessions >= wanted)
        replace()
    wait_for(lambda: witness().sessions >= 4)
    failures = running.failures(stop=True)
    if client.name == "java":  # it asks without a retry of its own, and tells its caller: his is the next request
        of_that = "Failed to load credentials from metadata service", "NoSuchKeyException"  # what it could not write
        failures = [line for line in failures if not any(words in line for words in of_that)]
    assert failures == []
    assert witness().refused == 0
    assert running.lines[-1].startswith("ok ")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd's")
@pytest.mark.sandbox(lifetime=4)
def test_under_a_service_manager_a_client_does_not_even_notice_that(
    client, start, agent, replace, witness, wait_for, tmp_path
):
    """Its sockets stay open: who asks while no agent runs waits for the next one."""
    agent.kill()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Manager(Path(folder))) as agent.manager:
        agent.start()
        running = start(client, agent.environment("token-file"))
        for sessions in (1, 2):
            wait_for(lambda wanted=sessions: witness().sessions >= wanted)
            replace()
        wait_for(lambda: witness().sessions >= 4)
        assert running.failures(stop=True) == []
        assert witness().refused == 0
        agent.kill()


@pytest.mark.toolchain
def test_a_client_with_an_hour_in_hand_notices_nothing(client, start, agent, replace, witness, wait_for):
    running = start(client, agent.environment("token-file"))
    for requests in (4, 8):
        wait_for(lambda wanted=requests: witness().requests >= wanted)
        replace()
    wait_for(lambda: witness().requests >= 12)
    assert running.failures(stop=True) == []
    assert witness().refused == 0
