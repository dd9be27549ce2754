"""The person at the terminal, asked and told beside stdin and stdout: those are a command's own."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unexpired.engine.protocols import Prompter


def controlling_terminal() -> Prompter | None:
    """Somebody to ask, or None: there is no terminal, or we are in its background, where asking would stop us.

    The terminal itself rather than stdin, which may be the command's data.
    """
    from unexpired.channels.terminal import prompter_at_terminal

    if sys.platform == "win32":
        return prompter_at_terminal()
    try:
        answers = Path("/dev/tty").open()  # noqa: SIM115 - until the process ends
        questions = Path("/dev/tty").open("w")  # noqa: SIM115 - as above
        if os.tcgetpgrp(answers.fileno()) != os.getpgrp():
            return None
    except OSError:
        return None
    return prompter_at_terminal(answers, questions)


def say(message: str) -> None:
    """One line of ours on stderr, told apart from a command's own."""
    click.echo(f"unexpired: {message}", err=True)


class _Said(logging.Handler):
    """Log records as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        failed = getattr(record, "renewal", None)
        if failed is not None and failed.caused_by == "first use":
            return  # whoever asked is given the error, and says it
        say(record.getMessage())


def say_what_the_engine_reports(*, debug: bool) -> None:
    """Show the ``unexpired`` logger: failed renewals, and with ``--debug`` every renewal."""
    logger = logging.getLogger("unexpired")
    logger.setLevel(logging.INFO if debug else logging.WARNING)
    logger.propagate = False
    logger.handlers = [_Said()]
