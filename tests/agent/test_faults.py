"""What breaks around the agent, and what its clients notice of it."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from unexpired.agent import state
from unexpired.agent.config import ConfigWatch, read
from unexpired.agent.roles import role
from unexpired.disk import private
from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.errors import RenewalRefused, SourceUnavailable, StoreUnavailable


def unreachable():
    return SourceUnavailable("STS cannot be reached", why="no route to host", next_steps="check the network")


def eventually(holds):
    """What happens behind the callers' backs has happened, in real time."""
    patience_ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience_ends
        time.sleep(0.02)


def remaining(agent, clock):
    """Seconds that what the container door hands out has left."""
    return (parse_timestamp(agent.container().json["Expiration"]) - clock.now()).total_seconds()


def test_an_hour_of_sts_down_is_not_felt_while_the_session_lives(start, issuer, clock):
    issuer.lifetime = timedelta(hours=12)
    agent = start()
    assert agent.container().status == 200
    issuer.error = unreachable()
    clock.advance(hours=8)
    assert agent.container().status == 200  # due, so a renewal is tried behind it
    for _ in range(12):
        clock.advance(minutes=5)
        assert agent.container().json["AccessKeyId"] == "ASIAEXAMPLE00001"
    eventually(lambda: agent.status()["failures"] > 0)
    status = agent.status()
    assert status["last_error"]["cause"] == "sts-unreachable"
    assert status["state"] == "serving"
    issuer.error = None
    eventually(lambda: agent.unix("POST", "/renew/etl").status == 200)  # it may join an attempt that fails
    assert agent.container().json["AccessKeyId"] != "ASIAEXAMPLE00001"
    assert agent.status()["last_error"] is None


def test_with_nothing_valid_in_hand_the_reason_is_said_as_sdks_read_it_and_the_network_may_come_back(
    start, issuer, clock
):
    issuer.error = unreachable()
    agent = start()
    answer = agent.container()
    assert answer.status == 503
    assert answer.json["code"] == answer.json["Code"] == "sts-unreachable"
    assert answer.json["Message"] == "STS cannot be reached — no route to host — check the network"
    assert agent.denials("sts-unreachable") == []  # nobody was denied anything
    assert agent.status()["state"] == "failed"
    issuer.error = None
    clock.advance(5)
    assert agent.container().status == 200


def test_a_role_that_is_refused_does_not_take_the_others_along(start, config, issuer):
    other = replace(config.roles["etl"], name="other", profile="other")

    class Refused:
        name, key, shareable = "callback", "1" * 64, False

        def fetch(self, prompter=None):
            raise RenewalRefused("AccessDenied", cause="assume-role-denied")

    agent = start(
        replace(config, roles={**config.roles, "other": other}),
        source_for=lambda role: issuer if role.name == "etl" else Refused(),
    )
    assert agent.container("/credentials/other", Authorization=agent.token("other")).status == 503
    assert agent.container().status == 200


def test_a_laptop_that_slept_past_the_expiry_hands_out_a_new_session(agent, clock):
    assert agent.container().json["AccessKeyId"] == "ASIAEXAMPLE00001"
    clock.jump(9 * 3600)
    assert agent.container().json["AccessKeyId"] == "ASIAEXAMPLE00002"


def test_a_laptop_that_slept_into_the_doors_reserve_hands_out_a_longer_session_at_once(
    agent, clock, issuer, monkeypatch
):
    monkeypatch.setattr(role, "_WAIT_FOR_A_LONGER_SECONDS", 30.0)  # this machine may have other work
    agent.container()
    clock.jump(50 * 60)
    assert remaining(agent, clock) == 3600
    assert issuer.calls == 2


def test_a_clock_set_back_by_a_day_brings_no_lapsed_session_back(agent, clock):
    first = agent.container().json
    clock.advance(minutes=50)
    clock.jump(-86_400)
    clock.advance(minutes=20)  # 70 minutes have passed for the session, whatever the wall says
    assert agent.container().json["AccessKeyId"] != first["AccessKeyId"]


