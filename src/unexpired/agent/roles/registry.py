"""All roles of an agent: one scheduler, one pace, one store; made when first asked for, at rest when nobody asks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from unexpired.agent.roles.pace import Pace, Paced
from unexpired.agent.roles.role import Role
from unexpired.agent.roles.sources import Signature, Sources
from unexpired.agent.roles.threads import Threads
from unexpired.channels.container import DOOR_RESERVE_SECONDS
from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.errors import UnexpiredError
from unexpired.engine.policy import RefreshPolicy
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.engine.events import EventHook, RenewalDetails
    from unexpired.engine.protocols import Source, Store

# Doors hand out sessions that clients keep: see DOOR_RESERVE_SECONDS.
_POLICY = RefreshPolicy(reserve_seconds=DOOR_RESERVE_SECONDS)
# So few roles are woken when the agent starts, so that nobody waits for the first session; more rest until asked for.
_WOKEN_AT_START = 64
# What decides which session a role has; the rest of its configuration is about who may have it, and where.
_OF_THE_SESSION = (
    *("profile", "role_arn", "source_profile", "role_session_name", "external_id", "duration_seconds"),
    *("serial_number", "region", "endpoint_url"),
)


class Roles:
    """The roles that an agent serves, by name.

    Args:
        config: which.
        store: where sessions are shared; None keeps them in memory.
        source_for: makes a role's source; None takes the shared AWS files.
        hooks: called with a role's name and every event of its refresher, on the thread where it happened.
        clock: injected by tests.

    Attributes:
        pace: how fast issuers are asked.
        store: as it was given.
    """

    def __init__(
        self,
        config: AgentConfig,
        *,
        store: Store | None = None,
        source_for: Callable[[RoleConfig], Source] | None = None,
        hooks: tuple[Callable[[str, RenewalDetails], None], ...] = (),
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.store = store
        self._sources = Sources()
        self._source_for = source_for or self._sources
        self._followed: Signature | None = None
        self._hooks = hooks
        self._clock = clock
        self.pace = Pace(config.most_sts_calls_per_second, clock=clock)
        self._at_once = threading.BoundedSemaphore(config.most_renewals_at_once)
        self._scheduler = Scheduler(clock, workers=config.most_renewals_at_once)
        # Beside the scheduler's workers, which renew what somebody has in hand.
        self._threads = Threads(config.most_renewals_at_once, store, clock)
        self._roles: dict[str, Role] = {}
        self.apply(config)

    def get(self, name: str) -> Role | None:
        """The role of this name."""
        return self._roles.get(name)

    def __iter__(self) -> Iterator[Role]:
        return iter(tuple(self._roles.values()))

    def __len__(self) -> int:
        return len(self._roles)

    def apply(self, config: AgentConfig) -> None:
        """Serve what a configuration says. A role whose session stays the same keeps it, and its counters."""
        self.pace.per_second = config.most_sts_calls_per_second
        before, roles = dict(self._roles), {}
        for name, wanted in config.roles.items():
            role = before.pop(name, None)
            if role is not None and _same_session(role.config, wanted):
                role.config = wanted
            else:
                if role is not None:
                    role.close()
                role = Role(wanted, self._refresher, self._threads, self._clock)
            roles[name] = role
        self._roles = roles  # in one step: the status is made on another thread
        for role in before.values():
            role.close()

    async def wake(self) -> None:
        """Make the sessions of an agent that has just started, where it has few roles."""
        if len(self._roles) <= _WOKEN_AT_START:
            waking = [role.obtain() for role in self if not role.awake]
            await asyncio.gather(*waking, return_exceptions=True)

    async def follow(self) -> None:
        """See whether the shared AWS files have changed: whose profile means another session now is given that one.

        A fetch reads the files too, but asks for the role that the profile had when this one was woken. What cannot be
        understood changes nothing: somebody may be about to write the rest of it.
        """
        if self._source_for is not self._sources:
            return
        signature = await self._threads.reading(self._sources.signature)
        if signature == self._followed:
            return
        changed = [role for role in self if role.awake and await self._threads.reading(partial(self._is_another, role))]
        self._followed = signature
        for role in changed:
            role.rest()
        await asyncio.gather(*(role.obtain() for role in changed), return_exceptions=True)

    def _is_another(self, role: Role) -> bool:
        try:
            return self._source_for(role.config).key != role.key
        except UnexpiredError:
            return False

    def sweep(self) -> None:
        """Let those rest that nobody has asked for."""
        now = self._clock.monotonic()
        for role in self._roles.values():
            asked_lately = now - role.asked_at < role.config.rest_after_seconds
            if role.awake and not asked_lately and "file" not in role.config.doors:
                role.rest()

    def profiles(self) -> Mapping[str, Mapping[str, Any]]:
        """Every profile of the shared AWS files, the same object while they stay the same; none where one is broken.

        Reads them where they have changed: for a thread.
        """
        try:
            return self._sources.shared_config().profiles
        except UnexpiredError:
            return {}

    def region(self, config: RoleConfig) -> str | None:
        """The Region in force for a role, or None where nobody has said."""
        if config.region is not None:
            return config.region
        try:
            section = self._sources.shared_config().profile(config.profile or config.source_profile or "default")
        except UnexpiredError:
            return None
        region = section.get("region")
        return str(region) if region else None

    def close(self) -> None:
        """Renew nothing any more, and wait for nothing."""
        for role in self._roles.values():
            role.close()
        self._threads.close()

    def _refresher(self, config: RoleConfig) -> Refresher:
        return Refresher(
            Paced(self._source_for(config), self.pace, self._at_once),
            store=self.store,
            policy=_POLICY,
            clock=self._clock,
            scheduler=self._scheduler,
            hooks=(self.pace.heed, *(_named(config.name, hook) for hook in self._hooks)),
        )


def _same_session(one: RoleConfig, other: RoleConfig) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _OF_THE_SESSION)


def _named(role: str, hook: Callable[[str, RenewalDetails], None]) -> EventHook:
    def called(details: RenewalDetails) -> None:
        with contextlib.suppress(UnexpiredError):
            hook(role, details)

    return called
