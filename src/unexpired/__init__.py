"""Keeps AWS credentials fresh for every tool on the box, and tells why when they weren't.

The public API is this table; everything else is private unless ``docs/contracts.md`` names it. Nothing is imported
before it is used: ``import unexpired`` costs what an empty module costs.
"""

# Type checkers take the name for true; importing it from typing would cost more than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from unexpired.channels.boto.session import Session, attach
    from unexpired.doctor.diagnosis import diagnose
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.errors import (
        ConfigurationError,
        HorizonTooShort,
        InternalError,
        PersonNeeded,
        RenewalError,
        RenewalRefused,
        SourceUnavailable,
        StoreUnavailable,
        UnexpiredError,
    )
    from unexpired.engine.events import RenewalDetails
    from unexpired.engine.policy import RefreshPolicy
    from unexpired.engine.protocols import Source, Store
    from unexpired.engine.refresher import Refresher
    from unexpired.engine.status import RefresherStatus
    from unexpired.explaining import explain

__version__ = "0.1.0"

__all__ = [
    "ConfigurationError",
    "Credentials",
    "HorizonTooShort",
    "InternalError",
    "PersonNeeded",
    "RefreshPolicy",
    "Refresher",
    "RefresherStatus",
    "RenewalDetails",
    "RenewalError",
    "RenewalRefused",
    "Session",
    "Source",
    "SourceUnavailable",
    "Store",
    "StoreUnavailable",
    "UnexpiredError",
    "attach",
    "diagnose",
    "explain",
]

_HOMES = {
    "unexpired.channels.boto.session": "Session attach",
    "unexpired.doctor.diagnosis": "diagnose",
    "unexpired.engine.credentials": "Credentials",
    "unexpired.engine.errors": "ConfigurationError HorizonTooShort InternalError PersonNeeded RenewalError "
    "RenewalRefused SourceUnavailable StoreUnavailable UnexpiredError",
    "unexpired.engine.events": "RenewalDetails",
    "unexpired.engine.policy": "RefreshPolicy",
    "unexpired.engine.protocols": "Source Store",
    "unexpired.engine.refresher": "Refresher",
    "unexpired.engine.status": "RefresherStatus",
    "unexpired.explaining": "explain",
}


def __getattr__(name: str) -> "Any":
    home = next((module for module, names in _HOMES.items() if name in names.split()), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value  # the next look costs nothing
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
