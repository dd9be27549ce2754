"""``unexpired agent``: one process that keeps the sessions of this host's roles fresh, and hands them out.

Its sub-commands are the files beside this one whose names begin with ``_agent_``: ``_agent_status.py`` becomes
``unexpired agent status`` by being there and having a ``command``, as commands do one level up.
"""

from __future__ import annotations

import click

from unexpired.cli._group import FoundCommands


class _SubCommands(FoundCommands):
    """First what one types every day."""

    prefix = "_agent_"
    first = ("run", "status", "logs", "stop", "install", "uninstall")


@click.group(
    cls=_SubCommands,
    short_help="Keep many roles' sessions fresh for every program here.",
    epilog='Example:  unexpired agent run      ([roles.etl] and profile = "etl" in unexpired.toml)',
)
def command() -> None:
    """Keep the sessions of this host's roles fresh, and hand them out to programs in any language."""
