"""The language of signs: how phrases are compared with what tools print."""

from __future__ import annotations

import pytest

from unexpired.causes import FACTS, GAP, NAME_GAP, catalogue
from unexpired.explaining import _facts
from unexpired.explaining._calls import calls
from unexpired.explaining._plain import plain
from unexpired.explaining._stream import Line
from unexpired.explaining._text import Text


def text_of(*passages: str) -> Text:
    numbered = [[Line(i + 1, 0, line) for i, line in enumerate(passage.split("\n"))] for passage in passages]
    return Text(numbered)


@pytest.mark.parametrize(
    "dressed",
    [
        "The SSO session has expired",
        "  the   SSO\tsession\thas   EXPIRED ",
        "│ \x1b[31mThe SSO session\x1b[0m has │ expired",
        '"The \\"SSO\\" session\\nhas expired"',
        "The &quot;SSO&quot; session has expired",
        "The \\u0022SSO\\u0022 session has expired",
        "\u201cThe \u2018SSO\u2019 session has expired\u201d",
    ],
)
def test_dress_makes_no_difference(dressed: str):
    assert plain(dressed) == "the sso session has expired"


def test_a_message_broken_over_lines_is_still_one_sentence():
    assert text_of("the SSO\nsession has\nexpired").places("the sso session has expired")


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-11-21T10:00:01.1234567Z ",
        "2026-11-21T10:00:01.123456789Z stderr F ",
        "2026-11-21 10:00:01,123 ",
        "Nov 21 10:00:01 ip-10-0-0-1 job.sh[1234]: ",
        "etl-worker-1  | ",
        "etl_worker_1  | 2026-11-21T10:00:01Z ",
        "[2026-11-21, 10:00:01 UTC] {subprocess.py:93} INFO - ",
        "[2026-11-21T10:00:01.123+0000] {pod_manager.py:472} INFO - ",
    ],
)
def test_what_a_collector_puts_before_every_line_stands_in_no_messages_way(prefix: str):
    text = text_of("\n".join(prefix + part for part in ("the SSO", "session has", "expired")))
    assert text.plain.strip() == "the sso session has expired"


@pytest.mark.parametrize(
    "line",
    ["expired | token", "at 2026-11-21t10:00:00z it ended", "[2026-11-21, 10:00:01 utc] {taskinstance.py:1} error - x"],
)
def test_what_only_looks_like_a_collectors_prefix_stays(line: str):
    assert plain(line) == line


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("token", "a token b", True),
        ("|token|", "a token b", True),
        ("|token|", "expiredtoken", False),
        ("|token|", "token_x", False),
        ("one … two", "one and two", True),
        ("one … two", "two and one", False),
        ("one … two", "one " + "x" * GAP + " two", False),
        ("one ‥ two", "one name two", True),
        ("one ‥ two", "one " + "x" * NAME_GAP + " two", False),
        ("profile (‥) not", "profile (etl) not", True),
        ("one … two … three", "one a two b three", True),
    ],
)
def test_a_phrase_stands_where_its_parts_do(phrase: str, text: str, stands: bool):  # noqa: FBT001 - a table
    assert bool(text_of(text).places(phrase)) is stands


def test_nothing_is_near_across_lines_that_were_left_out():
    text = text_of("one", "two")
    assert not text.near(["two"], text.places("one")[0], 1000)
    assert not text.places("one … two")
    assert text.anywhere(["two"])


def test_a_place_knows_its_line():
    text = text_of("first\nsecond one\nthird")
    assert text.line_at(text.places("one")[0]).number == 2


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("An error occurred (ExpiredToken) when calling the AssumeRole operation: lapsed", {"assumerole", "sts"}),
        (
            "operation error S3: PutObject, https response error StatusCode: 400, api error ExpiredToken: x",
            {"putobject", "s3"},
        ),
        (
            "lapsed (Service: AWSSecurityTokenService; Status Code: 403; Error Code: ExpiredToken; Request ID: 1)",
            {"sts"},
        ),
        ("AWS Error EXPIRED_TOKEN during UploadPart operation: lapsed ExpiredToken", {"uploadpart"}),
        ("Aws::S3::Errors::ExpiredToken: lapsed", {"s3"}),
        ("StsException: ExpiredToken lapsed (Service: Sts, Status Code: 403)", {"sts"}),
        ("ExpiredToken: lapsed", set()),
    ],
)
def test_the_operation_is_read_from_the_words_of_each_sdk(printed: str, expected: set[str]):
    text = text_of(printed)
    place = (text.places("expiredtoken") or text.places("expired_token"))[0]
    assert calls(text, place) == expected


def test_every_fact_that_a_cause_asks_for_is_known_and_worked_out():
    asked = {phrase for cause in catalogue() for clue in cause.clues for phrase in clue.text if phrase[0] == "@"}
    asked |= {phrase for cause in catalogue() for sign in cause.signs for phrase in sign.beside if phrase[0] == "@"}
    assert asked <= FACTS.keys()
    for fact in FACTS:
        assert not list(_facts.places(fact, "nothing of the kind"))


@pytest.mark.parametrize(
    ("fact", "raw"),
    [
        ("@session-key", "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE"),
        ("@long-term-key", "key AKIA**************** was refused"),
        ("@session-token", "aws_session_token = IQo"),
        ("@presigned", "GET /k?X-Amz-Expires=60&X-Amz-Signature=0"),
        ("@presigned-lapsed", "X-Amz-Date=20260301T100000Z&X-Amz-Expires=60 <ServerTime>2026-03-01T10:05:00Z"),
        ("@presigned-live", "X-Amz-Date=20260301T100000Z&X-Amz-Expires=600 <ServerTime>2026-03-01T10:05:00Z"),
        ("@after-15m", "2026-03-01 10:00:00 start\n2026-03-01 10:15:20 token expired"),
        ("@after-1h", "10:00:00 start\n11:00:03 token expired"),
        ("@after-1h", "23:30:00 start\n00:31:00 token expired"),
        ("@after-hours", "26/03/01 10:00:00 start\n26/03/01 16:00:03 token expired"),
        ("@late-by-minutes", "Signature expired: 20260301T100000Z is now earlier than 20260301T100200Z"),
        ("@opt-in-region", "endpoint https://s3.me-south-1.amazonaws.com"),
        ("@renewal-host", "Post https://sts.eu-west-1.amazonaws.com/"),
    ],
)
def test_a_fact_is_worked_out(fact: str, raw: str):
    assert list(_facts.places(fact, raw))


@pytest.mark.parametrize(
    ("fact", "raw"),
    [
        ("@session-key", "time zone Asia/Tokyo, ASIA PACIFIC"),
        ("@session-token", '"AWS_SESSION_TOKEN": null'),
        ("@opt-in-region", "eu-west-1 us-east-1"),
        ("@renewal-host", "https://costs.example.com https://bkt.s3.amazonaws.com"),
        ("@after-1h", "2026-03-01 10:00:00 start\n2026-13-77 99:00:00 token expired"),
    ],
)
def test_a_fact_is_not_imagined(fact: str, raw: str):
    assert not list(_facts.places(fact, raw))
