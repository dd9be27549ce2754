"""``unexpired setup``: let every SDK ask unexpired for a profile's credentials."""

from __future__ import annotations

import click


@click.command(
    short_help="Have SDKs ask unexpired for a profile's sessions.",
    epilog="Example:  unexpired setup etl      (and back: unexpired setup --undo)",
)
@click.argument("profile", required=False)
@click.option("--as", "beside", metavar="NAME", help="Leave PROFILE as it is, and write a new profile that asks it.")
@click.option("--yes", is_flag=True, help="Change it without asking.")
@click.option("--undo", is_flag=True, help="Put the config file back as it was before the last setup.")
def command(profile: str | None, beside: str | None, *, yes: bool, undo: bool) -> None:
    """Write credential_process into the config file, so that SDKs and the AWS CLI ask unexpired.

    PROFILE keeps its name, Region and other settings; what leads to its credentials moves to PROFILE-source, since SDKs
    would take a role in the same profile first. The change is shown before it is made, and can be taken back.
    """
    import os

    from unexpired.agent.process_profile import program_for_config, setup_of
    from unexpired.doctor.journal import fixes_directory
    from unexpired.doctor.journal import undo as undo_newest

    directory = fixes_directory(os.environ).with_name("setups")
    if undo:
        for path in undo_newest(directory):
            click.echo(f"{path} is again as it was before the setup.")
        return
    if profile is None:
        raise click.UsageError("Name the profile: unexpired setup etl")
    setup = setup_of(profile, program_for_config(), os.environ, beside=beside)
    for line in setup.shown:
        click.echo(click.style(line, fg={"-": "red", "+": "green"}.get(line[:1])))
    for note in setup.notes:
        click.echo(note)
    if _agreed(yes=yes):
        from datetime import datetime, timezone

        from unexpired.doctor.journal import make

        make([setup.change], directory, datetime.now(timezone.utc))
        click.echo(f"Changed. Try it: aws sts get-caller-identity --profile {setup.profile}")
        click.echo("It comes back as it was with: unexpired setup --undo")


def _agreed(*, yes: bool) -> bool:
    import sys

    if yes:
        return True
    if not sys.stdin.isatty():
        from unexpired.engine.errors import ConfigurationError

        raise ConfigurationError(
            "Nothing was changed: nobody is there to be asked", next_steps="say so beforehand: --yes"
        )
    return click.confirm("Change this?")
