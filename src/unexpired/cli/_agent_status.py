"""``unexpired agent status``: what the running agent tells of its roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from unexpired.cli._agent import agent_socket, config_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example:  unexpired agent status --json | jq .roles.etl.expires_at")
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(config_path: Path | None, *, as_json: bool) -> None:
    """Show the running agent's roles: until when, renewed when, and what went wrong."""
    from unexpired.agent.status import status as asked

    found = asked(agent_socket(config_path))
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
        return
    for line in _table(found):
        click.echo(line)


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
