"""A person hears in time that a role will need them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from unexpired.agent.config import Notify
from unexpired.agent.notices.attending import look_ahead
from unexpired.agent.notices.notices import Notices
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


@pytest.mark.skipif(sys.platform == "win32", reason="the agent's socket is a unix socket")
def test_an_agent_whose_sign_in_has_ended_says_who_has_to_sign_in_and_where(sign_ins, folder, webhook):
    toml = folder / "unexpired.toml"
    url = f"http://127.0.0.1:{webhook.server_address[1]}/hook"
    state = f'[agent]\nstate = "{folder}/state"\nsocket = "{folder}/a.sock"\n'
    toml.write_text(f'{state}[notify]\nwebhook = "{url}"\n[roles.one]\nprofile = "etl"\n[roles.two]\nprofile = "etl"\n')
    command = [sys.executable, "-m", "unexpired", "agent", "run", "--config", str(toml)]
    with subprocess.Popen(command, env={**os.environ, **sign_ins.environment}, stderr=subprocess.DEVNULL) as agent:
        try:
            assert webhook.told.wait(60)
        finally:
            agent.terminate()
            agent.wait(30)
    heard = webhook.heard[0]
    assert (heard["event"], sorted(heard["roles"])) == ("person-needed", ["one", "two"])
    assert heard["commands"][0].startswith("aws sso login --profile etl")
    assert len(webhook.heard) == 1
