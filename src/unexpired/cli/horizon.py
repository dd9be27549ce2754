"""``unexpired horizon``: until when the credentials go on renewing with nobody present, and what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._parameters import duration

if TYPE_CHECKING:
    from datetime import timedelta

    from unexpired.engine.horizon import Horizon


@click.command(epilog="Example:  unexpired horizon --profile etl --for 6h && ./nightly.sh")
@click.option("--profile", metavar="NAME", help="Whose credentials; without it, what the AWS CLI would take here.")
@click.option("--for", "wanted", metavar="DURATION", type=duration, help="Exit with 1 when they end sooner: 6h, 90m.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(ctx: click.Context, *, profile: str | None, wanted: timedelta | None, as_json: bool) -> None:
    """Show how long credentials renew unattended.

    Every link of the chain has an end of its own (a sign-in, a token, a person who types a code); the chain lasts as
    long as its shortest. A credential_process is run, since only it knows whether it names an end, and the metadata
    service of a machine without other credentials is asked; nothing else is.

    With --for, in a terminal, a sign-in that ends too soon can be made anew on the spot.
    """
    from datetime import datetime, timezone

    from unexpired import stores
    from unexpired.sources import source_for
    from unexpired.sources.aws.horizon import horizon

    source, store = source_for(profile_name=profile), stores.chosen()
    found = horizon(source, store=store, ask=True)
    now = datetime.now(timezone.utc)
    if as_json:
        import json

        click.echo(json.dumps(found.to_json(), indent=2))
    else:
        from unexpired.cli._timeline import timeline

        for line in timeline(found, now, named=profile):
            click.echo(line)
    if wanted is not None and not found.covers(now, wanted.total_seconds()):
        if as_json or not _signed_in(found):
            ctx.exit(1)
        found = horizon(source, store=store, ask=True)
        for line in timeline(found, now, named=profile):
            click.echo(line)
        if not found.covers(now, wanted.total_seconds()):
            ctx.exit(1)


def _signed_in(found: Horizon) -> bool:
    """Whether a person at the terminal has just put the end off."""
    import os

    from unexpired.channels.terminal import prompter_at_terminal
    from unexpired.sources.aws.sign_in import offer_sign_in

    limit, prompter = found.limited_by, prompter_at_terminal()
    if limit is None or prompter is None:
        return False
    return offer_sign_in(
        "That is too soon", cause=limit.cause, profile=limit.profile, prompter=prompter, environ=os.environ
    )
