"""`unexpired agent` as it is typed: run, status, logs, stop; and what a killed agent's successor keeps."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the agent's socket is a unix socket")

TTL = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}


def test_the_least_file_that_works_serves_a_role_at_the_container_door_and_the_socket(shell, folder):
    agent = shell.run()
    assert shell.credentials()["AccessKeyId"].startswith("ASIA")
    status = shell.status()
    assert status["pid"] == agent.pid
    assert status["socket"] == str(folder / "run" / "unexpired" / "agent.sock")
    assert status["roles"]["etl"]["imds"] is None
    table = shell.say("status").stdout.splitlines()
    assert table[0].split() == ["role", "state", "expires", "renewed", "horizon", "clients", "source"]
    assert table[1].split()[:2] == ["etl", "serving"]


def test_stop_ends_it_and_then_nobody_answers(shell):
    agent = shell.run()
    assert shell.say("stop").returncode == 0
    assert agent.wait(20) == 0
    silent = shell.say("status")
    assert silent.returncode == 3
    assert silent.stderr.startswith("unexpired: No agent answers at ")
    assert "next: unexpired agent run" in silent.stderr


def test_an_issuer_that_hangs_does_not_keep_an_agent_from_ending(shell):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        issuer = f"http://127.0.0.1:{mute.getsockname()[1]}"
        agent = shell.run(AWS_ENDPOINT_URL_STS=issuer, AWS_ENDPOINT_URL=issuer)
        mute.settimeout(30)
        connection, _ = mute.accept()  # the first session is being asked for
        assert shell.say("stop").returncode == 0
        assert agent.wait(15) == 0
        connection.close()


def test_a_killed_agents_successor_has_its_ports_its_tokens_and_its_sessions(shell, sandbox):
    shell.file.write_text('[roles.etl]\nprofile = "etl"\ndoors = ["container", "socket", "imds"]\n')
    killed = shell.run()
    before, session = shell.status()["roles"]["etl"], shell.credentials()
    endpoint = before["imds"]["endpoint"]
    asked = urllib.request.Request(f"{endpoint}/latest/api/token", headers=TTL, method="PUT")
    metadata_token = urllib.request.urlopen(asked, timeout=30).read().decode()
    bearer = Path(before["container"]["token_file"]).read_text()
    killed.kill()
    killed.wait(20)
    shell.run()
    after = shell.status()["roles"]["etl"]
    assert (after["container"], after["imds"]) == (before["container"], before["imds"])
    assert Path(after["container"]["token_file"]).read_text() == bearer
    assert shell.credentials() == session
    listing = f"{endpoint}/latest/meta-data/iam/security-credentials/"
    again = urllib.request.Request(listing, headers={"X-aws-ec2-metadata-token": metadata_token})
    assert urllib.request.urlopen(again, timeout=30).read() == b"etl"
    assert [record.operation for record in sandbox.requests].count("AssumeRole") == 1


def test_a_port_that_a_stranger_took_meanwhile_is_left_to_him_and_the_tokens_are_new(shell):
    agent = shell.run()
    container = shell.status()["roles"]["etl"]["container"]
    token = Path(container["token_file"]).read_text()
    port = int(container["uri"].split(":")[2].split("/")[0])
    agent.kill()
    agent.wait(20)
    with socket.create_server(("127.0.0.1", port)):
        agent = subprocess.Popen(shell.command("run"), env=shell.environment, stderr=subprocess.PIPE, text=True)
        shell.running.append(agent)
        assert json.loads(agent.stderr.readline())["event"] == "port taken"
        agent.stderr.readline()
        moved = shell.status()["roles"]["etl"]["container"]
        assert moved["uri"] != container["uri"]
        assert Path(moved["token_file"]).read_text() != token


def test_a_second_agent_is_told_that_there_is_one(shell):
    shell.run()
    second = shell.say("run")
    assert second.returncode == 2
    assert "Another agent" in second.stderr
    assert "unexpired agent status" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_file_with_a_mistake_is_told_by_line_and_nothing_is_started(shell):
    shell.file.write_text('[roles.etl]\nprofil = "etl"\n')
    done = shell.say("run")
    assert done.returncode == 2
    assert "unexpired.toml:2" in done.stderr
    assert "did you mean 'profile'?" in done.stderr


def test_an_agent_at_a_place_of_its_own_is_found_although_its_file_has_a_mistake_by_now(shell, folder):
    settings = f'[agent]\nsocket = "{folder}/a.sock"\n[roles.etl]\n'
    shell.file.write_text(f'{settings}profile = "etl"\n')
    shell.run()
    shell.file.write_text(f'{settings}profil = "etl"\n')
    told = shell.say("status")
    assert told.returncode == 0, told.stderr
    assert "etl" in told.stdout


def test_logs_are_json_lines_and_can_be_followed(shell):
    shell.run()
    shell.credentials()
    events = [json.loads(line)["event"] for line in shell.say("logs").stdout.splitlines()]
    assert events[0] == "started"
    assert "renewed" in events
    following = subprocess.Popen(
        shell.command("logs", "-f", "-n", "1"), env=shell.environment, stdout=subprocess.PIPE, text=True
    )
    following.stdout.readline()
    container = shell.status()["roles"]["etl"]["container"]["uri"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(container, timeout=30)
    assert json.loads(following.stdout.readline())["event"] == "denied"
    following.terminate()
    following.communicate(timeout=20)


def test_a_hangup_reads_the_file_again(shell):
    agent = shell.run()
    shell.file.write_text('[roles.etl]\nprofile = "etl"\n[roles.new]\nprofile = "etl"\n')
    agent.send_signal(signal.SIGHUP)
    line = json.loads(agent.stderr.readline())
    while line["event"] != "reloaded":
        line = json.loads(agent.stderr.readline())
    assert set(shell.status()["roles"]) == {"etl", "new"}


def test_a_service_manager_hears_when_it_serves_and_that_it_lives(shell, folder):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(20)
        agent = shell.run(NOTIFY_SOCKET=str(folder / "notify"), WATCHDOG_USEC="200000")
        assert manager.recv(1000) == b"FDSTORE=1\nFDNAME=container"
        assert manager.recv(1000) == b"READY=1\nSTATUS=1 roles"
        assert manager.recv(1000) == b"WATCHDOG=1"
        assert manager.recv(1000) == b"WATCHDOG=1"
        agent.terminate()
        heard = manager.recv(1000)
        while heard == b"WATCHDOG=1":
            heard = manager.recv(1000)
        assert heard == b"STOPPING=1"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_running_agent_can_write_no_core_dump(shell):
    agent = shell.run()
    limits = Path(f"/proc/{agent.pid}/limits").read_text().splitlines()
    (core,) = [line for line in limits if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_hardening_keeps_others_of_the_same_user_from_attaching():
    program = (
        "import ctypes, os; from unexpired.agent.hardening import harden; assert harden() == [];"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), oct(os.umask(0)))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0o77"]


def test_no_secret_is_in_the_agents_arguments_or_environment(shell):
    agent = shell.run()
    container = shell.status()["roles"]["etl"]["container"]
    token = Path(container["token_file"]).read_text().encode()
    secret = shell.credentials()["SecretAccessKey"].encode()
    if Path("/proc/self").is_dir():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(PermissionError):  # a hardened process is read by root alone
                content = Path(f"/proc/{agent.pid}/{name}").read_bytes()
                assert token not in content
                assert secret not in content
    log = shell.say("logs").stdout.encode()
    assert token not in log
    assert secret not in log
