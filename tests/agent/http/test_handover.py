"""Ports that a service manager holds while no agent runs: a small one here, of systemd's protocol, and its own tool."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from tests.agent.service_manager import Manager

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd's")


@pytest.fixture
def manager(folder):
    with contextlib.closing(Manager(folder)) as manager:
        yield manager


@pytest.fixture
def started(shell, manager):
    """``started()`` starts an agent as the manager does, and waits until it serves."""

    def start():
        shell.running.append(manager.started(shell.command("run"), shell.environment))
        manager.listen("READY=1")
        return shell.running[-1]

    return start


def asked(container):
    """The status with which a client is answered who asks once."""
    bearer = {"Authorization": Path(container["token_file"]).read_text()}
    return urllib.request.urlopen(urllib.request.Request(container["uri"], headers=bearer), timeout=30).status


def test_who_asks_while_no_agent_runs_is_answered_by_the_next(shell, manager, started):
    agent = started()
    container = shell.status()["roles"]["etl"]["container"]
    assert list(manager.kept) == ["container"]
    agent.kill()
    agent.wait(20)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(asked(container)))
    waiting.start()
    started()
    waiting.join(30)
    assert answers == [200]
    assert asked(shell.status()["roles"]["etl"]["container"]) == 200
    assert list(manager.kept) == ["container"]


def test_a_door_that_is_no_longer_served_is_given_back(shell, manager, started):
    with_imds = '[roles.etl]\nprofile = "etl"\ndoors = ["container", "imds"]\n'
    without = with_imds.replace(', "imds"', "")
    shell.file.write_text(with_imds)
    agent = started()
    assert sorted(manager.kept) == ["container", "imds/etl"]
    shell.file.write_text(without)
    agent.send_signal(signal.SIGHUP)
    manager.listen("RELOADING=1")
    manager.listen("READY=1")
    assert sorted(manager.kept) == ["container"]


def test_what_was_kept_for_a_role_that_has_gone_since_is_given_back(shell, manager, started):
    shell.file.write_text('[roles.etl]\nprofile = "etl"\ndoors = ["container", "imds"]\n')
    agent = started()
    agent.kill()
    agent.wait(20)
    shell.file.write_text('[roles.etl]\nprofile = "etl"\n')
    started()
    assert sorted(manager.kept) == ["container"]


def test_another_port_than_the_configured_one_is_given_back(shell, manager, started):
    agent = started()
    before = shell.status()["roles"]["etl"]["container"]["uri"]
    agent.kill()
    agent.wait(20)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell.file.write_text(f'[agent]\nport = {port}\n[roles.etl]\nprofile = "etl"\n')
    started()
    container = shell.status()["roles"]["etl"]["container"]
    assert container["uri"] != before
    assert f":{port}/" in container["uri"]
    assert asked(container) == 200
    assert list(manager.kept) == ["container"]


def test_what_was_passed_on_for_somebody_else_is_not_touched(shell, manager, started, tmp_path):
    """A file, a unix socket, and a port of a name that no door has."""
    with (tmp_path / "file").open("wb") as file, socket.socket(socket.AF_UNIX) as local:
        manager.kept = {"file": os.dup(file.fileno()), "local": os.dup(local.fileno())}
        started()
        assert shell.credentials()["AccessKeyId"].startswith("ASIA")
        assert {"file", "local"} < set(manager.kept)


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="needs systemd's own tool")
def test_a_port_that_systemd_opens_is_taken(shell, folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell.file.write_text(f'[agent]\nport = {port}\n[roles.etl]\nprofile = "etl"\n')
    settings = [f"--setenv={name}={value}" for name, value in shell.environment.items()]
    activated = subprocess.Popen(
        [
            "systemd-socket-activate",
            f"--listen=127.0.0.1:{port}",
            "--fdname=container",
            *settings,
            *shell.command("run"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    shell.running.append(activated)
    while "Listening on" not in activated.stderr.readline():
        assert activated.poll() is None
    # The first to ask starts it.
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/credentials/etl", timeout=30)
    container = shell.status()["roles"]["etl"]["container"]
    assert f":{port}/" in container["uri"]
    assert asked(container) == 200
