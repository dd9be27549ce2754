"""A person hears in time that a role will need them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from unexpired.agent.attending import look_ahead
from unexpired.agent.config import Notify
from unexpired.agent.notices import Notices
from unexpired.engine.horizon import Horizon, Link


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()
        self.server.told.set()

    def log_message(self, *_args):
        """Nothing."""


@pytest.fixture
def webhook():
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    server.heard, server.told = [], threading.Event()
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    yield server
    server.shutdown()
    server.server_close()
    serving.join(10)


def test_a_role_that_cannot_renew_as_long_as_it_should_is_told_of_in_time(start, config, issuer, clock, webhook):
    end = clock.now() + timedelta(hours=2)
    link = Link("sso-session", end, "sso-session-expired", "the sign-in ends", ("aws sso login --profile corp",))
    issuer.links = lambda _outlook: [link]
    roles = {"etl": replace(config.roles["etl"], horizon_seconds=6 * 3600.0)}
    running = start(replace(config, roles=roles))
    running.container()
    url = f"http://127.0.0.1:{webhook.server_address[1]}/"
    notices = Notices(Notify(desktop=False, webhook=url), environ={}, clock=clock)
    try:
        look_ahead(list(running.agent.roles), running.agent, notices)
        while not webhook.told.wait(0.05):
            clock.advance(3.0)
    finally:
        notices.close()
    assert webhook.heard[0]["event"] == "horizon-ends"
    assert Horizon(end, link, (link,)).to_json() == running.status()["horizon"]
