"""Keeps a running agent at what its file says."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from unexpired.agent.config import ConfigWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.agent.config import AgentConfig
    from unexpired.agent.server import Agent
    from unexpired.engine.errors import ConfigurationError


def watched(agent: Agent) -> Callable[[], None]:
    """Reload the agent when its file changes, and on SIGHUP. Call it on the agent's loop.

    Returns:
        What ends the watching.
    """
    loop = asyncio.get_running_loop()
    reloading: set[asyncio.Task[None]] = set()

    def reload(config: AgentConfig) -> None:
        task = loop.create_task(agent.reload(config))
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    def on_change(config: AgentConfig) -> None:
        loop.call_soon_threadsafe(reload, config)

    def on_mistake(mistake: ConfigurationError) -> None:
        loop.call_soon_threadsafe(agent.refuse, mistake)

    watch = ConfigWatch(agent.config, on_change, on_mistake)
    with contextlib.suppress(NotImplementedError, AttributeError):  # Windows
        loop.add_signal_handler(signal.SIGHUP, watch.ask)
    watch.start()
    return watch.close
