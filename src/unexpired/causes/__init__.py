"""The catalogue: every reason why an AWS request is refused for its credentials, one file each.

To add one, write ``causes/<slug with underscores>.py``: a docstring with the sections of `SECTIONS`, and a constant
``CAUSE``. Nothing else is edited: this package finds the file, ``explain`` reads its signs, ``doctor`` asks its
``prove``, and ``python -m unexpired.causes docs/causes`` writes its page. Modules whose name begins with an underscore
are the machinery.

The package depends on the standard library only, and reads nothing but its own files.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

from unexpired.causes._cause import (
    PLATFORMS,
    SECTIONS,
    Cause,
    Confidence,
    Cure,
    Family,
    Finding,
    Platform,
    Probe,
    Severity,
    by_platform,
    everywhere,
)
from unexpired.causes._sign import FACTS, GAP, NAME_GAP, Answer, Clue, Phrases, Sign

__all__ = [
    "FACTS",
    "GAP",
    "NAME_GAP",
    "PLATFORMS",
    "SECTIONS",
    "Answer",
    "Cause",
    "Clue",
    "Confidence",
    "Cure",
    "Family",
    "Finding",
    "Phrases",
    "Platform",
    "Probe",
    "Severity",
    "Sign",
    "by_platform",
    "catalogue",
    "cause",
    "everywhere",
]


@functools.cache
def catalogue() -> tuple[Cause, ...]:
    """Every cause, in the order of their slugs. The first call imports the files; later ones return the same tuple."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(importlib.import_module(f"{__name__}.{name}").CAUSE for name in names)


def cause(slug: str) -> Cause:
    """The cause of that name, importing only its file.

    Raises:
        KeyError: No cause has this slug.
    """
    name = slug.replace("-", "_")
    if name.startswith("_") or not name.replace("_", "").isalnum():
        raise KeyError(slug)
    try:
        found: Cause = importlib.import_module(f"{__name__}.{name}").CAUSE
    except ModuleNotFoundError as missing:
        raise KeyError(slug) from missing
    return found
