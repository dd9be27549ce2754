"""``unexpired credential-process`` beside a running agent, where both mean the same by a profile's name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.agent.conftest import with_role

import unexpired_start
from unexpired.agent.state import socket_path

COMMAND = [sys.executable, "-m", "unexpired", "credential-process", "--profile"]


def credential_process(agent, profile, **variables) -> subprocess.CompletedProcess:
    environ = {**os.environ, "UNEXPIRED_AGENT_SOCKET": str(agent.agent.socket), **variables}
    return subprocess.run([*COMMAND, profile], env=environ, capture_output=True, check=False, text=True, timeout=60)


def test_the_agents_session_is_printed_without_a_word_to_the_issuer(agent, issuer):
    agent.container()
    done = credential_process(agent, "etl")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE00001",
        "SecretAccessKey": "canary-secret",
        "SessionToken": "canary-token",
        "Expiration": "2026-11-21T13:00:00Z",
    }
    assert issuer.calls == 1


def test_a_role_goes_by_the_name_of_its_profile_and_not_by_its_own(start, config):
    agent = start(with_role(config, "nightly", profile="batch"))
    assert credential_process(agent, "batch").returncode == 0
    assert credential_process(agent, "nightly").returncode == 2


def test_another_config_file_may_mean_another_role_by_the_name(agent, tmp_path):
    (tmp_path / "config").write_text("")
    done = credential_process(agent, "etl", AWS_CONFIG_FILE=str(tmp_path / "config"))
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "change",
    [
        {"role_arn": "arn:aws:iam::123456789012:role/Other"},
        {"role_session_name": "else"},
        {"external_id": "else"},
        {"serial_number": "arn:aws:iam::123456789012:mfa/ann"},
        {"endpoint_url": "http://127.0.0.1:1"},
        {"doors": frozenset({"container"})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_role_that_is_more_than_its_profile_is_not_the_profile(start, config, change):
    agent = start(with_role(config, "etl", **change))
    assert agent.unix("GET", unexpired_start.target("etl")).status == 404


def test_of_two_roles_with_one_profile_the_first_is_it(start, config):
    agent = start(with_role(config, "etl-short", profile="etl", duration_seconds=900))
    agent.unix("GET", unexpired_start.target("etl"))
    assert [agent.status(role)["requests"] for role in ("etl", "etl-short")] == [1, 0]


def test_to_ask_for_what_is_not_served_is_no_offence(agent):
    for _ in range(100):
        assert agent.unix("GET", unexpired_start.target("elsewhere")).status == 404
    assert agent.denials("NotFound") == []
    assert agent.unix("GET", unexpired_start.target("etl")).status == 200


def test_a_role_of_a_changed_configuration_is_served_at_once(agent, config):
    agent.do(agent.agent.reload(with_role(config, "etl", profile="other")))
    statuses = [agent.unix("GET", unexpired_start.target(name)).status for name in ("etl", "other")]
    assert statuses == [404, 200]


def test_both_ends_look_for_the_socket_at_the_same_place(tmp_path, monkeypatch):
    home = str(tmp_path)
    monkeypatch.setenv("HOME", home)
    for more in (
        {},
        {"XDG_STATE_HOME": "/var/state"},
        {"XDG_RUNTIME_DIR": "/run/user/1000", "XDG_STATE_HOME": "/var/state"},
        {"XDG_RUNTIME_DIR": "/run/user/1000", "UNEXPIRED_AGENT_SOCKET": "/run/here"},
    ):
        environ = {"HOME": home, **more}
        assert unexpired_start.socket_path(environ) == str(socket_path(environ))


def test_what_setup_puts_behind_a_profile_is_answered_without_a_restart(start, config, monkeypatch, tmp_path):
    file = tmp_path / "config"
    file.write_text("[profile etl]\nrole_arn = arn:aws:iam::123456789012:role/Etl\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    agent = start()
    assert credential_process(agent, "etl").returncode == 0
    file.write_text("[profile etl]\ncredential_process = unexpired credential-process --profile etl-source\n")
    os.utime(file, ns=(1, 1))  # another time than before, whatever the file system's clock
    assert credential_process(agent, "etl-source").returncode == 0
    assert credential_process(agent, "etl").returncode == 0


def test_who_asks_for_what_is_not_served_waits_for_the_shared_files_and_holds_nobody_up(agent, tmp_path, monkeypatch):
    pipe = tmp_path / "config"
    os.mkfifo(pipe)  # a file on a disk that hangs: opening it waits until somebody writes
    agent.container()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(pipe))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(agent.unix, "GET", unexpired_start.target("other"))
        try:
            assert agent.container(timeout=10).status == 200
            assert not asking.done()
        finally:
            with pipe.open("w") as writer:
                writer.write("")
        assert asking.result(30).status == 404
