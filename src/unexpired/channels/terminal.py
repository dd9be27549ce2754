"""The person at the terminal, if there is one: asked for an MFA code when a caller waits for a session."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from unexpired.engine.errors import PersonNeeded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from unexpired.engine.protocols import Prompter


def prompter_at_terminal(answers: TextIO | None = None, questions: TextIO | None = None) -> Prompter | None:
    """Somebody to ask, or None in a service, a pipeline, a notebook: there a question would hang the job.

    Args:
        answers: None for standard input.
        questions: None for standard error; standard output may be somebody's data.
    """
    answers = sys.stdin if answers is None else answers
    questions = sys.stderr if questions is None else questions
    try:
        both = answers.isatty() and questions.isatty()
    except (AttributeError, ValueError):  # no standard streams (pythonw, a daemon), or closed ones
        return None
    return Terminal(answers, questions) if both else None


class Terminal:
    """Asks on one stream and reads the answer from another."""

    def __init__(self, answers: TextIO, questions: TextIO) -> None:
        self._answers = answers
        self._questions = questions
        self.has_run = False

    def ask(self, question: str, *, secret: bool = False) -> str:
        """The person's answer, without the line's end. Blocks until it comes.

        Raises:
            PersonNeeded: the terminal was closed instead, or is somebody else's now (``python job.py &``).
        """
        if self._in_background():
            raise PersonNeeded(
                "Nobody can be asked",
                why="this program runs in the terminal's background, where asking would stop it",
                next_steps="bring it to the foreground: fg",
            )
        try:
            if secret:
                return getpass.getpass(question, self._questions)
            self._questions.write(question)
            self._questions.flush()
            answer = self._answers.readline()
        except (EOFError, OSError):
            answer = ""
        if not answer:
            raise PersonNeeded(
                "Nobody answered", why="the terminal was closed", next_steps="run it in a terminal again"
            )
        return answer.rstrip("\r\n")

    def _in_background(self) -> bool:
        """Whether reading here would stop us (POSIX.1, SIGTTIN)."""
        if sys.platform == "win32":
            return False
        try:
            return os.tcgetpgrp(self._answers.fileno()) != os.getpgrp()
        except (OSError, ValueError):  # not the terminal that controls us: it stops nobody
            return False

    def tell(self, message: str) -> None:
        """Say something that needs no answer."""
        self._questions.write(f"{message}\n")
        self._questions.flush()

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run a program in the foreground; 128 + n when signal n ended it, 127 when it cannot be started.

        What it prints goes to the questions' stream: standard output may be somebody's data.
        """
        self.has_run = True
        try:
            status = subprocess.run(
                command,
                stdin=self._answers,
                stdout=self._questions,
                stderr=self._questions,
                env=dict(environment),
                check=False,
            ).returncode
        except OSError as error:
            self.tell(f"{command[0]}: {error.strerror}")
            return 127
        return status if status >= 0 else 128 - status
