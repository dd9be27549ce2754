"""``unexpired doctor``: the one reason, the evidence, and the command that cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._parameters import duration

if TYPE_CHECKING:
    from datetime import timedelta


@click.command(
    short_help="Tell why credentials lapse here, and what to do.",
    epilog="Example:  unexpired doctor --profile etl --for 6h",
)
@click.argument("causes", metavar="[CAUSE]...", nargs=-1)
@click.option("--profile", metavar="NAME", help="Examine this profile, as if it were named to the SDK.")
@click.option("--for", "wanted", metavar="DURATION", type=duration, help="How long the credentials should last.")
@click.option("--pid", metavar="N", type=int, help="Examine that running process's environment.")
@click.option("--offline", is_flag=True, help="Ask no network.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    causes: tuple[str, ...],
    profile: str | None,
    wanted: timedelta | None,
    pid: int | None,
    offline: bool,  # noqa: ARG001 - nothing is asked of the network yet
    as_json: bool,
) -> None:
    """Tell why credentials lapse here, and what to do.

    Shows who gives the credentials, how they are made, until when they last, what they hide, and what is wrong; with a
    CAUSE, looks for that one only.
    """
    from unexpired.doctor.diagnosis import diagnose, failed

    try:
        diagnosis = diagnose(*causes, profile=profile, wanted=wanted, pid=pid)
    except Exception as error:
        if as_json:  # one object on stdout, whatever happens; the words on stderr are the group's
            _print_json(failed(error))
        raise
    if as_json:
        _print_json(diagnosis.to_json())
        click.echo(diagnosis.sentence, err=True)
    else:
        from unexpired.doctor.report import lines

        for line in lines(diagnosis):
            click.echo(line)
    ctx.exit(diagnosis.exit_code)


def _print_json(shown: dict[str, object]) -> None:
    import json

    click.echo(json.dumps(shown, indent=2))
