"""``unexpired explain``: why AWS refused, from what it said."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.explaining import Explanation

_NOTHING_RECOGNISED = 1
# A path with a space or two is a path; so short a message is hardly one.
_FEWEST_WORDS = 4


@click.command(
    short_help="Name the cause of an error in a log or a traceback.",
    epilog="Example:  unexpired explain job.log   or:  kubectl logs job/etl | unexpired explain",
)
@click.argument("file", default="-")
@click.option("--json", "as_json", is_flag=True, help="Say it in one JSON object on one line.")
@click.pass_context
def command(ctx: click.Context, *, file: str, as_json: bool) -> None:
    """Explain an error: name the cause in a log, a traceback or a pasted sentence.

    FILE may be anything and of any size; without one, or with -, standard input is read. A quoted sentence that names
    no file is read itself. Secrets in it are not shown. Ends with 1 when no credential problem is recognised.
    """
    from unexpired.engine.errors import ConfigurationError
    from unexpired.explaining import Explanation, explain

    try:
        with _opened(file) as stream:
            explanation = explain(stream)
    except OSError as error:
        if as_json:
            click.echo(Explanation("none", (), error=f"cannot read {file}: {error.strerror or error}").to_json())
        raise ConfigurationError(
            f"cannot read {file or repr(file)}",
            why=error.strerror or str(error),
            next_steps="give a file that can be read, or - and paste the text",
        ) from error
    if as_json:
        click.echo(explanation.to_json())
    else:
        _show(ctx, explanation)
    if not explanation:
        if _is_the_text(file):
            click.echo("No file has this name, so it was read as the message itself.", err=True)
        ctx.exit(_NOTHING_RECOGNISED)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if _is_the_text(file):
        yield io.BytesIO(os.fsencode(file))
    elif file != "-":
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - as the user named it, FIFOs and devices too
            yield stream
    else:
        if sys.stdin.isatty():
            click.echo("Paste the text, then press Ctrl-D (on Windows: Ctrl-Z and Enter).", err=True)
        yield sys.stdin.buffer


def _is_the_text(file: str) -> bool:
    """Whether somebody pasted the message where the file's name belongs: words, and no file of that name."""
    if len(file.split()) < _FEWEST_WORDS:
        return False
    try:
        return not os.path.lexists(file)
    except ValueError:
        return True


def _show(ctx: click.Context, explanation: Explanation) -> None:
    from unexpired.explaining._report import plain_report, print_report

    if sys.stdout.isatty():
        print_report(explanation, colour=ctx.color)
    else:
        click.echo(plain_report(explanation))
