"""``unexpired agent uninstall``: the service goes, and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unexpired.agent.service import Wanted


@click.command(short_help="Stop the service, and remove its file.", epilog="Example:  unexpired agent uninstall")
def command() -> None:
    """Stop the service, and remove the file that install wrote; nothing else."""
    from unexpired.agent.service import platform_here, service_for
    from unexpired.agent.service import uninstall as uninstall_service

    service = service_for(platform_here(), _nothing_wanted())
    if uninstall_service(service):
        click.echo(f"The agent is stopped, and {service.path} is gone.")
    else:
        click.echo(f"There is nothing to uninstall: no {service.path}")


def _nothing_wanted() -> Wanted:
    """Enough to know where the file is: uninstalling must not need a configuration."""
    import os
    from pathlib import Path

    from unexpired.agent.service import Wanted

    return Wanted(
        command=("unexpired",),
        environment={name: os.environ[name] for name in ("XDG_CONFIG_HOME",) if os.environ.get(name)},
        writes=(),
        foreign_uids=False,
        home=Path.home(),
        uid=os.geteuid() if hasattr(os, "geteuid") else None,
    )
