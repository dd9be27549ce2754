"""Reads ``unexpired.toml`` again when it has changed, and leaves the old one in force when the new one is wrong.

Polled: a ``stat`` a second costs nothing, and holds on network file systems, under a Kubernetes ConfigMap (whose files
are links that are switched) and for editors that write a new file beside the old one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from unexpired.agent.config.reading import read
from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.agent.config.settings import AgentConfig

LOOK_SECONDS = 1.0
# An editor may take the old file away before the new one is there.
_LOOKS_UNTIL_GONE = 3

_Signature = tuple[int, int, int, int]


class ConfigWatch:
    """Looks once a second, on a thread of its own, between :meth:`start` and :meth:`close`.

    Args:
        config: what is in force.
        on_change: called with the configuration whenever the file has changed and can be followed, also when it says
            the same: a mistake told before is then mended. Must not raise.
        on_mistake: called once for each version of the file that cannot be followed. The old one stays in force.
        clock: measures the second.
    """

    def __init__(
        self,
        config: AgentConfig,
        on_change: Callable[[AgentConfig], None],
        on_mistake: Callable[[ConfigurationError], None],
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config = config
        self._on_change = on_change
        self._on_mistake = on_mistake
        self._clock = clock
        self._seen = self._signature()
        self._missing = 0
        self._changed = threading.Condition()
        self._asked = self._closed = False
        self._looking = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="unexpired-config", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def close(self) -> None:
        """Look no more. Waits for a look that is under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def ask(self) -> None:
        """Read the file now, changed or not, on the watching thread. May be called by a handler of SIGHUP."""
        # The condition's lock is reentrant: the signal may arrive while this very thread is in here.
        with self._changed:
            self._asked = True
            self._changed.notify_all()

    def look(self, *, anyway: bool = False) -> bool:
        """Look once, here and now.

        Args:
            anyway: read it although it looks unchanged.

        Returns:
            Whether it was read.
        """
        with self._looking:
            signature = self._signature()
            self._missing = self._missing + 1 if signature is None else 0
            if not anyway and (signature == self._seen or 0 < self._missing < _LOOKS_UNTIL_GONE):
                return False
            self._seen = signature
            try:
                config = read(self._config.path)
            except ConfigurationError as mistake:
                self._on_mistake(mistake)
                return True
            self._config = config
            self._on_change(config)
            return True

    def _watch(self) -> None:
        while True:
            with self._changed:
                if not (self._asked or self._closed):
                    self._clock.wait(self._changed, LOOK_SECONDS)
                if self._closed:
                    return
                asked, self._asked = self._asked, False
            self.look(anyway=asked)

    def _signature(self) -> _Signature | None:
        try:
            found = self._config.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_dev, found.st_size
