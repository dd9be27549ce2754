"""A program sends the same bytes each time, and need not be judged each time; but what was decided may have changed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.agent.conftest import with_role

SEND = """
import os, socket, sys
os.setuid(65534)
with socket.socket() as connection:
    connection.connect(("127.0.0.1", int(sys.argv[1])))
    connection.sendall(sys.stdin.buffer.read())
    print(connection.recv(65536).split()[1].decode())
"""


class Program:
    """One that keeps its connection, and always sends the same."""

    def __init__(self, agent, token: str | None = None) -> None:
        self.port = agent.port
        self.bytes = (
            f"GET /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: {token or agent.token()}\r\n\r\n"
        ).encode()
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, times: int = 1) -> list[int]:
        statuses = []
        for _ in range(times):
            self.connection.sendall(self.bytes)
            statuses.append(int(self.connection.recv(65_536).split()[1]))
        return statuses


@pytest.fixture
def program(agent):
    program = Program(agent)
    yield program
    program.connection.close()


def test_every_request_is_answered_and_counted(agent, program):
    assert program.ask(5) == [200] * 5
    assert agent.status()["requests"] == 5


def test_a_role_that_is_served_no_more_is_not_given_to_those_who_had_it(agent, program, config):
    program.ask(2)
    agent.do(agent.agent.reload(with_role(config, "etl", doors=frozenset({"socket"}))))
    assert program.ask() == [404]


def test_a_new_token_makes_the_old_one_void_at_once(agent, program, config):
    program.ask(2)
    agent.call(agent.agent.state.renew_token, "etl")
    agent.do(agent.agent.reload(config))
    assert program.ask(2) == [403, 403]


def test_who_may_ask_is_changed_at_once(agent, program, config):
    program.ask(2)
    agent.do(agent.agent.reload(with_role(config, "etl", allow_uids=frozenset({os.geteuid() + 1}))))
    assert program.ask(2) == ([403, 403] if sys.platform.startswith("linux") else [200, 200])


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root can be two users")
def test_another_user_with_the_same_bytes_is_another_matter(agent, program):
    assert program.ask(2) == [200, 200]
    done = subprocess.run(
        [sys.executable, "-c", SEND, str(program.port)], input=program.bytes, capture_output=True, check=False
    )
    assert done.stdout == b"403\n", done.stderr
    assert program.ask() == [200]


def test_how_often_one_may_ask_holds_for_the_same_bytes_too(start, config):
    agent = start(replace(config, requests_per_second=1.0))
    statuses = Program(agent).ask(100)
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_what_is_refused_is_forgotten(agent, program):
    stranger = Program(agent, token="x" * 43)
    assert stranger.ask() == [403]
    assert agent.agent.connections.remembered(stranger.bytes) is None
    program.ask()
    assert agent.agent.connections.remembered(program.bytes) is not None


def test_a_request_in_two_pieces_is_whole_when_both_are_there(agent, program):
    program.ask()
    program.connection.sendall(program.bytes[:40])
    program.connection.sendall(program.bytes[40:] + program.bytes)
    received = b""
    while received.count(b"canary-token") < 2:
        received += program.connection.recv(65_536)
    assert received.count(b"HTTP/1.1 200 OK") == 2
