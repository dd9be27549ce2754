"""Every client under `unexpired exec`, at the container door, past the ends of sessions that live a few seconds.

boto3 and the AWS CLI under it are in the default run as well, with more in their way: tests/cli/test_exec_clients.py.
"""

from __future__ import annotations

import sys

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.toolchain, pytest.mark.sandbox(lifetime=4)]

EXEC = (sys.executable, "-m", "unexpired", "exec", "--profile", "etl", "--")


def test_a_client_survives_under_exec(client, start, environment, witness, wait_for):
    running = start(client, environment, before=EXEC)
    wait_for(lambda: witness().sessions >= 3)
    assert running.failures(stop=True) == []
    assert witness().refused == 0
