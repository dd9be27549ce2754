"""``unexpired agent``: one process that keeps the sessions of this host's roles fresh, and hands them out.

Its sub-commands are the files beside this one whose names begin with ``_agent_``: ``_agent_status.py`` becomes
``unexpired agent status`` by being there and having a ``command``, as commands do one level up.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click

import unexpired.cli

_PREFIX = "_agent_"
# First what one types every day. A sub-command that is not named here comes after these, by name.
_ORDER = ("run", "status", "logs", "stop", "install", "uninstall")


class _SubCommands(click.Group):
    """A group whose commands are the files beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every sub-command there is, in the order of the help."""
        files = pkgutil.iter_modules(unexpired.cli.__path__)
        found = [file.name.removeprefix(_PREFIX).replace("_", "-") for file in files if file.name.startswith(_PREFIX)]
        return sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of this name, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"unexpired.cli.{_PREFIX}{cmd_name.replace('-', '_')}").command
        found.name = cmd_name
        return found


@click.group(
    cls=_SubCommands,
    short_help="Keep many roles' sessions fresh for every program here.",
    epilog='Example:  unexpired agent run      ([roles.etl] and profile = "etl" in unexpired.toml)',
)
def command() -> None:
    """Keep the sessions of this host's roles fresh, and hand them out to programs in any language."""
