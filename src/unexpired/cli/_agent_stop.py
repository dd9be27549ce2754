"""``unexpired agent stop``: end the running agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._agent import agent_socket, config_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example:  unexpired agent stop")
@config_option
def command(config_path: Path | None) -> None:
    """Tell the running agent to end. Sessions in hand stay valid until their own end."""
    from unexpired.agent.views.status import ask

    ask(agent_socket(config_path), "POST", "/stop")
    click.echo("The agent is stopping.")
