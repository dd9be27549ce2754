"""``unexpired credential-process``: credentials for an SDK that runs a program to get them."""

from __future__ import annotations

import click


@click.command(
    short_help="Give an SDK credentials: credential_process.",
    epilog="Example:  credential_process = unexpired credential-process --profile etl",
)
@click.option("--profile", metavar="NAME", help="Whose credentials; not the profile that runs this as its process.")
def command(profile: str | None) -> None:
    """Print a session as AWS's credential_process does, fresh and shared with this user's other processes.

    For the config file: a profile of its own with this line, and the SDK asks again whenever its session comes to an
    end. A session that another process has made is taken from the store; otherwise it is made now.
    """
    import json

    from unexpired import stores
    from unexpired.channels.on_demand import start_agent_for
    from unexpired.channels.process import PROCESS_POLICY, process_answer
    from unexpired.engine.refresher import Refresher
    from unexpired.sources import source_for

    # No prompter: whoever runs a credential_process reads its output, and may hide its terminal.
    refresher = Refresher(source_for(profile_name=profile), store=stores.chosen(), policy=PROCESS_POLICY)
    credentials = refresher.credentials()
    refresher.close()
    click.echo(json.dumps(process_answer(credentials)))
    start_agent_for(profile)  # for the next one; it would have answered this one
