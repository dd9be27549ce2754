"""The object of `agent status --json`: a contract, held word for word."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from unexpired.agent.config import RoleConfig
from unexpired.agent.views.status import NotRunning, ask, status
from unexpired.engine.errors import ConfigurationError, SourceUnavailable
from unexpired.engine.horizon import Horizon


def test_the_object_is_as_the_contract_has_it(agent, folder):
    agent.container(User_Agent="Boto3/1.44 md/Botocore")
    agent.unix("GET", "/credentials/etl")
    agent.container(Authorization="guess")
    agent.agent.roles.get("etl").horizon = Horizon(None)
    found = agent.status(None)
    etl = found["roles"]["etl"]
    port, imds_port = agent.port, int(etl["imds"]["endpoint"].rsplit(":", 1)[1])
    next_renewal = etl.pop("next_renewal")
    assert "2026-11-21T12:36:00Z" <= next_renewal <= "2026-11-21T12:42:00Z"
    assert found == {
        "version": 1,
        "pid": os.getpid(),
        "socket": f"{folder}/state/agent.sock",
        "started_at": "2026-11-21T12:00:00Z",
        "config": {"path": f"{folder}/unexpired.toml", "error": None},
        "complaints": [],
        "connections": 1,
        "roles": {
            "etl": {
                "container": {
                    "uri": f"http://127.0.0.1:{port}/credentials/etl",
                    "token_file": f"{folder}/state/tokens/etl",
                },
                "imds": {"endpoint": f"http://127.0.0.1:{imds_port}"},
                "doors": {"socket": {"path": f"{folder}/state/agent.sock"}},
                "state": "serving",
                "source": "callback",
                "access_key_id": "ASIA…0001",
                "expires_at": "2026-11-21T13:00:00Z",
                "renewals": 1,
                "failures": 0,
                "last_error": None,
                "horizon": {"until": None, "limited_by": None, "links": []},
                "clients": 2,
                "requests": 2,
                "refused": 1,
            }
        },
    }


def test_an_error_is_told_with_its_reason_its_cure_and_its_cause(start, issuer):
    issuer.error = SourceUnavailable("STS cannot be reached", why="no route to host", next_steps="check the network")
    agent = start()
    agent.container()
    etl = agent.status()
    assert etl["state"] == "failed"
    assert etl["expires_at"] is None
    assert etl["last_error"] == {
        "what": "STS cannot be reached",
        "why": "no route to host",
        "next": ["check the network"],
        "cause": "sts-unreachable",
    }


def test_a_role_at_no_door_but_the_socket_has_no_address(start, config):
    role = RoleConfig("etl", profile="etl", doors=frozenset({"socket"}))
    agent = start(replace(config, roles={"etl": role}))
    etl = agent.status()
    assert (etl["container"], etl["imds"]) == (None, None)


def test_a_client_asks_over_the_socket(agent):
    assert status(agent.agent.socket)["version"] == 1
    code, answer = ask(agent.agent.socket, "GET", "/nowhere")
    assert (code, answer["code"]) == (404, "NotFound")


def test_a_client_is_told_when_nobody_answers(folder):
    with pytest.raises(NotRunning, match="No agent answers at"):
        status(folder / "agent.sock")


def test_what_answers_but_is_no_agent_is_no_agent(folder):
    import socket
    import threading

    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "agent.sock"))
        other.listen()

        def answer():
            client, _ = other.accept()
            client.recv(1000)
            client.sendall(b"220 mail.example ESMTP\r\n")
            client.close()

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(NotRunning, match="what came back is no answer of ours"):
            status(folder / "agent.sock")
        answering.join(10)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="giving a file away takes root")
def test_a_socket_of_another_user_is_not_asked(agent):
    os.chown(agent.agent.socket, 65534, 65534)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        status(agent.agent.socket)


def test_the_status_of_thousands_of_roles_holds_no_client_up(start, config):
    roles = {f"role-{number}": RoleConfig(f"role-{number}", profile="p") for number in range(2000)}
    agent = start(replace(config, roles=roles))
    assert len(json.loads(agent.unix("GET", "/status").body)["roles"]) == 2000
