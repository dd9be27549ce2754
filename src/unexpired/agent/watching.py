"""What runs beside an agent in a process of its own: it follows its file, and tells a service manager how it is."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from unexpired.agent import readiness
from unexpired.agent.config import ConfigWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.agent.config import AgentConfig
    from unexpired.agent.server import Agent
    from unexpired.engine.errors import ConfigurationError


def watched(agent: Agent) -> Callable[[], None]:
    """Reload the agent when its file changes and on SIGHUP, and tell systemd. Call it on the agent's loop.

    Returns:
        What ends the watching.
    """
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: asyncio.Task[None]) -> None:
        tasks.add(work)
        work.add_done_callback(tasks.discard)

    async def reload(config: AgentConfig) -> None:
        readiness.reloading()
        await agent.reload(config)
        _say_ready(agent)

    def refuse(mistake: ConfigurationError) -> None:
        readiness.reloading()  # SIGHUP under Type=notify-reload waits for an answer, also to a file that is wrong
        agent.refuse(mistake)
        _say_ready(agent)

    def on_change(config: AgentConfig) -> None:
        loop.call_soon_threadsafe(lambda: spawn(loop.create_task(reload(config))))

    def on_mistake(mistake: ConfigurationError) -> None:
        loop.call_soon_threadsafe(refuse, mistake)

    watch = ConfigWatch(agent.config, on_change, on_mistake)
    with contextlib.suppress(NotImplementedError, AttributeError):  # Windows
        loop.add_signal_handler(signal.SIGHUP, watch.ask)
    watch.start()
    _say_ready(agent)
    period = readiness.watchdog_seconds()
    if period is not None:
        spawn(loop.create_task(_live(period)))

    def end() -> None:
        readiness.stopping()
        watch.close()
        for task in tasks:
            task.cancel()

    return end


def _say_ready(agent: Agent) -> None:
    wrong = "; the changed configuration is not in force" if agent.mistake is not None else ""
    readiness.ready(f"{len(agent.roles)} roles{wrong}")


async def _live(period: float) -> None:
    """On the event loop, where being stuck shows."""
    while True:
        readiness.alive()
        await asyncio.sleep(period)
