"""What is turned away, at each door, and written down: who, where and why."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from tests.agent.conftest import asked, with_role

from unexpired.agent.config import RoleConfig
from unexpired.agent.http import connection as connections
from unexpired.engine.errors import ConfigurationError

NOBODY = 65534


def raw(port, data, *, seconds=10.0):
    """Bytes as they are, and everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(data)
        received = b""
        try:
            while part := client.recv(65536):
                received += part
        except ConnectionResetError:
            pass
        return received


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        pytest.param({"Authorization": ""}, 403, "TokenRefused", id="an empty token"),
        pytest.param({"Authorization": "guess"}, 403, "TokenRefused", id="a wrong token"),
        pytest.param({"Host": "evil.example"}, 403, "HostRefused", id="a foreign Host"),
        pytest.param({"Host": "127.0.0.1:80"}, 403, "HostRefused", id="another port's Host"),
        pytest.param({"Origin": "https://evil"}, 403, "BrowserRefused", id="a web page"),
        pytest.param({"Sec-Fetch-Site": "none"}, 403, "BrowserRefused", id="a browser's address line"),
        pytest.param({"X-Forwarded-For": "10.0.0.1"}, 403, "ProxyRefused", id="a proxy"),
        pytest.param({"method": "POST"}, 405, "MethodNotAllowed", id="POST"),
        pytest.param({"method": "OPTIONS"}, 405, "MethodNotAllowed", id="a preflight"),
        pytest.param({"target": "/credentials/../credentials/etl"}, 404, "NotFound", id="dots"),
        pytest.param({"target": "/credentials/%65tl"}, 404, "NotFound", id="an encoded name"),
        pytest.param({"target": "/credentials/..%2f..%2fetc%2fpasswd"}, 404, "NotFound", id="an encoded path"),
        pytest.param({"target": "//credentials/etl"}, 404, "NotFound", id="two slashes"),
        pytest.param({"target": "/credentials/etl/"}, 404, "NotFound", id="a slash more"),
        pytest.param({"target": "/credentials/etl?x=1"}, 404, "NotFound", id="a query"),
        pytest.param({"target": "/credentials/"}, 404, "NotFound", id="no role"),
    ],
)
def test_the_container_door_refuses(agent, request_, status, code):
    answer = agent.container(**request_)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert b"canary" not in answer.body
    (line,) = agent.denials(code)
    assert line["door"] == "container"
    assert line["address"].startswith("127.0.0.1:")
    assert line["uid"] == (os.geteuid() if sys.platform == "linux" else None)


def test_no_token_at_all_is_refused(agent):
    answer = asked("127.0.0.1", agent.port, "GET", "/credentials/etl", {})
    assert (answer.status, answer.json["code"]) == (403, "TokenMissing")
    assert agent.denials("TokenMissing")[0]["role"] == "etl"


def test_the_token_of_another_role_opens_nothing(start, config):
    agent = start(with_role(config, "other"))
    assert agent.container(Authorization=agent.token("other")).json["code"] == "TokenRefused"
    assert agent.container("/credentials/other", Authorization=agent.token("other")).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose the other end of a TCP connection is")
