"""Who is shown the agent's page: whoever came by a link that works once, in a browser of the agent's own user."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from tests.agent.conftest import asked

from unexpired.agent.views.page.serving import Page
from unexpired.cli._group import group


@pytest.fixture
def link(agent) -> str:
    answer = agent.unix("POST", "/page")
    assert answer.status == 200
    return answer.json["url"]


def visit(url: str, method: str = "GET", **headers):
    port, path = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.*)", url).groups()
    return asked("127.0.0.1", int(port), method, path, headers)


def cookie_of(answer) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


@pytest.fixture
def home(link) -> str:
    return link.partition("/open/")[0] + "/"


@pytest.fixture
def cookie(link) -> str:
    answer = visit(link)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    return cookie_of(answer)


def test_a_link_leads_to_the_page(agent, home, cookie):
    agent.container()
    answer = visit(home, Cookie=f"other=1; {cookie}", Sec_Fetch_Site="same-origin")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<h2>etl" in answer.body
    assert b"canary" not in answer.body
    assert agent.token().encode() not in answer.body


def test_the_browser_is_told_to_keep_it_to_itself_and_run_nothing(home, link):
    given = visit(link)
    for words in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
        assert words in given.headers["Set-Cookie"]
    answer = visit(home, Cookie=cookie_of(given))
    style = re.search(rb"<style>(.*?)</style>", answer.body, re.DOTALL)[1]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert base64.b64encode(hashlib.sha256(style).digest()).decode() in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Refresh"] == "10"


def test_a_link_works_once(agent, link):
    visit(link)
    answer = visit(link)
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers
    assert b"agent status --open" in answer.body
    assert len(agent.denials("LinkRefused")) == 1


def test_a_link_lapses_after_a_minute(agent, link, clock):
    clock.advance(61)
    assert visit(link).status == 403


def test_a_cookie_lapses_after_twelve_hours(home, cookie, clock):
    clock.advance(hours=12)
    assert visit(home, Cookie=cookie).status == 403


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "CookieRefused"),
        ({"Cookie": "unexpired_1=guess"}, "CookieRefused"),
        ({"Host": "evil.example"}, "HostRefused"),
        ({"Origin": "https://evil"}, "OriginRefused"),
        ({"Sec-Fetch-Site": "cross-site"}, "OriginRefused"),
        ({"Sec-Fetch-Site": "same-site"}, "OriginRefused"),
        ({"X-Forwarded-For": "10.0.0.1"}, "OriginRefused"),
    ],
)
def test_others_are_refused_and_written_down(agent, home, cookie, headers, code):
    sent = headers if code == "CookieRefused" else {"Cookie": cookie, **headers}
    answer = visit(home, **sent)
    assert answer.status == 403
    assert b"etl" not in answer.body
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert len(agent.denials(code)) == 1


def test_a_link_is_not_used_up_by_another_site(link):
    assert visit(link, Sec_Fetch_Site="cross-site").status == 403
    assert visit(link, Sec_Fetch_Site="none").status == 303


def test_the_page_is_only_read(home, cookie):
    answer = visit(home, "POST", Cookie=cookie)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert visit(home + "credentials/etl", Cookie=cookie).status == 404


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not say whose a TCP client is")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becoming another user takes root")
def test_another_user_is_refused_even_with_the_cookie(agent, home, cookie):
    program = (
        "import os, socket, sys\nos.setuid(65534)\n"
        "c = socket.socket(); c.connect(('127.0.0.1', int(sys.argv[1])))\n"
        "c.sendall(sys.argv[2].encode())\nprint(c.recv(100).split()[1].decode())\n"
    )
    port = home.split(":")[2].rstrip("/")
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    done = subprocess.run([sys.executable, "-c", program, port, request], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "403"
    assert [line["uid"] for line in agent.denials("UidRefused")] == [65534]


def test_a_link_is_for_the_agents_user_and_its_port_stays(agent, start, link, home):
    assert agent.unix("GET", "/page").status == 405
    agent.stop()
    again = start().unix("POST", "/page").json["url"]
    assert again.startswith(home)


def test_nothing_is_open_before_somebody_asks(agent):
    assert isinstance(agent.agent.page, Page)
    assert agent.agent.state.port("page") == 0


def test_without_a_display_the_link_is_printed(agent, monkeypatch):
    monkeypatch.setenv("UNEXPIRED_AGENT_SOCKET", str(agent.agent.socket))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(group, ["agent", "status", "--open"])
    assert done.exit_code == 0, done.output
    assert visit(re.search(r"http://127\S+", done.output)[0]).status == 303


@pytest.mark.clients
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium here")
def test_chromium_comes_in_by_the_link_and_draws_the_page(agent, link, tmp_path):
    agent.container()
    picture = tmp_path / "page.png"
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=2000",
    ]
    done = subprocess.run(
        ["chromium", *arguments, "--window-size=1000,600", f"--screenshot={picture}", link],
        capture_output=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000  # a blank page has a third of that
    assert b"Content Security Policy" not in done.stderr
    assert agent.denials("CookieRefused") == []


def test_two_who_ask_at_one_moment_are_led_to_one_port(agent):
    async def both():
        return await asyncio.gather(agent.agent.page.link(), agent.agent.page.link())

    one, other = (json.loads(reply.body)["url"].rsplit("/", 1) for reply in agent.do(both()))
    assert one[0] == other[0]
    assert one[1] != other[1]
