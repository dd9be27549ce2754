"""The door on loopback, knocked at over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
import threading
import time
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest

from unexpired.channels import container
from unexpired.channels.container import ContainerDoor, container_answer
from unexpired.engine.credentials import Credentials
from unexpired.engine.errors import SourceUnavailable

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
SESSION = Credentials("ASIAEXAMPLE00001", "canary-secret", "canary-token", NOON, account_id="123456789012")


@pytest.fixture
def door():
    with ContainerDoor(lambda: SESSION) as opened:
        yield opened


def ask(door, *, method="GET", path="/credentials", token=None, body=None, **headers):
    """One request: (status, headers, body as JSON)."""
    connection = http.client.HTTPConnection(urlsplit(door.url).netloc, timeout=10)
    sent = {"Authorization": door.token if token is None else token, **headers}
    connection.request(method, path, body=body, headers=sent)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, dict(response.getheaders()), json.loads(text) if text else None


def raw(door, data, *, seconds=10.0):
    """Bytes as they are, and everything that comes back."""
    with socket.create_connection(("127.0.0.1", urlsplit(door.url).port), timeout=seconds) as connection:
        connection.sendall(data)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass
        return received


def test_it_answers_as_the_container_service_does(door):
    status, headers, body = ask(door)
    assert status == 200
    assert body == {
        "AccessKeyId": "ASIAEXAMPLE00001",
        "SecretAccessKey": "canary-secret",
        "Token": "canary-token",
        "Expiration": "2026-11-21T12:00:00Z",
        "AccountId": "123456789012",
    }
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert not {"Server", "Date"} & set(headers)


def test_a_key_without_an_end_still_names_a_moment_to_ask_again():
    answer = container_answer(Credentials("AKIAEXAMPLE00001", "s"), NOON.timestamp())
    assert answer["Token"] == ""
    assert answer["Expiration"] == "2026-11-21T13:00:00Z"


def test_an_issuers_milliseconds_are_kept():
    ends = NOON.replace(microsecond=250_999)
    assert (
        container_answer(Credentials("ASIAEXAMPLE00001", "s", "t", ends), 0.0)["Expiration"]
        == "2026-11-21T12:00:00.250Z"
    )


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"token": ""}, 403),
        ({"token": "guess"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"path": "/../credentials"}, 404),
        ({"path": "//credentials"}, 404),
        ({"method": "POST", "body": b"x" * 100}, 405),
        ({"method": "BREW"}, 405),
    ],
)
def test_what_is_not_admitted_gets_a_reason_and_no_credentials(door, request_, status):
    got, _, body = ask(door, **request_)
    assert got == status
    assert body["message"] == body["Message"]
    assert "canary" not in json.dumps(body)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n\r\n", id="empty"),
        pytest.param(b"GET /credentials\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET /credentials HTTP/9.9\r\nHost: x\r\n\r\n", id="a version to come"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n", id="TLS"),
        pytest.param(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", id="a long path"),
        pytest.param(b"GET /credentials HTTP/1.1\r\n" + b"X: " + b"a" * 40_000 + b"\r\n\r\n", id="a long header"),
        pytest.param(b"GET /credentials HTTP/1.1\r\n" + b"X: a\r\n" * 400 + b"\r\n", id="many headers"),
    ],
)
def test_what_is_no_request_is_turned_away_and_the_door_stays_open(door, sent):
    answer = raw(door, sent)
    assert b"canary" not in answer
    assert b"200" not in answer.split(b"\r\n")[0]
    assert ask(door)[0] == 200


def test_a_header_beyond_the_bound_cannot_hide_behind_it(door):
    """Were the rest cut off unseen, the Origin after the bound would not be refused."""
    head = f"GET /credentials HTTP/1.1\r\nHost: 127.0.0.1:{urlsplit(door.url).port}\r\nAuthorization: {door.token}\r\n"
    padding = b"X-Long: " + b"a" * (16 * 1024) + b"\r\n"
    answer = raw(door, head.encode() + padding + b"Origin: http://evil.example\r\n\r\n")
    assert b"canary" not in answer


def test_a_body_is_not_waited_for(door):
    head = f"POST /credentials HTTP/1.1\r\nHost: 127.0.0.1:{urlsplit(door.url).port}\r\nContent-Length: 1000000\r\n\r\n"
    began = time.monotonic()
    assert b" 405 " in raw(door, head.encode())
    assert time.monotonic() - began < 2


def test_a_client_that_trickles_is_dropped_and_holds_nobody_up(door, monkeypatch):
    monkeypatch.setattr(container, "_REQUEST_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", urlsplit(door.url).port), timeout=10) as slow:
        slow.sendall(b"GET /cre")
        assert ask(door)[0] == 200  # meanwhile
        for _ in range(4):  # a byte now and then does not buy more time
            time.sleep(0.2)
            try:
                slow.sendall(b"d")
            except ConnectionError:
                break
        slow.settimeout(5)
        with contextlib.suppress(ConnectionError):
            assert slow.recv(100) == b""


def test_more_clients_than_there_are_places_are_served_one_after_the_other(monkeypatch):
    monkeypatch.setattr(container, "_MOST_CONNECTIONS", 2)
    monkeypatch.setattr(container, "_REQUEST_SECONDS", 0.3)
    with ContainerDoor(lambda: SESSION) as door:
        port = urlsplit(door.url).port
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
        statuses = []
        asking = [threading.Thread(target=lambda: statuses.append(ask(door)[0])) for _ in range(6)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(20)
        for connection in idle:
            connection.close()
    assert statuses == [200] * 6


def test_nothing_valid_in_hand_is_said_in_our_words():
    def nothing():
        raise SourceUnavailable("STS cannot be reached", why="no route to host", next_steps="check the network")

    with ContainerDoor(nothing) as door:
        status, _, body = ask(door)
    assert status == 503
    assert body["code"] == "sts-unreachable"
    assert body["message"] == "STS cannot be reached — no route to host — check the network"


def test_a_fault_of_ours_costs_one_connection(caplog):
    answers = iter([ZeroDivisionError("canary-secret"), SESSION])

    def supply():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with ContainerDoor(supply) as door:
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            ask(door)
        assert ask(door)[0] == 200
    assert "ZeroDivisionError" in caplog.text
    assert "canary" not in caplog.text


def test_each_door_has_its_own_port_and_token(door):
    with ContainerDoor(lambda: SESSION) as other:
        assert other.url != door.url
        assert ask(door, token=other.token)[0] == 403


def test_nothing_secret_is_logged_or_shown(door, caplog):
    caplog.set_level(logging.DEBUG)
    ask(door)
    ask(door, token="canary-guess")
    ask(door, path="/canary-path")
    assert "canary" not in caplog.text + repr(door)
    assert door.token not in caplog.text + repr(door)


def test_a_closed_door_is_closed():
    with ContainerDoor(lambda: SESSION) as door:
        pass
    with pytest.raises(ConnectionRefusedError):
        ask(door)
