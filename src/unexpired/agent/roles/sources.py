"""Makes the roles' sources. The shared AWS files are read once for all roles, and again when they have changed."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.sources.aws.shared_config import (
    CONFIG_FILE_VARIABLE,
    CREDENTIALS_FILE_VARIABLE,
    DEFAULT_CONFIG_FILE,
    DEFAULT_CREDENTIALS_FILE,
    load_shared_config,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.agent.config import RoleConfig
    from unexpired.sources.aws.plan import PlannedSource
    from unexpired.sources.aws.shared_config import SharedConfig

Signature = tuple[tuple[int, int, int] | None, ...]


class Sources:
    """Call it with a role's configuration. Safe from any thread.

    Args:
        environ: what names files, profiles, tokens and endpoints.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._reading = threading.Lock()
        self._seen: Signature = ()
        self._config: SharedConfig | None = None

    def __call__(self, role: RoleConfig) -> PlannedSource:
        """The source of a role's sessions, as the shared files have it now.

        Raises:
            ConfigurationError: as :func:`unexpired.sources.source_for`.
        """
        from unexpired.sources import source_for

        return source_for(
            profile_name=role.profile,
            role_arn=role.role_arn,
            role_session_name=role.role_session_name,
            external_id=role.external_id,
            duration_seconds=role.duration_seconds,
            source_profile=role.source_profile,
            serial_number=role.serial_number,
            region_name=role.region,
            endpoint_url=role.endpoint_url,
            environ=self._environ,
            shared_config=self.shared_config(),
        )

    def shared_config(self) -> SharedConfig:
        """Both shared files, read anew only when one of them is another than before.

        Raises:
            ConfigurationError: one cannot be understood.
        """
        with self._reading:
            seen = self.signature()
            if self._config is None or seen != self._seen:
                self._config, self._seen = load_shared_config(self._environ), seen
            return self._config

    def signature(self) -> Signature:
        """What tells the files from those that were there before: it is another one when either has changed."""
        names = (
            self._environ.get(CONFIG_FILE_VARIABLE, DEFAULT_CONFIG_FILE),
            self._environ.get(CREDENTIALS_FILE_VARIABLE, DEFAULT_CREDENTIALS_FILE),
        )
        return tuple(map(_state_of, names))


def _state_of(name: str) -> tuple[int, int, int] | None:
    try:
        found = Path(os.path.expandvars(name)).expanduser().stat()
    except (OSError, RuntimeError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
