"""An agent that is killed and started again while clients run: none of them notices more than a retry.

Every client comes through the container door, by the token file, which all of them know.
"""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=4)]


def test_a_client_notices_nothing_but_a_retry(client, start, agent, witness, wait_for):
    running = start(client, agent.environment("token-file"), seconds=9)
    for requests in (6, 16) if client.name != "cli" else (2, 6):
        wait_for(lambda wanted=requests: witness().requests >= wanted)
        before = agent.status()["pid"]
        agent.kill()
        assert agent.start()["pid"] != before
    assert running.failures() == []
    seen = witness()
    assert seen.refused == 0
    assert seen.sessions >= 3
