"""Our errors where botocore raises them: also a ``CredentialRetrievalError``, so that existing handlers catch them.

A program written for boto3 guards its calls with ``except (BotoCoreError, ClientError)``. When no session can be had,
boto3 itself raises a ``BotoCoreError`` there (``CredentialRetrievalError`` from a process or a container endpoint, for
instance). An error that passed such a handler by would end a program which boto3 had let live, so at this boundary, and
only here, an :class:`~unexpired.engine.errors.UnexpiredError` is both: ``except unexpired.RenewalError`` and ``except
botocore.exceptions.BotoCoreError`` catch it, and it says what ours says.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, CredentialRetrievalError, ProfileNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.engine.errors import UnexpiredError


def as_retrieval_error(error: UnexpiredError) -> UnexpiredError:
    """The same error, of a class that is also botocore's ``CredentialRetrievalError``. Keeps its cause and its words.

    Its ``kwargs`` are what botocore's own would have: ``provider`` (the link that failed) and ``error_msg``.
    """
    return _both(error, CredentialRetrievalError, {"provider": error.link or "unexpired", "error_msg": str(error)})


def as_profile_not_found(error: UnexpiredError, profile: str) -> UnexpiredError:
    """The same error, of a class that is also botocore's ``ProfileNotFound``."""
    return _both(error, ProfileNotFound, {"profile": profile})


def _both(error: UnexpiredError, theirs: type[BotoCoreError], kwargs: dict[str, Any]) -> UnexpiredError:
    if isinstance(error, theirs):
        return error
    both = _rebuilt(type(error), theirs, error.args, {**vars(error), "kwargs": kwargs})
    both.__cause__ = error.__cause__
    return both


@cache
def _class_of_both(ours: type[UnexpiredError], theirs: type[BotoCoreError]) -> type[UnexpiredError]:
    """``ours`` with botocore's class as a second base, under its own name, so that a traceback reads the same."""
    namespace = {
        "__module__": ours.__module__,
        "__qualname__": ours.__qualname__,
        "__doc__": ours.__doc__,
        "__reduce__": _reduce,
    }
    return type(ours.__name__, (ours, theirs), namespace)


def _rebuilt(
    ours: type[UnexpiredError], theirs: type[BotoCoreError], args: tuple[object, ...], state: dict[str, Any]
) -> UnexpiredError:
    # Neither __init__ is run: they take different arguments, and everything they would set is in the state.
    both = _class_of_both(ours, theirs)  # type: ignore[arg-type]  # a class is hashable, whatever its instances say
    error = both.__new__(both, *args)
    error.__dict__.update(state)
    return error


def _reduce(error: UnexpiredError) -> tuple[Callable[..., UnexpiredError], tuple[object, ...]]:
    """How it is pickled (``multiprocessing`` sends a worker's exception home): by the classes that can be found."""
    ours, theirs = type(error).__bases__
    return _rebuilt, (ours, theirs, error.args, vars(error))
