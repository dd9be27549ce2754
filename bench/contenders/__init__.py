"""Ways to have a session that renews: one file each, found by being here.

A contender has

- ``NAME`` and ``DISTRIBUTION``: how it is called, and under what name the index has it;
- ``session(due_after=None)``: a ``boto3.Session`` for the role ``job``, made as its documentation says. Configuration
  and credentials files of the sandbox are in force, with profiles ``base`` (a user's key) and ``job`` (the role,
  assumed from it). ``due_after``: the share of its life after which it wants a new one, where that can be told;
- ``ready(directory, environment)``, a context manager that gives the environment for its processes: what has to run
  beside them runs as long as it is open.
- ``compress(factor)``: its fixed windows (15 minutes, ten) made shorter by the same factor as the sessions are.

Unless it says otherwise, it has the latter two from here.
"""

from __future__ import annotations

import pkgutil
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

ORDER = ("unexpired", "botocore", "boto3_refresh_session", "aws_assume_role_lib", "elhaz")


def contender(module_name: str) -> ModuleType:
    """The contender in this file."""
    module = import_module(f"{__name__}.{module_name}")
    for name, default in (("ready", ready), ("compress", compress)):
        if not hasattr(module, name):
            setattr(module, name, default)
    return module


def everybody() -> dict[str, ModuleType]:
    """All contenders by the name of their file: ours, the SDK, then the others."""
    files = {module.name for module in pkgutil.iter_modules(__path__)}
    return {name: contender(name) for name in sorted(files, key=lambda name: (*ORDER, name).index(name))}


def versions() -> dict[str, str]:
    """What runs here, as installed."""
    return {module.NAME: _version(module.DISTRIBUTION) for module in everybody().values()}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # a checkout that is only on the path
        import unexpired

        return f"{unexpired.__version__} (this checkout)" if distribution == "unexpired" else "not installed"


@contextmanager
def ready(directory: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:  # noqa: ARG001 - for who needs it
    """Nothing has to run beside."""
    yield dict(environment)


def compress(factor: float) -> None:
    """Shorten botocore's windows before the end of a session, and its cache's, which all peers have from it."""
    from botocore import credentials

    for name in ("_advisory_refresh_timeout", "_mandatory_refresh_timeout"):
        setattr(credentials.RefreshableCredentials, name, getattr(credentials.RefreshableCredentials, name) / factor)
    window = credentials.CachedCredentialFetcher.DEFAULT_EXPIRY_WINDOW_SECONDS
    credentials.CachedCredentialFetcher.DEFAULT_EXPIRY_WINDOW_SECONDS = window / factor  # type: ignore[assignment]
