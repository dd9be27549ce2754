"""Every client at every door of the agent that it knows, past the ends of sessions that live a few seconds.

So short a session is always inside every client's own window, so most ask before each request: the hardest case for the
door. What they do with longer ones is in test_windows.py.
"""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=4)]

SESSIONS = 3


def test_a_client_survives_at_the_door(client, door, start, agent, witness, wait_for):
    running = start(client, agent.environment(door))
    wait_for(lambda: witness().sessions >= SESSIONS)
    assert running.failures(stop=True) == []
    assert witness().refused == 0


def test_a_program_that_reads_a_file_once_dies_with_what_it_has_read(reads_once, start, agent, witness, wait_for):
    """Why a file is the last door to choose: whatever renews it, most SDKs read it at their start and never again."""
    running = start(reads_once, agent.environment("file"))
    wait_for(lambda: witness().refused > 1)
    assert "ExpiredToken" in " ".join(running.failures(stop=True))
    assert witness().sessions == 1
