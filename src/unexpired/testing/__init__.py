"""Public: what a project needs to test its own jobs against credentials that expire.

``Sandbox`` is a strict STS and S3 to run them against, ``FakeClock`` a clock that stands still until told to move.
The pytest fixtures ``sandbox`` and ``sandbox_profile`` come with the package. ``Sandbox`` needs
``pip install 'unexpired[sandbox]'``; nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unexpired.sandbox.sandbox import Sandbox as Sandbox
    from unexpired.testing.clock import FakeClock as FakeClock

__all__ = ["FakeClock", "Sandbox"]


def __getattr__(name: str) -> Any:
    if name == "FakeClock":
        from unexpired.testing.clock import FakeClock

        return FakeClock
    if name == "Sandbox":
        from unexpired.sandbox import load

        return load()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
