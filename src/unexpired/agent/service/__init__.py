"""The agent as a service of this user: systemd on Linux, launchd on macOS, the Task Scheduler on Windows.

One file for each, which only says what is to be written and run (:class:`Service`); ``installing`` does it, and takes
back what it did and nothing else.
"""

from __future__ import annotations

from unexpired.agent.service.installing import install, uninstall
from unexpired.agent.service.wanted import Platform, Service, Wanted, platform_here, service_for, wanted_here

__all__ = ["Platform", "Service", "Wanted", "install", "platform_here", "service_for", "uninstall", "wanted_here"]
