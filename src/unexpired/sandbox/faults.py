"""What the sandbox has been told to do wrong, to whom, and how often."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

Misdeed = Literal["slow", "hang", "drop", "fail", "throttle", "refuse"]
"""``slow`` delays the answer; ``hang`` never answers; ``drop`` closes the connection; ``fail`` answers with a status
and a body, as load balancers do; ``throttle`` and ``refuse`` answer in the service's own words."""

ANY = "*"
_LEAST_STATUS, _MOST_STATUS = 200, 599  # 200 and 302, too: a captive portal answers in the place of AWS


@dataclass(frozen=True)
class Fault:
    """One instruction.

    Attributes:
        misdeed: What to do.
        service: Signing name, or ``*``.
        operation: Operation name, or ``*``.
        times: How many requests it strikes, None for every one.
        for_s: How long it holds, in seconds of real time, None until lifted.
        delay_s: For ``slow``.
        status: For ``fail``: an HTTP status.
        body: For ``fail``: a body in place of the service's own error document.
        content_type: Of ``body``.
    """

    misdeed: Misdeed
    service: str = ANY
    operation: str = ANY
    times: int | None = None
    for_s: float | None = None
    delay_s: float = 0.0
    status: int = 500
    body: str | None = None
    content_type: str = "text/html"

    def __post_init__(self) -> None:
        if self.misdeed not in get_args(Misdeed):
            raise ValueError(f"misdeed must be one of {', '.join(get_args(Misdeed))}, not {self.misdeed!r}")
        if not _LEAST_STATUS <= self.status <= _MOST_STATUS:
            raise ValueError(f"status must be an HTTP status from 200 to 599, not {self.status}")
        if self.delay_s < 0 or (self.times is not None and self.times < 1):
            raise ValueError("delay_s must not be negative, and times not below 1")


@dataclass
class _Standing:
    fault: Fault
    left: int | None
    until: float | None
    lifted: threading.Event = field(default_factory=threading.Event)


class Faults:
    """The standing instructions. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._standing: dict[int, _Standing] = {}

    def add(self, fault: Fault) -> Lifter:
        """Let a fault stand from now on."""
        with self._lock:
            number = next(self._numbers)
            until = time.monotonic() + fault.for_s if fault.for_s is not None else None
            self._standing[number] = _Standing(fault, fault.times, until)
        return Lifter(self.lift, number)

    def striking(self, service: str, operation: str) -> list[tuple[Fault, threading.Event]]:
        """The faults that strike this request, each with the event of its lifting; counted as used."""
        now = time.monotonic()
        struck: list[tuple[Fault, threading.Event]] = []
        with self._lock:
            for number, standing in list(self._standing.items()):
                fault = standing.fault
                if standing.until is not None and now >= standing.until:
                    self._remove(number)
                    continue
                if fault.service not in (ANY, service) or fault.operation not in (ANY, operation):
                    continue
                if standing.left is not None:
                    # A spent one stays, so that whoever hangs in it can still be freed, but strikes nobody.
                    if standing.left == 0:
                        continue
                    standing.left -= 1
                struck.append((fault, standing.lifted))
        return struck

    def lift(self, number: int) -> None:
        """Let one fault end; a second time changes nothing."""
        with self._lock:
            self._remove(number)

    def clear(self) -> None:
        """Let all end, and free every request that hangs."""
        with self._lock:
            for number in list(self._standing):
                self._remove(number)

    def standing(self) -> dict[int, Fault]:
        """What stands now, by number."""
        with self._lock:
            return {number: standing.fault for number, standing in self._standing.items() if standing.left != 0}

    def _remove(self, number: int) -> None:
        standing = self._standing.pop(number, None)
        if standing is not None:
            standing.lifted.set()


class Lifter:
    """A fault that stands, to be lifted by ``lift()`` or at the end of a ``with`` block."""

    def __init__(self, lift: Callable[[int], None], number: int) -> None:
        self._lift = lift
        self.number = number

    def lift(self) -> None:
        """Let the fault end."""
        self._lift(self.number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()
