"""``unexpired agent logs``: what the agent has written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._agent import config_option, state_folder

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example:  unexpired agent logs -f | jq 'select(.event == \"denied\")'")
@config_option
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added, until Ctrl-C.")
@click.option("-n", "--lines", type=click.IntRange(min=0), default=200, show_default=True, help="How many to show.")
def command(config_path: Path | None, *, follow: bool, lines: int) -> None:
    """Show the agent's log: one JSON object a line."""
    from unexpired.agent.journal import followed

    for line in followed(state_folder(config_path) / "agent.log", lines=lines, follow=follow):
        click.echo(line)
