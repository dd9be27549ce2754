"""A person is asked where there is a terminal, and nowhere else."""

from __future__ import annotations

import io
import os

import pytest

from unexpired import PersonNeeded
from unexpired.channels.terminal import prompter_at_terminal

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")


@pytest.fixture
def terminal():
    """The two ends of a terminal: the program's streams, and what the person sees and types."""
    person, program = pty.openpty()
    streams = os.fdopen(program, "r"), os.fdopen(os.dup(program), "w")
    yield person, streams
    for stream in streams:
        stream.close()
    os.close(person)


def test_a_person_at_the_terminal_is_asked_and_told(terminal):
    person, (answers, questions) = terminal
    prompter = prompter_at_terminal(answers, questions)
    prompter.tell("Sign in at https://device.sso.us-east-1.amazonaws.com/")
    os.write(person, b"123456\n")
    assert prompter.ask("MFA code of arn:aws:iam::123456789012:mfa/ann: ") == "123456"
    seen = os.read(person, 1000).decode()
    assert "Sign in at https://" in seen
    assert "MFA code of arn" in seen


def test_a_terminal_that_is_closed_instead_of_answering_is_a_person_needed(terminal):
    person, (answers, questions) = terminal
    prompter = prompter_at_terminal(answers, questions)
    os.write(person, b"\x04")  # the end of transmission, Ctrl-D
    with pytest.raises(PersonNeeded):
        prompter.ask("MFA code: ")


def test_nobody_is_asked_when_input_or_errors_go_elsewhere(terminal):
    _, (answers, questions) = terminal
    assert prompter_at_terminal(io.StringIO("123456\n"), questions) is None
    assert prompter_at_terminal(answers, io.StringIO()) is None


def test_nobody_is_asked_on_closed_streams(terminal):
    _, (answers, _) = terminal
    closed = io.StringIO()
    closed.close()
    assert prompter_at_terminal(answers, closed) is None
