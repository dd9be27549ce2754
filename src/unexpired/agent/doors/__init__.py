"""The doors at which roles are handed out: one file for each kind, found by being there.

A file of this folder is one value of ``doors = [...]`` in ``unexpired.toml``, which is its ``NAME``. It defines
``open_door(agent) -> Door``. The agent calls :meth:`Door.apply` at its start and at each change of its configuration;
the door then serves the roles whose ``doors`` hold its name, on what it gets from ``agent.listeners``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.agent.config import AgentConfig
    from unexpired.agent.server import Agent


class Door(Protocol):
    """One kind of door, for all roles that it serves."""

    async def apply(self, config: AgentConfig) -> None:
        """Serve the roles of this configuration, and no others.

        Raises:
            ConfigurationError: it cannot be opened.
        """

    def describe(self, role: str) -> Mapping[str, Any] | None:
        """Where a role is served, for the status; None where it is not."""

    def close(self) -> None:
        """Serve nothing any more."""


def open_doors(agent: Agent) -> dict[str, Door]:
    """Every kind of door, by its name; none serves anything yet."""
    files = sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_"))
    kinds = [import_module(f"{__name__}.{name}") for name in files]
    return {kind.NAME: kind.open_door(agent) for kind in kinds}
