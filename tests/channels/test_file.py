"""A credentials file that follows its sessions."""

from __future__ import annotations

import threading

import pytest

from unexpired.channels import file
from unexpired.channels.file import CredentialsFile, file_section
from unexpired.engine.credentials import Credentials
from unexpired.engine.errors import SourceUnavailable

FIRST, SECOND = (Credentials(f"ASIAEXAMPLE0000{number}", "s", "t") for number in (1, 2))


class Written:
    """Where the file would be: the sessions in their order, and a way to wait for the next."""

    def __init__(self):
        self.sessions = []
        self.more = threading.Condition()

    def __call__(self, credentials):
        with self.more:
            self.sessions.append(credentials)
            self.more.notify_all()

    def wait_for(self, count):
        with self.more:
            assert self.more.wait_for(lambda: len(self.sessions) >= count, timeout=20)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(file, "_LOOK_SECONDS", 0.01)


def test_a_new_session_is_written_once_and_the_same_one_not_again():
    in_hand, written = [FIRST], Written()
    with CredentialsFile(lambda: in_hand[0], written):
        in_hand[0] = SECOND
        written.wait_for(2)
    assert written.sessions == [FIRST, SECOND]


def test_it_is_written_before_the_program_starts():
    written = Written()
    CredentialsFile(lambda: FIRST, written)
    assert written.sessions == [FIRST]


def test_a_renewal_that_fails_leaves_what_is_there_and_the_next_one_is_written():
    failed, written = threading.Event(), Written()
    answers = [FIRST, SourceUnavailable("STS is away"), SECOND]

    def supply():
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            failed.set()
            raise answer
        return answer

    with CredentialsFile(supply, written):
        assert failed.wait(20)
        written.wait_for(2)
    assert written.sessions == [FIRST, SECOND]


def test_a_long_term_key_has_no_token_line():
    assert file_section(Credentials("AKIAEXAMPLE00001", "s")) == {
        "aws_access_key_id": "AKIAEXAMPLE00001",
        "aws_secret_access_key": "s",
    }