@pytest.mark.parametrize("minutes", [16, 20, 60, 720])
def test_what_is_served_has_more_than_sixteen_minutes_left_wherever_the_length_allows(start, issuer, clock, minutes):
    issuer.lifetime = timedelta(minutes=minutes)
    agent = start()
    reserve = 16 * 60 if minutes > 21 else 0  # a quarter of a session is used in any case
    for _ in range(40):
        assert remaining(agent, clock) > min(reserve, minutes * 60 * 0.25)
        clock.advance(minutes=minutes / 20)


def test_a_session_too_short_for_a_reserve_is_used_for_most_of_its_life(start, issuer, clock):
    issuer.lifetime = timedelta(minutes=20)
    agent = start()
    for _ in range(60):
        assert agent.container().status == 200
        clock.advance(minutes=1)
    assert issuer.calls <= 6  # an hour of sessions that are renewed after 12 to 14 minutes


def test_a_session_that_cannot_be_had_longer_is_asked_for_once_and_not_at_every_request(start, issuer, clock):
    """A program or a metadata service that gives what it has until it has something new."""
    session = replace(issuer.fetch(), issued_at=None)

    def the_same(prompter=None):
        issuer.calls += 1
        return session

    issuer.fetch = the_same
    agent = start()
    clock.advance(minutes=50)
    for _ in range(20):
        assert agent.container().status == 200
    assert issuer.calls < 6


def test_a_thousand_clients_at_a_renewal_make_one_call(start, issuer, clock):
    agent = start()
    agent.container()
    port, token = agent.port, agent.token()
    issuer.held_up = threading.Event()
    clock.advance(hours=2)
    request = f"GET /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n"
    clients = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(1000)]
    for client in clients:
        client.sendall(f"{request}Connection: close\r\n\r\n".encode())
    patience_ends = time.monotonic() + 30
    while agent.status()["requests"] < 1001 and time.monotonic() < patience_ends:
        time.sleep(0.02)
    issuer.held_up.set()

    def received(client):
        with client:
            return b"".join(iter(lambda: client.recv(65536), b""))

    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(received, clients))
    assert all(b"ASIAEXAMPLE00002" in answer for answer in answers)
    assert issuer.calls == 2


