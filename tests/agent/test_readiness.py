"""A service manager hears that the agent is ready, lives, reloads and stops; without one nothing happens."""

from __future__ import annotations

import os
import secrets
import socket
import sys

import pytest

from unexpired.agent import readiness

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the protocol is one of unix sockets")


@pytest.fixture(
    params=["path", pytest.param("abstract", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux"))]
)
def manager(request, tmp_path, monkeypatch):
    """A socket that hears what a service manager would, at a path or in the abstract namespace."""
    address = str(tmp_path / "n") if request.param == "path" else f"@unexpired-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address.replace("@", "\0", 1) if request.param == "abstract" else address)
        heard.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield heard


def test_a_manager_hears_each_step(manager):
    assert readiness.ready("2 roles")
    assert manager.recv(1000) == b"READY=1\nSTATUS=2 roles"
    assert readiness.reloading()
    first, second = manager.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0
    assert readiness.alive()
    assert manager.recv(1000) == b"WATCHDOG=1"
    assert readiness.stopping()
    assert manager.recv(1000) == b"STOPPING=1"


@pytest.mark.parametrize("address", [None, "", "relative", "/nobody/is/here"])
def test_without_a_manager_nothing_happens(monkeypatch, address):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not readiness.ready("2 roles")


def test_the_watchdog_is_fed_at_half_of_what_is_waited():
    assert readiness.watchdog_seconds({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}) == 15.0
    assert readiness.watchdog_seconds({"WATCHDOG_USEC": "30000000"}) == 15.0


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}],
)
def test_nobody_waits_where_nothing_or_another_process_is_named(environ):
    assert readiness.watchdog_seconds(environ) is None
