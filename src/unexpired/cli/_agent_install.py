"""``unexpired agent install``: the agent as a service of this user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._agent import config_option

if TYPE_CHECKING:
    from pathlib import Path

    from unexpired.agent.service import Platform, Service, Wanted


@click.command(
    short_help="Run the agent as a service of this user.", epilog="Example:  unexpired agent install --dry-run"
)
@config_option
@click.option("--dry-run", "--print", "dry_run", is_flag=True, help="Show the file, and the commands; change nothing.")
@click.option(
    "--platform",
    type=click.Choice(["linux", "macos", "windows"]),
    help="With --dry-run: systemd's, launchd's or the Task Scheduler's file.",
)
def command(config_path: Path | None, *, dry_run: bool, platform: Platform | None) -> None:
    """Run the agent as a service of this user, from now on and from each login.

    systemd on Linux (a hardened unit), launchd on macOS, the Task Scheduler on Windows. The configuration is checked
    first. Doing it again brings the service up to date.
    """
    from unexpired.agent.service import install as install_service
    from unexpired.agent.service import platform_here

    if platform is not None and not dry_run:
        raise click.UsageError("--platform is for looking: add --dry-run")
    service, wanted = _service(config_path, platform or platform_here())
    if dry_run:
        click.echo(f"writes {service.path}", err=True)
        for command in service.start:
            click.echo(f"runs   {' '.join(command)}", err=True)
        click.echo(service.content.decode("utf-16" if service.content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"))
        return
    install_service(service, wanted.writes)
    click.echo(f"The agent runs, and will from now on: {service.path}")
    if service.hint:
        click.echo(service.hint)


def _service(config_path: Path | None, platform: Platform) -> tuple[Service, Wanted]:
    import os

    from unexpired.agent.config import configuration_file, read
    from unexpired.agent.service import service_for, wanted_here

    path = (config_path or configuration_file(os.environ)).absolute()
    wanted = wanted_here(read(path), os.environ)
    return service_for(platform, wanted), wanted
