"""A person is asked where there is a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import select
import sys

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


def shown(person, *expected):
    """What the terminal shows until all of this has come; the kernel may hand it over in pieces."""
    seen = ""
    while not all(words in seen for words in expected):
        ready, _, _ = select.select([person], [], [], 30)
        assert ready, f"nothing more was shown after {seen!r}"
        seen += os.read(person, 1000).decode()
    return seen


def test_a_person_at_the_terminal_is_asked_and_told(terminal):
    person, (answers, questions) = terminal
    prompter = prompter_at_terminal(answers, questions)
    prompter.tell("Sign in at https://device.sso.us-east-1.amazonaws.com/")
    os.write(person, b"123456\n")
    assert prompter.ask("MFA code of arn:aws:iam::123456789012:mfa/ann: ") == "123456"
    shown(person, "Sign in at https://", "MFA code of arn")


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


def test_a_program_that_is_run_talks_to_the_terminal_and_its_status_is_told(terminal, capfd):
    person, (answers, questions) = terminal
    prompter = prompter_at_terminal(answers, questions)
    os.write(person, b"here\n")
    command = ("/bin/sh", "-c", 'read word; echo "$GREETING $word"; echo "and errors" >&2; exit 3')
    assert prompter.run(command, {"GREETING": "hello"}) == 3
    shown(person, "hello here", "and errors")
    assert capfd.readouterr() == ("", "")


def test_a_program_that_a_signal_ended_or_that_is_not_there_has_a_status_too(terminal):
    _, streams = terminal
    prompter = prompter_at_terminal(*streams)
    assert prompter.run(("/bin/sh", "-c", "kill -TERM $$"), {}) == 143
    assert prompter.run(("/no/such/program",), {}) == 127


def test_a_program_in_the_background_of_its_terminal_is_not_stopped_by_a_question():
    """As `python job.py &` in a shell: it is told that nobody can be asked, where reading would stop it."""
    program = (
        "import os\n"
        "from unexpired import PersonNeeded\n"
        "from unexpired.channels.terminal import prompter_at_terminal\n"
        "job = os.fork()\n"
        "if job == 0:\n"
        "    os.setpgid(0, 0)\n"
        "    try: prompter_at_terminal().ask('code? ')\n"
        "    except PersonNeeded as error: os.write(2, error.why.encode())\n"
        "    os._exit(7)\n"
        "_, status = os.waitpid(job, os.WUNTRACED)\n"
        "os._exit(70 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status))\n"
    )
    shell, keys = pty.fork()
    if shell == 0:
        os.execv(sys.executable, [sys.executable, "-c", program])
    seen = b""
    while True:
        try:
            part = os.read(keys, 1000)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        seen += part
    _, status = os.waitpid(shell, 0)
    os.close(keys)
    assert os.waitstatus_to_exitcode(status) == 7, seen
    assert b"background" in seen
    assert b"code?" not in seen
