"""``unexpired doctor``: the one reason, the evidence, and the command that cures it."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from unexpired.cli._parameters import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from unexpired.doctor.diagnosis import Diagnosis


@click.command(epilog="Example:  unexpired doctor --profile etl --for 6h")
@click.argument("causes", metavar="[CAUSE]...", nargs=-1)
@click.option("--profile", metavar="NAME", help="Examine this profile, as if it were named to the SDK.")
@click.option("--for", "wanted", metavar="DURATION", type=duration, help="How long the credentials should last.")
@click.option("--pid", metavar="N", type=int, help="Examine that running process's environment.")
@click.option("--offline", is_flag=True, help="Ask no network and run no program: what lies here, in a moment.")
@click.option("--fix", is_flag=True, help="Cure what can be cured safely, after showing it and asking.")
@click.option("--yes", is_flag=True, help="With --fix: do not ask.")
@click.option("--shell", is_flag=True, help='With --fix: print what a shell evaluates: eval "$(... --fix --shell)".')
@click.option("--undo", is_flag=True, help="Take the last fix back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    causes: tuple[str, ...],
    profile: str | None,
    wanted: timedelta | None,
    pid: int | None,
    offline: bool,
    fix: bool,
    yes: bool,
    shell: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Tell why credentials lapse here, and what to do.

    Shows who gives the credentials, how they are made, until when they last, what they hide, and what is wrong; with a
    CAUSE, looks for that one only. --fix changes only what loses nothing, keeps a copy, and is taken back by --undo.
    """
    if (yes or shell) and not fix:
        raise click.UsageError("--yes and --shell go with --fix.")
    if fix and pid is not None:
        raise click.UsageError("--fix cures this shell and these files; a running process cannot be changed.")
    if undo:
        from unexpired.cli._doctor_fix import run_undo

        run_undo(as_json=as_json)
        return
    from unexpired.doctor.diagnosis import diagnose

    def examined(environ: Mapping[str, str] | None = None) -> Diagnosis:
        return diagnose(*causes, profile=profile, wanted=wanted, pid=pid, offline=offline, environ=environ)

    with _one_object(as_json=as_json):
        diagnosis = examined()
        status, shown = diagnosis.exit_code, diagnosis.to_json()
        if fix:
            from unexpired.cli._doctor_fix import run_fix

            status, shown = run_fix(diagnosis, examined, yes=yes, shell=shell, quiet=as_json)
    if as_json:
        _print_json(shown)
        click.echo(diagnosis.sentence, err=True)
    elif not fix:
        from unexpired.doctor.report import lines
        from unexpired.doctor.wrapping import wrapped

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for line in lines(diagnosis):
            click.echo(line if width is None else wrapped(line, width))
    ctx.exit(status)


@contextmanager
def _one_object(*, as_json: bool) -> Iterator[None]:
    """With ``--json`` there is one object on stdout, whatever happens; the words on stderr are the group's."""
    try:
        yield
    except Exception as error:
        if as_json:
            from unexpired.doctor.diagnosis import failed

            _print_json(failed(error))
        raise


def _print_json(shown: Mapping[str, Any]) -> None:
    import json

    click.echo(json.dumps(shown, indent=2))
