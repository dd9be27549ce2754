"""What people see."""

from __future__ import annotations

import io

from unexpired.explaining import explain
from unexpired.explaining._report import NOTHING, plain_report, print_report

SIGN_IN = "$ aws s3 ls --profile etl\nError when retrieving token from sso: Token has expired and refresh failed\n"


def test_a_proven_cause_reads_like_this():
    assert plain_report(explain(SIGN_IN, platform="linux")) == (
        "The IAM Identity Center sign-in has lapsed.\n"
        "  cause    sso-session-expired (expired, proven)\n"
        "  line 2   Error when retrieving token from sso: Token has expired and refresh failed\n"
        "  why      The SDK says in so many words that the Identity Center sign-in is over.\n"
        "  cure     Sign in again.\n"
        "           $ aws sso login --profile etl\n"
        "           $ unexpired horizon --profile etl --for 6h\n"
        "  confirm  unexpired doctor sso-session-expired --profile etl\n"
        "  more     docs/causes/sso-session-expired.md"
    )


def test_a_line_of_a_long_log_stands_apart_from_its_number():
    report = plain_report(explain("fine\n" * 99999 + SIGN_IN, platform="linux"))
    assert "  line 100001 Error when retrieving token" in report
    assert "  line 12  Error" in plain_report(explain("fine\n" * 10 + SIGN_IN, platform="linux"))


def test_where_the_text_cannot_decide_the_headline_says_so():
    report = plain_report(explain("ExpiredToken: The provided token has expired."))
    assert report.startswith("Something that was good has lapsed. The text alone does not say why; this fits best.\n")
    assert "It could also be:" in report


def test_nothing_is_said_about_nothing():
    assert plain_report(explain("fine")) == NOTHING


def test_a_terminal_gets_the_same_words(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for colour in (None, False):
        terminal = Terminal()
        monkeypatch.setattr("sys.stdout", terminal)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "110")
        print_report(explain(SIGN_IN, platform="linux"), colour=colour)
        shown = terminal.getvalue()
        for word in ("sso-session-expired", "proven", "aws sso login --profile etl", "unexpired doctor"):
            assert word in shown
        assert ("\x1b[3" in shown) is (colour is None)


def test_on_a_narrow_terminal_a_command_can_be_pasted_and_a_slug_read(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    text = "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired."
    print_report(explain(text, platform="linux"), colour=False)
    shown = terminal.getvalue()
    assert "$ unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n" in shown
    assert "request-outlives-session" in shown
    assert "\n\n           $" not in shown
