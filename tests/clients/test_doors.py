"""Every client at every door of the agent that it knows, past the ends of sessions that live a few seconds.

So short a session is always inside every client's own window, so most ask before each request: the hardest case for the
door. What they do with longer ones is in test_windows.py.
"""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=4)]


def test_a_client_survives_at_the_door(client, door, start, agent, witness):
    assert start(client, agent.environment(door)).failures() == []
    seen = witness()
    assert seen.refused == 0
    assert seen.sessions >= 3
    assert seen.requests >= seen.sessions


def test_a_program_that_reads_a_file_once_dies_with_what_it_has_read(reads_once, start, agent, witness):
    """Why a file is the last door to choose: whatever renews it, most SDKs read it at their start and never again."""
    assert "ExpiredToken" in " ".join(start(reads_once, agent.environment("file"), seconds=6).failures())
    seen = witness()
    assert seen.refused > 0
    assert seen.sessions == 1
