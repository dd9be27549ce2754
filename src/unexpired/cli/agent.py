"""``unexpired agent``: one process that keeps the sessions of this host's roles fresh, and hands them out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.agent.config import AgentConfig

_config_option = click.option(
    "--config",
    "config_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="unexpired.toml; without it UNEXPIRED_CONFIG, or the one in the user's configuration folder.",
)


@click.group(
    short_help="Keep many roles' sessions fresh for every program here.",
    epilog='Example:  unexpired agent run      ([roles.etl] and profile = "etl" in unexpired.toml)',
)
def command() -> None:
    """Keep the sessions of this host's roles fresh, and hand them out to programs in any language."""


@command.command(epilog="Example:  unexpired agent run --config ./unexpired.toml")
@_config_option
def run(config_path: Path | None) -> None:
    """Serve the roles of unexpired.toml until told to stop.

    Each role is served at the doors that the file names for it; the file is read again when it changes. The log goes
    to stderr and to the state folder.
    """
    import os

    from unexpired import stores
    from unexpired.agent.attending import attended
    from unexpired.agent.config import read
    from unexpired.agent.hardening import harden
    from unexpired.agent.notices import Notices
    from unexpired.agent.server import Agent
    from unexpired.agent.server import run as run_agent
    from unexpired.agent.watching import watched

    config = read(_path(config_path))
    undone = harden()
    notices = Notices(config.notify)

    def made() -> Agent:
        agent = Agent(config, store=stores.chosen(), hooks=(notices.renewal,), environ=os.environ)
        if undone:
            agent.journal.say("not hardened", reasons=undone)
        return agent

    def opened(agent: Agent) -> Callable[[], None]:
        unwatch, leave = watched(agent), attended(agent, notices)

        def end() -> None:
            leave()
            unwatch()

        return end

    run_agent(made, opened=opened)


@command.command(epilog="Example:  unexpired agent status --json | jq .roles.etl.expires_at")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def status(config_path: Path | None, *, as_json: bool) -> None:
    """Show the running agent's roles: until when, renewed when, and what went wrong."""
    from unexpired.agent.status import status as asked

    found = asked(_socket(config_path))
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
        return
    for line in _table(found):
        click.echo(line)


@command.command(epilog="Example:  unexpired agent stop")
@_config_option
def stop(config_path: Path | None) -> None:
    """Tell the running agent to end. Sessions in hand stay valid until their own end."""
    from unexpired.agent.status import ask

    ask(_socket(config_path), "POST", "/stop")
    click.echo("The agent is stopping.")


@command.command(epilog="Example:  unexpired agent logs -f | jq 'select(.event == \"denied\")'")
@_config_option
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added, until Ctrl-C.")
@click.option("-n", "--lines", type=click.IntRange(min=0), default=200, show_default=True, help="How many to show.")
def logs(config_path: Path | None, *, follow: bool, lines: int) -> None:
    """Show the agent's log: one JSON object a line."""
    from unexpired.agent.journal import followed

    for line in followed(_state(config_path) / "agent.log", lines=lines, follow=follow):
        click.echo(line)


def _path(given: Path | None) -> Path:
    import os

    from unexpired.agent.config import configuration_file

    return given or configuration_file(os.environ)


def _config(given: Path | None) -> AgentConfig | None:
    """The configuration, if there is a file: a client of the agent needs none."""
    from unexpired.agent.config import read
    from unexpired.engine.errors import ConfigurationError

    path = _path(given)
    if given is None and not path.exists():
        return None
    try:
        return read(path)
    except ConfigurationError:
        if given is not None:
            raise
        return None  # the agent runs on with the file it could read, and its status says what is wrong


def _socket(given: Path | None) -> Path:
    import os

    from unexpired.agent.state import socket_path

    config = _config(given)
    if config is not None and config.socket is not None:
        return config.socket
    return socket_path(os.environ, state=config.state if config is not None else None)


def _state(given: Path | None) -> Path:
    import os

    from unexpired.agent.state import state_directory

    config = _config(given)
    return (config.state if config is not None else None) or state_directory(os.environ)


def _table(found: Any) -> list[str]:
    """One line for each role, and one for each thing that is wrong."""
    rows = [("role", "state", "expires", "next renewal", "renewals", "failures", "clients")]
    for name, role in found["roles"].items():
        moments = [str(role[key] or "-") for key in ("expires_at", "next_renewal")]
        numbers = [str(role[key]) for key in ("renewals", "failures", "clients")]
        rows.append((name, role["state"], *moments, *numbers))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for name, role in found["roles"].items():
        if role["last_error"]:
            lines.append(f"{name}: {role['last_error']['what']} ({role['last_error']['why']})")
    if found["config"]["error"]:
        lines.append(f"the changed configuration is not in force: {found['config']['error']}")
    return [*lines, *found["complaints"]]
