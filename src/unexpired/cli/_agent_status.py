"""``unexpired agent status``: what the running agent tells of its roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from unexpired.cli._agent import agent_socket, config_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

# Where nobody's terminal says how wide it is.
_COLUMNS = 80
_BETWEEN = "  "
_SHORTEST_NAME = 8
_STYLES = {"failed": "red", "expired": "red", "extended": "yellow", "renewing": "cyan", "resting": "bright_black"}


@click.command(
    short_help="Show its roles: until when, and what went wrong.",
    epilog="Example:  unexpired agent status --json | jq .roles.etl.expires_at",
)
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--watch", is_flag=True, help="Go on showing it on the whole screen, until q.")
@click.option("--open", "open_page", is_flag=True, help="Show it as a page in a browser, by a link that works once.")
def command(config_path: Path | None, *, as_json: bool, watch: bool, open_page: bool) -> None:
    """Show the running agent's roles: until when, renewed when, and what went wrong."""
    from unexpired.agent.views.status import status as asked

    socket = agent_socket(config_path)
    if watch:
        _watch(socket)
        return
    if open_page:
        _open(socket)
        return
    found = asked(socket)
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
        return
    from unexpired.engine.clock import SYSTEM_CLOCK, moment

    for line in table(found, moment(SYSTEM_CLOCK.wall()), columns=_columns()):
        click.echo(line)


def table(found: Any, now: datetime, *, columns: int) -> Iterator[str]:
    """A line for each role, what needs a look first, and a line for each thing that is wrong.

    Args:
        found: the status object.
        now: aware.
        columns: of the terminal; sentences go beyond it rather than losing their end.
    """
    from unexpired.agent.views.telling import complaints, role_line

    lines = sorted((role_line(name, role, now) for name, role in found["roles"].items()), key=lambda line: line.urgency)
    rows = [("role", "state", "expires", "renewed", "horizon", "clients", "source")]
    rows += [(o.name, o.state, o.expires, o.renews, o.horizon, str(o.clients), o.source) for o in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = columns - sum(widths[1:]) - len(_BETWEEN) * (len(widths) - 1)
    widths[0] = min(widths[0], max(room, _SHORTEST_NAME))
    for number, row in enumerate(rows):
        cells = [_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)]
        if number == 0:
            yield click.style(_BETWEEN.join(cells).rstrip(), bold=True)
        else:
            cells[1] = click.style(cells[1], fg=_STYLES.get(row[1], "green"))
            yield _BETWEEN.join(cells).rstrip()
    for line in lines:
        if line.error:
            yield ""
            yield f"{click.style(line.name, bold=True)}: {line.error}"
            yield from (f"  next: {step}" for step in found["roles"][line.name]["last_error"]["next"])
    for sentence in complaints(found):
        yield click.style(sentence, fg="yellow")


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((_COLUMNS, 24)).columns


def _open(socket: Path) -> None:
    """The page, in a browser where there is one.

    Raises:
        NotRunning: no agent, or none that can open a port.
    """
    import os
    import sys
    import webbrowser

    from unexpired.agent.views.status import NotRunning, ask

    code, answer = ask(socket, "POST", "/page")
    if code != 200:  # noqa: PLR2004 - HTTP's OK
        raise NotRunning(f"The agent at {socket} shows no page", why=str(answer.get("message", code)))
    # A browser is given its link as an argument, which other users can read. On Linux it is of no use to them: the
    # agent asks the system whose a client is.
    seen = sys.platform == "linux" and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if not (seen and webbrowser.open(answer["url"])):
        click.echo(answer["url"])
        click.echo("The link works once, within a minute.", err=True)


def _watch(socket: Path) -> None:
    """The live screen, where there is one.

    Raises:
        ConfigurationError: there is no terminal, or the extra is not installed.
    """
    import sys

    from unexpired.agent.views.status import ask
    from unexpired.engine.errors import ConfigurationError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigurationError(
            "--watch needs a terminal", next_steps="for a program: unexpired agent status --json, as often as you like"
        )
    try:
        from unexpired.agent.views.watch import Watch
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "textual":
            raise
        raise ConfigurationError(
            "--watch needs textual, which is not installed", next_steps="pip install 'unexpired[agent]'"
        ) from None
    ask(socket, "GET", "/status")  # with nobody there, the reason belongs on the screen that stays
    Watch(lambda method, target: ask(socket, method, target)).run()