def test_another_user_with_the_token_is_refused_at_tcp_doors(start, config):
    agent = start(with_role(config, "etl", allow_uids=frozenset({NOBODY})))
    assert agent.container().json["code"] == "UidRefused"
    assert (
        agent.imds("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60").json["code"] == "UidRefused"
    )
    assert {line["door"] for line in agent.denials("UidRefused")} == {"container", "imds"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becoming another user takes root")
def test_another_user_on_the_socket_is_refused_and_named(start, config, folder):
    """A role for user nobody opens the socket's file to all; another role is still for its own user alone."""
    folder.chmod(0o755)
    (folder / "run").mkdir(mode=0o755)
    config = replace(config, socket=folder / "run" / "agent.sock")
    agent = start(with_role(config, "theirs", allow_uids=frozenset({NOBODY})))
    program = (
        "import os, socket, sys\nos.setuid(65534)\n"
        "for target in ('GET /credentials/etl', 'GET /credentials/theirs', 'GET /status', 'POST /stop'):\n"
        "    c = socket.socket(socket.AF_UNIX); c.connect(sys.argv[1])\n"
        "    c.sendall(f'{target} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'.encode())\n"
        "    print(c.recv(100).split()[1].decode())\n"
    )
    command = [sys.executable, "-c", program, str(agent.agent.socket)]
    statuses = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert statuses == ["403", "200", "403", "403"]
    lines = agent.denials("UidRefused")
    assert {line["uid"] for line in lines} == {NOBODY}
    assert all(line["pid"] for line in lines)
    assert lines[0]["role"] == "etl"


@pytest.mark.skipif(sys.platform != "linux", reason="looks through /proc")
def test_a_program_with_a_stale_token_can_be_found_by_its_process(agent):
    program = (
        "import socket, sys\nc = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "c.sendall(b'GET /credentials/etl HTTP/1.1\\r\\nHost: localhost:' + sys.argv[1].encode() + "
        "b'\\r\\nAuthorization: stale\\r\\n\\r\\n')\nprint(c.recv(1000)[9:12].decode(), flush=True)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(agent.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stale:
        assert stale.stdout.readline() == "403\n"
        assert [line["pid"] for line in agent.denials("TokenRefused")] == [stale.pid]
        stale.stdin.close()


# The instance door


@pytest.mark.parametrize("ttl", ["0", "21601", "-1", "1.5", "", "²", "99999999999999999999", "00000000199999999"])
def test_a_metadata_token_lives_from_a_second_to_six_hours(agent, ttl):
    headers = {"X-aws-ec2-metadata-token-ttl-seconds": ttl.encode("utf-8")}
    assert agent.imds("PUT", "/latest/api/token", **headers).status == 400


def test_the_instance_door_gives_nothing_without_a_token(agent, clock):
    path = "/latest/meta-data/iam/security-credentials/etl"
    assert agent.imds("GET", path).status == 401
    assert agent.imds("GET", path, X_aws_ec2_metadata_token="guess").status == 401
    token = agent.imds("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60").body.decode()
    assert agent.imds("GET", path, X_aws_ec2_metadata_token=token).status == 200
    assert agent.imds("GET", path, X_aws_ec2_metadata_token=f"A{token[1:]}").status == 401
    clock.advance(61)
    assert agent.imds("GET", path, X_aws_ec2_metadata_token=token).status == 401


def test_a_forwarded_request_gets_no_metadata_token(agent):
    headers = {"X-aws-ec2-metadata-token-ttl-seconds": "60", "X-Forwarded-For": "10.0.0.1"}
    assert agent.imds("PUT", "/latest/api/token", **headers).status == 403
    assert agent.denials("ProxyRefused")[0]["door"] == "imds"


def test_nobody_can_take_this_machine_for_an_instance(agent):
    token = agent.imds("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60").body.decode()
    for path in ("dynamic/instance-identity/document", "meta-data/instance-id", "user-data", "meta-data/"):
        assert agent.imds("GET", f"/latest/{path}", X_aws_ec2_metadata_token=token).status == 404


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not hand the option on")
def test_the_instance_doors_answers_travel_one_hop(agent):
    port = int(agent.status()["imds"]["endpoint"].rsplit(":", 1)[1])
    sockets = list(agent.agent.doors["imds"]._instances["etl"]._listener._serving.sockets)
    assert [each.getsockname()[1] for each in sockets] == [port]
    assert [each.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) for each in sockets] == [1]


# What is no request


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n\r\n", id="empty"),
        pytest.param(b"GET /credentials/etl\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET /credentials/etl HTTP/9.9\r\nHost: x\r\n\r\n", id="a version to come"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n", id="TLS"),
        pytest.param(b"GET http://127.0.0.1/credentials/etl HTTP/1.1\r\n\r\n", id="a proxy's target"),
        pytest.param(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", id="a long path"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", id="a long header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 400 + b"\r\n", id="many headers"),
        pytest.param(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunks"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: 5, 6\r\n\r\n", id="two lengths"),
        pytest.param(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", id="a space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", id="a folded line"),
        pytest.param(b"GET / HTTP/1.1\r\nA: b\nHost: x\r\n\r\n", id="a bare line feed"),
        pytest.param(b"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", id="a bare carriage return"),
        pytest.param(b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", id="a zero byte"),
    ],
)
def test_what_is_no_request_is_turned_away_written_down_and_the_door_stays_open(agent, sent):
    received = raw(agent.port, sent)
    assert received.split(b" ")[1] in (b"400", b"431", b"505")
    assert b"canary" not in received
    assert agent.denials("BadRequest")
    assert agent.container().status == 200


def test_what_stands_behind_an_announced_body_is_no_request(agent):
    """A smuggled request, had the body been taken for the next one."""
    inner = f"GET /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nAuthorization: {agent.token()}\r\n\r\n"
    outer = f"GET /credentials/no HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nContent-Length: {len(inner)}\r\n\r\n"
    received = raw(agent.port, (outer + inner).encode())
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"canary" not in received


def test_a_client_that_trickles_is_dropped_and_holds_nobody_up(agent, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", agent.port), timeout=10) as slow:
        slow.sendall(b"GET /cre")
        assert agent.container().status == 200  # meanwhile
        began, received = time.monotonic(), b"something"
        while received and time.monotonic() - began < 10:
            try:
                slow.sendall(b"d")
                slow.settimeout(0.2)
                received = slow.recv(100)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert time.monotonic() - began < 5


def test_a_client_that_asks_and_never_reads_fills_no_memory(agent):
    """Its answers wait in the system's buffers; then nothing more is taken from it, and soon it is dropped."""
    port = agent.port  # afterwards all our user's questions may be too many for a while
    request = f"GET /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {agent.token()}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as greedy:
        greedy.setblocking(False)
        sent, patience_ends = 0, time.monotonic() + 30
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while time.monotonic() < patience_ends:
                sent += greedy.send(request.encode() * 100)
        assert 0 < sent < 100_000_000
        assert agent.container(port=port).status in (200, 429)


def test_many_silent_connections_make_room_for_one_that_asks(agent):
    agent.agent.connections._most = 20
    silent = [socket.create_connection(("127.0.0.1", agent.port)) for _ in range(40)]
    assert agent.container().status == 200
    for each in silent:
        each.close()


def test_those_who_say_nothing_make_room_before_one_that_has_asked(agent):
    agent.agent.connections._most = 20
    asks = f"GET /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nAuthorization: {agent.token()}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", agent.port), timeout=30) as client:
        client.sendall(asks.encode())
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        silent = [socket.create_connection(("127.0.0.1", agent.port)) for _ in range(40)]
        assert agent.container().status == 200  # so all of them have been seen
        client.sendall(asks.encode())
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
    for each in silent:
        each.close()


def test_guessing_does_not_fill_the_log_and_takes_nothing_from_those_with_the_token(agent, clock):
    codes = [agent.container(Authorization="guess").json["code"] for _ in range(80)]
    assert codes[0] == "TokenRefused"
    assert codes[-1] == "TooManyRequests"
    assert agent.container().status == 200
    assert len(agent.denials("TokenRefused")) == 30
    clock.advance(minutes=2)
    agent.container(Authorization="guess")
    assert agent.denials("TokenRefused")[-1]["not_shown"] > 0


def test_who_asks_faster_than_allowed_is_told_to_slow_down(start, config):
    agent = start(replace(config, requests_per_second=1.0))
    answers = [agent.unix("GET", "/credentials/etl") for _ in range(60)]
    assert answers[0].status == 200
    assert (answers[-1].status, answers[-1].headers["Retry-After"]) == (429, "1")


# The folder and the socket


def test_a_second_agent_on_the_same_state_folder_is_refused(start, agent, config):
    with pytest.raises(ConfigurationError, match="Another agent uses the state folder"):
        start(config)
    assert agent.container().status == 200


def test_a_second_agent_on_the_same_socket_is_refused(start, config, folder):
    config = replace(config, socket=folder / "agent.sock")
    first = start(config)
    with pytest.raises(ConfigurationError, match="Another agent has the socket"):
        start(replace(config, state=folder / "other"))
    assert first.unix("GET", "/credentials/etl").status == 200


@pytest.mark.parametrize("kind", ["link to a directory", "link to a socket", "file"])
def test_whatever_is_no_socket_of_ours_is_left_alone(start, config, folder, kind):
    path = folder / "agent.sock"
    target = folder / "target"
    if kind == "file":
        path.write_text("theirs")
    else:
        target.mkdir() if "directory" in kind else socket.socket(socket.AF_UNIX).bind(str(target))
        path.symlink_to(target)
    with pytest.raises(ConfigurationError, match="is not a socket of an agent of yours"):
        start(replace(config, socket=path))
    assert path.is_symlink() or path.read_text() == "theirs"


def test_a_state_folder_behind_a_link_is_refused(start, config, folder):
    (folder / "real").mkdir(mode=0o700)
    (folder / "state").symlink_to(folder / "real")
    with pytest.raises(ConfigurationError, match="is not a directory but a link or a file"):
        start(config)


def test_a_state_folder_that_others_may_enter_is_refused(start, config, folder):
    (folder / "state").mkdir(mode=0o755)
    with pytest.raises(ConfigurationError, match="is open to others"):
        start(config)


def test_a_token_file_that_others_could_read_or_a_link_is_replaced(start, config, folder):
    tokens = folder / "state" / "tokens"
    tokens.mkdir(mode=0o700, parents=True)
    (folder / "state").chmod(0o700)
    (tokens / "etl").write_text("k" * 43)
    (tokens / "etl").chmod(0o644)
    (folder / "theirs").write_text("t" * 43)
    (tokens / "other").symlink_to(folder / "theirs")
    agent = start(with_role(config, "other"))
    assert agent.token() != "k" * 43
    assert not (tokens / "other").is_symlink()
    assert (folder / "theirs").read_text() == "t" * 43
    assert (tokens / "etl").stat().st_mode & 0o777 == 0o600


def test_a_directory_in_which_others_could_replace_the_socket_is_refused(start, config, folder):
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    with pytest.raises(ConfigurationError, match="is no place for the socket"):
        start(replace(config, socket=folder / "open" / "agent.sock"))


def test_everything_that_is_written_is_for_its_owner_alone(agent):
    agent.container()
    modes = {path.name: path.stat().st_mode & 0o777 for path in agent.agent.state.path.rglob("*")}
    assert modes["tokens"] == 0o700
    assert {mode for name, mode in modes.items() if name != "tokens"} == {0o600}


def test_a_role_is_for_the_agents_own_user_unless_others_are_named():
    assert RoleConfig("etl").allow_uids == {os.geteuid()}


def test_nobody_who_is_refused_costs_a_call_to_the_issuer(start, config, issuer):
    roles = {f"role-{number}": RoleConfig(f"role-{number}", profile="p") for number in range(100)}  # too many to wake
    agent = start(replace(config, roles=roles))
    port = int(agent.status("role-1")["container"]["uri"].split(":")[2].split("/")[0])
    headers = {"Authorization": agent.token("role-1")}
    assert asked("127.0.0.1", port, "GET", "/credentials/role-1", {}).status == 403
    assert asked("127.0.0.1", port, "GET", "/credentials/role-1", {**headers, "Origin": "https://evil"}).status == 403
    assert issuer.calls == 0
    assert asked("127.0.0.1", port, "GET", "/credentials/role-1", headers).status == 200
    assert issuer.calls == 1
