"""Threads that send requests, and what became of these."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3


@dataclass
class Tally:
    """What became of the requests of one stretch of time. Durations are in seconds."""

    seconds: float = 0.0
    failed: int = 0
    durations: list[float] = field(default_factory=list)
    until_signed: list[float] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        """Both stretches as one."""
        return Tally(
            self.seconds + other.seconds,
            self.failed + other.failed,
            self.durations + other.durations,
            self.until_signed + other.until_signed,
        )

    @property
    def throughput(self) -> float:
        """Requests that succeeded, per second."""
        return len(self.durations) / self.seconds


class Load:
    """Several threads with one client, each sending its next request when it has the answer to the last.

    The request is ``GetCallerIdentity``, the lightest there is, so that what a contender adds weighs most.
    """

    def __init__(self, session: boto3.Session, threads: int) -> None:
        from botocore.config import Config

        # Attempts are not repeated: a request that fails is counted, not covered up.
        config = Config(max_pool_connections=threads, retries={"total_max_attempts": 1, "mode": "standard"})
        self._client = session.client("sts", config=config)
        self._threads = threads
        self._thread = threading.local()
        self._client.meta.events.register_last("before-send.sts", self._signed)

    def run(self, seconds: float) -> Tally:
        """Send for so long, and wait for the last answers."""
        tally, began = Tally(), time.perf_counter()
        threads = [threading.Thread(target=self._send, args=(tally, began + seconds)) for _ in range(self._threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tally.seconds = time.perf_counter() - began
        return tally

    def _send(self, tally: Tally, end: float) -> None:
        while (began := time.perf_counter()) < end:
            try:
                self._client.get_caller_identity()
            except Exception:  # noqa: BLE001 - whatever a contender lets through is a failed request
                tally.failed += 1
                time.sleep(0.01)
                continue
            tally.durations.append(time.perf_counter() - began)
            tally.until_signed.append(self._thread.signed - began)

    def _signed(self, **_: Any) -> None:
        self._thread.signed = time.perf_counter()


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; infinite when there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("inf")
