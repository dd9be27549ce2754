"""``unexpired demo``: the job of the front page, live."""

from __future__ import annotations

from pathlib import Path

import click

_COULD_NOT_RENEW = 3


@click.command(
    short_help="Watch a six-hour job die of expiry, and two live on.", epilog="Example:  unexpired demo --json"
)
@click.option("--hours", type=click.FloatRange(0.1, 48), default=6.0, show_default=True, help="How long the job runs.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 1200),
    default=360.0,
    show_default=True,
    help="How fast its clock runs; at 360 an hour lasts ten seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result, as JSON.")
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Paint the closing screen into this file.",
)
def command(*, hours: float, speed: float, as_json: bool, svg: Path | None) -> int:
    """Show a six-hour job die of its one-hour session, and live with unexpired.

    Takes a minute and no AWS account: everything happens on this machine, and nothing of it is left afterwards.

    Exits with 0 when every job that ran with unexpired has reached its end, with 3 when one has not.
    """
    from unexpired.demo.perform import perform
    from unexpired.demo.plan import Plan

    scene = perform(Plan(hours=hours, speed=speed), as_json=as_json, svg=svg)
    return 0 if scene.kept_its_promise else _COULD_NOT_RENEW
