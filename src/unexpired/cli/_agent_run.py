"""``unexpired agent run``: serve the roles of unexpired.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli import _agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unexpired.agent.server import Agent


@click.command(epilog="Example:  unexpired agent run --config ./unexpired.toml")
@_agent.config_option
def command(config_path: Path | None) -> None:
    """Serve the roles of unexpired.toml until told to stop.

    Each role is served at the doors that the file names for it; the file is read again when it changes. The log goes
    to stderr and to the state folder.
    """
    import os

    from unexpired import stores
    from unexpired.agent.config import read
    from unexpired.agent.hardening import harden
    from unexpired.agent.notices.attending import attended
    from unexpired.agent.notices.notices import Notices
    from unexpired.agent.roles.threads import leave
    from unexpired.agent.server import Agent
    from unexpired.agent.server import run as run_agent
    from unexpired.agent.watching import watched

    config = read(_agent.config_path(config_path))
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
    leave(0)
