"""A person hears once, and by every way that is configured, that only a person can continue."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from unexpired.agent.config import Notify
from unexpired.agent.notices.notices import Notices
from unexpired.agent.notices.ways import deliver, desktop_command
from unexpired.engine.errors import PersonNeeded, SourceUnavailable
from unexpired.engine.events import RenewalDetails
from unexpired.engine.horizon import Horizon, Link
from unexpired.testing.clock import FakeClock

SIGN_IN = PersonNeeded(
    "The sign-in has ended",
    why="the token has lapsed",
    next_steps="aws sso login --profile corp",
    cause="sso-session-expired",
)
FAILED = RenewalDetails("renewal_failed", "sso", "schedule", error=SIGN_IN)
RENEWED = RenewalDetails("renewed", "sso", "schedule")


class Hook(HTTPServer):
    """A webhook that keeps what it is posted, and answers with the statuses it is given, then 200."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _HookAnswer)
        self.heard = queue.Queue()
        self.statuses = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/T0/canary"


class _HookAnswer(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.heard.put((status, json.loads(body)))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        """Nothing."""


@pytest.fixture
def hook():
    server = Hook()
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    yield server
    server.shutdown()
    server.server_close()
    serving.join(10)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def notices(hook, clock):
    notices = Notices(Notify(desktop=False, webhook=hook.url), environ={}, clock=clock)
    yield notices
    notices.close()


def told(clock, hook):
    """What the webhook hears once the time of gathering is over."""
    clock.wait_until_sleeping(1)
    clock.advance(3.0)
    return hook.heard.get(timeout=20)[1]


def test_roles_behind_one_sign_in_are_one_notice(notices, clock, hook):
    for role in ("etl", "lake", "etl"):
        notices.renewal(role, FAILED)
    heard = told(clock, hook)
    text = heard.pop("text")
    assert heard == {
        "version": 1,
        "event": "person-needed",
        "roles": ["etl", "lake"],
        "what": "The sign-in has ended",
        "why": "the token has lapsed",
        "commands": ["aws sso login --profile corp"],
        "cause": "sso-session-expired",
        "until": None,
    }
    assert "etl, lake" in text
    assert "aws sso login --profile corp" in text


def test_one_occasion_is_told_once_and_the_next_one_again(notices, clock, hook):
    notices.renewal("etl", FAILED)
    told(clock, hook)
    notices.renewal("etl", FAILED)
    notices.renewal("lake", FAILED)
    notices.renewal("etl", RENEWED)
    notices.renewal("etl", FAILED)  # lake still waits for the same sign-in
    notices.renewal("etl", RENEWED)
    notices.renewal("lake", RENEWED)
    assert hook.heard.empty()
    notices.renewal("etl", FAILED)
    assert told(clock, hook)["roles"] == ["etl"]
    assert hook.heard.empty()


def test_what_only_time_can_cure_is_no_notice(notices, clock, hook):
    down = RenewalDetails("renewal_failed", "sso", "schedule", error=SourceUnavailable("STS is down"))
    notices.renewal("etl", down)
    notices.renewal("lake", FAILED)
    assert told(clock, hook)["roles"] == ["lake"]


def test_an_end_that_comes_too_soon_is_told_before_it_is_there(notices, clock, hook):
    def found(hours):
        end = clock.now() + timedelta(hours=hours)
        link = Link("sso-session", end, "sso-session-expired", "the sign-in ends then", ("aws sso login",))
        return Horizon(end, link, (link,))

    six_hours = 6 * 3600.0
    notices.looked("etl", found(7), six_hours)
    notices.looked("quiet", found(1), None)
    notices.looked("etl", found(4), six_hours)
    heard = told(clock, hook)
    assert (heard["event"], heard["roles"]) == ("horizon-ends", ["etl"])
    assert heard["what"] == "sso-session ends in 4h, and 6h are wanted"
    assert heard["until"] == "2026-11-21T16:00:00Z"
    notices.looked("etl", found(3), six_hours)
    assert hook.heard.empty()
    notices.looked("etl", found(8), six_hours)
    notices.looked("etl", found(5), six_hours)
    assert told(clock, hook)["event"] == "horizon-ends"


def test_a_webhook_that_stumbles_is_tried_again(hook):
    hook.statuses = [503]
    assert deliver("t", "b", {"version": 1}, Notify(desktop=False, webhook=hook.url), {}) == ""
    assert [hook.heard.get(timeout=10)[0] for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("status", [302, 403])
def test_a_webhook_that_refuses_or_sends_elsewhere_is_given_up_and_its_address_told_to_nobody(hook, status):
    hook.statuses = [status]
    reason = deliver("t", "b", {"version": 1}, Notify(desktop=False, webhook=hook.url), {})
    assert reason == f"the webhook answers {status}"
    assert hook.heard.qsize() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's desktops")
def test_a_desktop_shows_the_words_as_they_are(tmp_path):
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/shown\n')
    program.chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    assert deliver("--title $(id)", "body 'x'", {}, Notify(), environ) == ""
    assert Path(tmp_path, "shown").read_text() == "--app-name=unexpired\n--\n--title $(id)\nbody 'x'\n"


def test_a_machine_without_a_desktop_shows_nothing_and_complains_of_nothing():
    assert deliver("t", "b", {}, Notify(), {"PATH": ""}) == ""


def test_words_are_no_part_of_a_script():
    nasty = '"; do shell script "id'
    script = desktop_command(nasty, nasty, {}, "darwin")
    assert script[-2:] == (nasty, nasty)
    assert all(nasty not in part for part in script[:-2])
    assert all(nasty not in part for part in desktop_command(nasty, nasty, {}, "win32"))
