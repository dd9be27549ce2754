"""The person at the terminal, if there is one: asked for an MFA code when a caller waits for a session."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from unexpired.engine.errors import PersonNeeded

if TYPE_CHECKING:
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

    def ask(self, question: str, *, secret: bool = False) -> str:
        """The person's answer, without the line's end. Blocks until it comes.

        Raises:
            PersonNeeded: the terminal was closed instead.
        """
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

    def tell(self, message: str) -> None:
        """Say something that needs no answer."""
        self._questions.write(f"{message}\n")
        self._questions.flush()
