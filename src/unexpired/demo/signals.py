"""Ends that come from outside: each unwinds the stack, so that everything is cleared away, and clearing is finished."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int


@contextmanager
def ending_as_ctrl_c_does() -> Iterator[None]:
    """SIGTERM and SIGHUP (the terminal was closed) raise ``SystemExit``, as Ctrl-C raises ``KeyboardInterrupt``."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # Whoever started us with nohup has asked for SIGHUP to be ignored.
    with _handling([number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN], leave):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C, or any other end, waits until the block is done: for what clears away, and is bounded itself."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    with _handling(numbers, signal.SIG_IGN):
        yield


@contextmanager
def _handling(numbers: list[int], handler: Handler) -> Iterator[None]:
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # only the main thread may, and only it is interrupted
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
