"""A head is one request or none, whatever bytes it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.agent.http.wire import BadRequest, Reply, json_reply, parsed, refusal_reply
from unexpired.channels.admission import Refusal

PIECES = st.sampled_from(
    [
        *(
            b"GET",
            b"PUT",
            b" ",
            b"/credentials/etl",
            b"/",
            b"HTTP/1.1",
            b"HTTP/1.0",
            b"\r\n",
            b"\n",
            b"\r",
            b"\0",
            b":",
        ),
        *(b"Host: x", b"Authorization: y", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"\t", b"\xff", b"%2e"),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=20).map(b"".join))
def test_any_bytes_are_a_request_or_are_refused(head):
    try:
        request = parsed(head)
    except BadRequest:
        return
    assert request.method.isalpha()
    assert request.target.startswith("/")
    assert not set(request.target) & set(" \r\n\0")
    assert not request.values("transfer-encoding")
    assert b"\n" not in head.replace(b"\r\n", b"")


@given(st.binary(max_size=40))
def test_what_follows_a_good_line_does_not_change_the_line(more):
    try:
        request = parsed(b"GET /credentials/etl HTTP/1.1\r\nHost: a\r\nX: " + more)
    except BadRequest:
        return
    assert (request.method, request.target) == ("GET", "/credentials/etl")
    assert request.values("host")[0] == "a"


def test_repeated_headers_are_all_seen():
    request = parsed(b"GET / HTTP/1.1\r\nHost: a\r\nHOST:b\r\nhost:\t c ")
    assert list(request.values("host")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("head", "closing"),
    [
        (b"GET / HTTP/1.1", False),
        (b"GET / HTTP/1.0", True),
        (b"GET / HTTP/1.1\r\nConnection: close", True),
        (b"GET / HTTP/1.1\r\nConnection: Keep-Alive, Close", True),
        (b"GET / HTTP/1.1\r\nContent-Length: 0", False),
        (b"GET / HTTP/1.1\r\nContent-Length: 7", True),
    ],
)
def test_a_connection_ends_where_the_client_says_so_or_a_body_was_announced(head, closing):
    assert parsed(head).closing is closing


def test_an_answer_is_the_same_but_for_one_line_when_it_is_the_last():
    reply = Reply(200, b"body", "text/plain", [("X-A", "b")])
    assert reply.body == b"body"
    assert reply.closing() == reply.wire.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def test_a_refusal_names_its_reason_in_both_spellings_and_carries_no_secret():
    reply = refusal_reply(Refusal(405, "MethodNotAllowed", "No."))
    assert reply.denied == "MethodNotAllowed"
    assert b"\r\nAllow: GET\r\n" in reply.wire
    assert "canary" not in repr(json_reply({"SecretAccessKey": "canary"}))
    assert "canary" not in repr(parsed(b"GET /canary HTTP/1.1\r\nAuthorization: canary"))
