"""What arrived and what became of it: the part of a sandbox that tests assert on."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass

_KEPT = 10_000
"""Records kept; the counters go on."""

ACCEPTED = "accepted"


@dataclass(frozen=True)
class RequestRecord:
    """One request.

    Attributes:
        at: When it arrived, seconds since the epoch by the sandbox's clock.
        service: Signing name, for instance ``s3``.
        operation: For instance ``PutObject``.
        access_key_id: The key that signed it, None for an unsigned one. Never a secret or token.
        arn: Who that is, None when the key is unknown here.
        verdict: ``accepted`` when the gate let it through, otherwise the error code it was refused with.
        status: The HTTP status of the answer; 0 when the connection was dropped.
        remaining_s: Seconds that the session had left on arrival, negative when it had lapsed; None without a session.
    """

    at: float
    service: str
    operation: str
    access_key_id: str | None
    arn: str | None
    verdict: str
    status: int
    remaining_s: float | None

    @property
    def accepted(self) -> bool:
        """Did the gate let it through? The service behind may still have said no: see ``status``."""
        return self.verdict == ACCEPTED

    @property
    def lapsed(self) -> bool:
        """Was it signed with the key of a session that had run out?"""
        return self.remaining_s is not None and self.remaining_s <= 0


class Journal:
    """The last ten thousand requests, and counts of all. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[RequestRecord] = deque(maxlen=_KEPT)
        self._counts: Counter[tuple[str, str, bool]] = Counter()

    def add(self, record: RequestRecord) -> None:
        """Write one down."""
        with self._lock:
            self._records.append(record)
            self._counts[record.service, record.operation, record.accepted] += 1

    def records(self) -> tuple[RequestRecord, ...]:
        """The records kept, oldest first."""
        with self._lock:
            return tuple(self._records)

    def count(self, service: str | None = None, operation: str | None = None, *, accepted: bool | None = None) -> int:
        """How many requests there were, of a service, of an operation, let through or refused; by default all."""
        with self._lock:
            return sum(
                number
                for (its_service, its_operation, was_accepted), number in self._counts.items()
                if service in (None, its_service)
                and operation in (None, its_operation)
                and accepted in (None, was_accepted)
            )

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._records.clear()
            self._counts.clear()
