"""The ``unexpired`` command's beginning: ``credential-process`` from an agent's socket, or else as without an agent."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from unexpired_start import PATIENCE_SECONDS, target

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no unix sockets here")

# What every command of this file is, but for its arguments; as an installer's script does it.
COMMAND = [sys.executable, "-c", "import sys; from unexpired_start import main; sys.exit(main())", "credential-process"]
BODY = json.dumps({"Version": 1, "AccessKeyId": "ASIAOFTHEAGENT000001", "SecretAccessKey": "canary"}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class StandIn:
    """Something that listens on a unix socket, and sends each client the same pieces, however slowly.

    Attributes:
        path: of the socket.
        pieces: what is sent, one after the other.
        pause_seconds: before each of them.
        requests: what was received.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pieces: list[bytes] = [WHOLE]
        self.pause_seconds = 0.0
        self.requests: list[bytes] = []
        self._over = threading.Event()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client:
                self.requests.append(client.recv(65_536))
                for piece in self.pieces:
                    if self._over.wait(self.pause_seconds):
                        return
                    try:
                        client.sendall(piece)
                    except OSError:
                        break


@pytest.fixture
def folder():
    # Not tmp_path: a socket's path has 108 bytes at the most, 104 on macOS.
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


@pytest.fixture
def agent(folder, monkeypatch):
    stand_in = StandIn(folder / "agent.sock")
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(stand_in.path))
    yield stand_in
    stand_in.close()


def credential_process(*arguments: str, profile: str = "nowhere", **more) -> subprocess.CompletedProcess:
    """The command for a profile that no file has: whoever goes on without the agent ends with status 2."""
    command = [*COMMAND, "--profile", profile, *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **more)


def assert_went_on_without_the_agent(done: subprocess.CompletedProcess) -> None:
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"'nowhere'" in done.stderr


def imported(done: subprocess.CompletedProcess) -> set[str]:
    """The modules that a Python started with ``-X importtime`` says it imported."""
    return {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines() if "|" in line}


def test_what_the_agent_gives_is_printed_as_it_is(agent):
    done = credential_process()
    assert (done.returncode, done.stdout, done.stderr) == (0, BODY + b"\n", b"")


@pytest.mark.parametrize("arguments", [["--profile", "a b/ü?&"], ["--profile=a b/ü?&"]])
def test_the_agent_is_asked_once_for_what_both_ends_call_the_profile(agent, arguments):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, check=False, timeout=60)
    assert done.stdout == BODY + b"\n"
    (request,) = agent.requests
    assert request.startswith(f"GET {target('a b/ü?&')} HTTP/1.1\r\n".encode())
    assert request.endswith(b"\r\n\r\n")


def test_nothing_is_imported_for_it_but_this_file_and_the_c_half_of_socket(agent):
    watched = [sys.executable, "-X", "importtime", *COMMAND[1:], "--profile", "nowhere"]
    done = subprocess.run(watched, capture_output=True, check=True, timeout=60)
    bare = subprocess.run([*watched[:3], "-c", "pass"], capture_output=True, check=True, timeout=60)
    assert done.stdout == BODY + b"\n"
    assert imported(done) - imported(bare) == {"unexpired_start", "_socket"} | ({"time"} - imported(bare))


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"],
        [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"],
        [WHOLE[:-1]],
        [WHOLE + b"}"],
        [WHOLE.replace(b"Content-Length", b"Content-Size")],
        [b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"],
        [b"x" * 200_000],
    ],
    ids=["nothing", "unknown", "no-session", "half", "more-than-said", "no-length", "no-number", "endless"],
)
def test_any_other_answer_is_as_no_agent(agent, pieces):
    agent.pieces = pieces
    assert_went_on_without_the_agent(credential_process())


@pytest.mark.parametrize("pieces", [[WHOLE], [bytes([byte]) for byte in WHOLE]], ids=["stopped", "one-byte-at-a-time"])
def test_an_agent_that_takes_its_time_is_waited_for_no_longer_than_is_said(agent, pieces):
    agent.pieces, agent.pause_seconds = pieces, 3.0 * PATIENCE_SECONDS / len(pieces)
    began = time.monotonic()
    assert_went_on_without_the_agent(credential_process())
    assert PATIENCE_SECONDS * 0.9 < time.monotonic() - began < PATIENCE_SECONDS + 20


def test_without_an_agent_the_command_goes_on(folder, monkeypatch):
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(folder / "agent.sock"))
    assert_went_on_without_the_agent(credential_process())


def test_a_link_to_a_socket_is_not_followed(agent, folder, monkeypatch):
    (folder / "link.sock").symlink_to(agent.path)
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(folder / "link.sock"))
    assert_went_on_without_the_agent(credential_process())
    assert agent.requests == []


def test_a_path_that_no_socket_can_have_is_no_agent(folder, monkeypatch):
    for path in (folder, folder / ("x" * 200), "x" * 5000):
        monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(path))
        assert_went_on_without_the_agent(credential_process())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two users")
def test_another_users_socket_is_told_nothing(folder):
    nobody = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen();"
        "print('listening', flush=True); c, _ = s.accept(); print(c.recv(9999), flush=True)"
    )
    folder.chmod(0o777)
    path = folder / "nobody.sock"
    with subprocess.Popen([sys.executable, "-c", nobody, path], stdout=subprocess.PIPE) as theirs:
        assert theirs.stdout.readline() == b"listening\n"
        environ = {**os.environ, "UNEXPIRED_AGENT_SOCKET": str(path)}
        assert_went_on_without_the_agent(credential_process(env=environ))
        assert theirs.stdout.read() == b"b''\n"


@pytest.mark.parametrize(
    "name", ["HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"]
)
def test_a_name_means_another_role_where_another_file_or_endpoint_is_asked(name):
    environ = {"HOME": "/home/ann", "AWS_CONFIG_FILE": "/home/ann/config"}
    assert target("etl", {**environ, name: "/elsewhere"}) != target("etl", environ)
    assert target("etl", environ) == target("etl", {**environ, "PWD": "/tmp", "AWS_PROFILE": "other", "AWS_REGION": ""})


def test_no_two_meanings_share_a_target():
    crafted = target("etl", {"HOME": "/h", "AWS_CONFIG_FILE": "c"})
    assert target("etl&HOME=/h", {"AWS_CONFIG_FILE": "c"}) != crafted
    assert target("etl", {"HOME": "/h&AWS_CONFIG_FILE=c"}) != crafted
    assert "\r" not in target("a\r\nb: c", {"HOME": "\n"})


def test_a_reader_that_has_left_ends_it_as_sigpipe_would(agent):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*COMMAND, "--profile", "x"], stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("more", [["--help"], ["--profile", "other"], ["--no-such-option"]])
def test_a_line_with_more_on_it_is_not_the_agents(agent, more):
    credential_process(*more)
    assert agent.requests == []


def test_every_other_command_is_the_groups():
    done = subprocess.run([*COMMAND[:-1], "--version"], capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout.startswith("unexpired ")