def test_a_full_disk_leaves_the_agent_going_from_memory_and_saying_so(start, config, monkeypatch):
    def full(path, content, **_):
        raise private.cannot_write(path.parent, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(state, "replace_private", full)
    agent = start()
    token = agent.agent.state.token("etl")
    assert agent.unix("GET", "/credentials/etl").status == 200
    complaints = agent.status(None)["complaints"]
    assert any("No space left on device" in complaint for complaint in complaints)
    assert agent.container(Authorization=token).status == 200


def test_a_store_that_fails_costs_nothing_but_a_line_in_the_log(start, issuer):
    class Full:
        def load(self, key):
            return None

        def lock(self, key, arrived):
            raise StoreUnavailable("Sessions are not shared", why="No space left on device")

        def save(self, key, credentials):
            raise StoreUnavailable("Sessions are not shared", why="No space left on device")

    issuer.shareable = True
    agent = start(store=Full())
    assert agent.container().status == 200
    assert next(line for line in agent.log if line["event"] == "store_unavailable")["role"] == "etl"


def test_a_door_that_fails_answers_the_others_and_says_nothing_of_what_it_held(agent, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("canary-secret")

    with monkeypatch.context() as patch:
        patch.setattr(role.Role, "reply", broken)
        answer = agent.unix("GET", "/credentials/etl")
    assert (answer.status, answer.json["code"]) == (503, "InternalError")
    assert [line["exception"] for line in agent.log if line["event"] == "failed"] == ["ZeroDivisionError"]
    assert "canary" not in str(agent.log)
    assert agent.container().status == 200


# The configuration


FILE = '[agent]\nstate = "{state}"\n[roles.etl]\nprofile = "etl"\n{more}'


@pytest.fixture
def written(folder):
    """Writes the file, in one step as editors do."""

    def write(more="", text=None):
        path = folder / "unexpired.toml"
        new = folder / "new"
        new.write_text(text or FILE.format(state=folder / "state", more=more))
        new.replace(path)
        return path

    return write


def looking(agent, path):
    """The watch as the agent has it, looking when it is told to."""
    running = agent.agent

    def on_change(config):
        agent.do(running.reload(config))

    return ConfigWatch(read(path), on_change, lambda mistake: agent.call(running.refuse, mistake))


def test_a_changed_file_is_followed_without_dropping_a_session(start, written, issuer):
    path = written()
    agent = start(read(path))
    watch = looking(agent, path)
    before = agent.container().json
    port, token = agent.port, agent.token()
    written('doors = ["container", "imds", "socket"]\n[roles.new]\nprofile = "new"\n')
    watch.look()
    assert agent.container().json == before
    assert (agent.port, agent.token()) == (port, token)
    assert agent.status()["imds"]
    assert issuer.calls == 1
    assert agent.unix("GET", "/credentials/new").status == 200


def test_a_role_that_is_taken_out_is_served_no_more_and_its_token_goes(start, written):
    path = written('[roles.old]\nprofile = "old"\ndoors = ["container", "imds"]\n')
    agent = start(read(path))
    watch = looking(agent, path)
    token, imds = agent.token("old"), agent.status("old")["imds"]["endpoint"]
    assert agent.container("/credentials/old", Authorization=token).status == 200
    written()
    watch.look()
    assert agent.container("/credentials/old", Authorization=token).status == 404
    assert not agent.agent.state.token_file("old").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(imds.rsplit(":", 1)[1])))


def test_the_token_of_a_role_that_left_while_no_agent_ran_goes_with_the_next_start(start, config):
    first = start(replace(config, roles={**config.roles, "old": replace(config.roles["etl"], name="old")}))
    file = first.agent.state.token_file("old")
    assert file.exists()
    kept = first.token()
    first.stop()
    second = start(config)
    assert not file.exists()
    assert second.token() == kept


def test_a_role_whose_profile_changed_gets_another_session(start, written, issuer):
    path = written()
    agent = start(read(path))
    watch = looking(agent, path)
    agent.container()
    written('region = "eu-west-1"\n')
    watch.look()
    assert agent.container().json["AccessKeyId"] == "ASIAEXAMPLE00002"


def test_a_broken_file_leaves_the_old_one_in_force_and_the_status_says_where_it_is_broken(start, written):
    path = written()
    agent = start(read(path))
    watch = looking(agent, path)
    written('doers = ["imds"]\n')
    watch.look()
    error = agent.status(None)["config"]["error"]
    assert "unexpired.toml:5" in error
    assert "did you mean 'doors'?" in error
    assert agent.container().status == 200
    written()
    watch.look()
    assert agent.status(None)["config"]["error"] is None


def test_a_new_port_in_the_file_is_moved_to_with_the_same_tokens(start, written):
    path = written()
    agent = start(read(path))
    watch = looking(agent, path)
    token, before = agent.token(), agent.port
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    written(text=FILE.format(state=agent.agent.state.path, more="").replace("[agent]", f"[agent]\nport = {port}"))
    watch.look()
    assert agent.port == port
    assert agent.container(Authorization=token).status == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", before))


def test_a_port_that_is_taken_when_the_file_asks_for_it_is_said_and_the_rest_goes_on(start, written):
    path = written()
    agent = start(read(path))
    watch = looking(agent, path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        written(f'doors = ["container", "imds", "socket"]\nimds_port = {taken.getsockname()[1]}\n')
        watch.look()
        assert f"Port {taken.getsockname()[1]} of 127.0.0.1" in agent.status(None)["config"]["error"]
        assert agent.container().status == 200
