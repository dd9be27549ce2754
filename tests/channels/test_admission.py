"""Who may ask: one table of strangers, each refused for its own reason."""

from __future__ import annotations

import pytest

from unexpired.channels.admission import Asked, judge

HOST = ("Host", "127.0.0.1:4321")
KEY = ("Authorization", "opens-it")


def verdict(*headers, method="GET", target="/credentials"):
    asked = Asked(method, target, headers)
    refusal = judge(asked, hosts={"127.0.0.1:4321", "localhost:4321"}, token_for={"/credentials": "opens-it"}.get)
    return None if refusal is None else (refusal.status, refusal.code)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([HOST, KEY], id="as botocore asks"),
        pytest.param([("host", "LOCALHOST:4321"), ("authorization", "opens-it")], id="names in any case"),
        pytest.param([HOST, KEY, ("User-Agent", "aws-sdk-cpp"), ("Accept", "*/*")], id="with more headers"),
    ],
)
def test_an_sdk_with_the_token_is_let_in(headers):
    assert verdict(*headers) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([KEY], (403, "HostRefused"), id="no Host"),
        pytest.param([("Host", "evil.example:4321"), KEY], (403, "HostRefused"), id="a name that was re-pointed at us"),
        pytest.param([("Host", "127.0.0.1"), KEY], (403, "HostRefused"), id="another port"),
        pytest.param([HOST, ("Host", "evil.example"), KEY], (403, "HostRefused"), id="two Hosts"),
        pytest.param([HOST, KEY, ("Origin", "http://127.0.0.1:4321")], (403, "BrowserRefused"), id="a browser"),
        pytest.param([HOST, KEY, ("Sec-Fetch-Site", "none")], (403, "BrowserRefused"), id="a browser's address bar"),
        pytest.param([HOST, KEY, ("X-Forwarded-For", "10.0.0.9")], (403, "ProxyRefused"), id="a proxy"),
        pytest.param([HOST, KEY, ("Via", "1.1 squid")], (403, "ProxyRefused"), id="another proxy"),
        pytest.param([HOST], (403, "TokenMissing"), id="no token"),
        pytest.param([HOST, ("Authorization", "")], (403, "TokenRefused"), id="an empty token"),
        pytest.param([HOST, ("Authorization", "opens-i")], (403, "TokenRefused"), id="nearly the token"),
        pytest.param([HOST, ("Authorization", "Bearer opens-it")], (403, "TokenRefused"), id="with a scheme"),
        pytest.param([HOST, ("Authorization", "öpens-it")], (403, "TokenRefused"), id="beyond ASCII"),
        pytest.param([HOST, KEY, ("Authorization", "guess")], (403, "TokenRefused"), id="a guess beside the token"),
    ],
)
def test_a_stranger_is_refused(headers, expected):
    assert verdict(*headers) == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "get"])
def test_only_get_is_answered(method):
    assert verdict(HOST, KEY, method=method) == (405, "MethodNotAllowed")


PATHS = """\
/
//credentials
/credentials/
/x/../credentials
/%63redentials
/credentials?x=1
http://127.0.0.1:4321/credentials
*"""


@pytest.mark.parametrize("target", PATHS.splitlines())
def test_a_path_is_compared_as_it_was_sent(target):
    assert verdict(HOST, KEY, target=target) == (404, "NotFound")


def test_a_refusal_repeats_nothing_that_was_sent():
    asked = Asked("GET", "/canary-path", [HOST, ("Authorization", "canary-token")])
    refusal = judge(asked, hosts={"127.0.0.1:4321"}, token_for={}.get)
    assert "canary" not in str(refusal)
