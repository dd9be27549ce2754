"""Looks ahead for a running agent: how long each role goes on renewing with nobody present, and who is to be told.

Once a minute, since somebody may have signed in or out between two renewals.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from typing import TYPE_CHECKING

from unexpired.sources.aws.horizon import horizon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unexpired.agent.notices.notices import Notices
    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent

_LOOK_SECONDS = 1.0
# A role's chain is read from local files, in about a millisecond; of very many roles each has its turn more rarely.
_AGAIN_SECONDS = 60.0
_MOST_A_LOOK = 20

_log = logging.getLogger("unexpired.agent")


def attended(agent: Agent, notices: Notices) -> Callable[[], None]:
    """Begin. Call it on the agent's loop, once its doors are open.

    Returns:
        What ends it.
    """

    def nobody_was_told(reason: str) -> None:
        agent.journal.say("notice not delivered", level=logging.WARNING, reason=reason)

    notices.on_failure = nobody_was_told
    looking = asyncio.get_running_loop().create_task(_look_ahead_for_ever(agent, notices))

    def end() -> None:
        looking.cancel()
        notices.close()

    return end


def look_ahead(roles: Iterable[Role], agent: Agent, notices: Notices) -> None:
    """Look at the horizons of some roles. Reads files, so it belongs on a thread; never asks a network."""
    for role in roles:
        refresher = role.refresher
        if refresher is not None:
            held = refresher.in_hand()
            found = horizon(refresher.source, store=agent.roles.store, clock=agent.clock, held=held)
            role.horizon = found
            notices.looked(role.config.name, found, role.config.horizon_seconds)


async def _look_ahead_for_ever(agent: Agent, notices: Notices) -> None:
    loop = asyncio.get_running_loop()
    looked: dict[str, float] = {}
    while True:
        now = loop.time()
        notices.settings = agent.config.notify
        for gone in looked.keys() - agent.config.roles.keys():
            del looked[gone]
            notices.forget(gone)
        due = (
            (looked.get(role.config.name, float("-inf")), role.config.name, role)
            for role in agent.roles
            if role.awake and looked.get(role.config.name, float("-inf")) <= now - _AGAIN_SECONDS
        )
        roles = [role for _, _, role in heapq.nsmallest(_MOST_A_LOOK, due)]
        looked.update((role.config.name, now) for role in roles)
        try:
            await loop.run_in_executor(None, look_ahead, roles, agent, notices)
        except Exception:  # noqa: BLE001 - a warning that cannot be given must not end those to come
            _log.exception("looking ahead failed and goes on; please report this")
        await asyncio.sleep(_LOOK_SECONDS)
