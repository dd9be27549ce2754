"""How near its end a session makes each client ask again: the reason why doors keep sixteen minutes in hand.

The endpoint here is none of ours: it hands out one session, says of it what the test wants, and counts who asks.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from unexpired.channels.process import PROCESS_POLICY

pytestmark = [pytest.mark.clients, pytest.mark.toolchain]

# Seconds left of the session: with the first, a client asks once; with the second, before every request.
WINDOWS = {
    "boto": (960, 840),
    "cli": (960, 840),
    "go": (330, 270),
    "js": (330, 270),
    "java": (840, 90),  # in between it asks now and then, behind the requests
    "rust": (330, 270),
    "aws-rust": (30, 3),
}


class Endpoint(ThreadingHTTPServer):
    """A container's credentials endpoint whose session always has so many seconds left."""

    def __init__(self, session, left):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.session, self.left, self.asked = session, left, 0


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        ends = datetime.now(timezone.utc) + timedelta(seconds=self.server.left)
        session = self.server.session
        body = json.dumps(
            {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret_access_key,
                "Token": session.session_token,
                "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def asked(sandbox, start, tmp_path):
    """``asked(client, left)``: how often a client asks, and how many requests it makes meanwhile."""

    def count(client, left):
        endpoint = Endpoint(sandbox.vend("etl", "job"), left)
        threading.Thread(target=endpoint.serve_forever, args=(0.02,), daemon=True).start()
        (tmp_path / "token").write_text("a-token")
        variables = {
            **sandbox.environment(),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{endpoint.server_address[1]}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        }
        run = start(client, variables, seconds=6 if client.name == "java" else 2)  # the JVM warms up
        assert run.failures() == []
        endpoint.shutdown()
        endpoint.server_close()
        return endpoint.asked, len(run.lines)

    return count


def once(client, requests):
    """The AWS CLI is a new process each time."""
    return requests if client.name == "cli" else 1


def test_what_a_door_keeps_in_hand_is_outside_of_every_clients_window(client, asked):
    number, requests = asked(client, PROCESS_POLICY.reserve_seconds)
    assert number == once(client, requests)


def test_a_client_asks_again_when_so_much_is_left_as_the_documentation_says(client, asked):
    at_peace, each_time = WINDOWS[client.name]
    number, requests = asked(client, at_peace)
    assert number == once(client, requests)
    number, requests = asked(client, each_time)
    assert number >= requests
