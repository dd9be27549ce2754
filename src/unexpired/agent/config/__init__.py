"""``unexpired.toml``: which roles the agent serves, at which doors, and who may ask.

``settings`` holds what was read; ``schema`` is every key with its meaning, of which the reference in ``docs/agent.md``
is made; ``reading`` finds all mistakes at once, each with its line; ``watching`` reads anew what has changed.
"""

from __future__ import annotations

from unexpired.agent.config.reading import configuration_file, places, read
from unexpired.agent.config.settings import AgentConfig, Notify, RoleConfig
from unexpired.agent.config.watching import ConfigWatch

__all__ = ["AgentConfig", "ConfigWatch", "Notify", "RoleConfig", "configuration_file", "places", "read"]
