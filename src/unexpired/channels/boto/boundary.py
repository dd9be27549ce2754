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

from botocore.exceptions import CredentialRetrievalError

from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable


def as_botocore(error: UnexpiredError) -> UnexpiredError:
    """The same error, of a class that is also botocore's ``CredentialRetrievalError``. Keeps its cause and its words.

    Its ``kwargs`` are what botocore's own would have: ``provider`` (the link that failed) and ``error_msg``.
    """
    if isinstance(error, CredentialRetrievalError):
        return error
    return _rebuilt(type(error), error.args, vars(error), error.__cause__)


@cache
def _both(ours: type[UnexpiredError]) -> type[UnexpiredError]:
    """``ours`` with botocore's class as a second base, under its own name, so that a traceback reads the same."""
    namespace = {
        "__module__": ours.__module__,
        "__qualname__": ours.__qualname__,
        "__doc__": ours.__doc__,
        "__str__": ours.__str__,
        "__reduce__": _reduce,
    }
    return type(ours.__name__, (ours, CredentialRetrievalError), namespace)


def _rebuilt(
    ours: type[UnexpiredError], args: tuple[object, ...], state: dict[str, Any], cause: BaseException | None = None
) -> UnexpiredError:
    # Neither __init__ is run: they take different arguments, and everything they would set is in the state.
    both = _both(ours)  # type: ignore[arg-type]  # a class is hashable, whatever its instances say
    error = both.__new__(both, *args)
    error.__dict__.update(state)
    error.__dict__["kwargs"] = {"provider": error.link or "unexpired", "error_msg": ours.__str__(error)}
    error.__cause__ = cause
    return error


def _reduce(error: UnexpiredError) -> tuple[Callable[..., UnexpiredError], tuple[object, ...]]:
    """How it is pickled (``multiprocessing`` sends a worker's exception home): by the class that can be found."""
    ours = next(base for base in type(error).__mro__[1:] if issubclass(base, UnexpiredError))
    state = {name: value for name, value in vars(error).items() if name != "kwargs"}
    return _rebuilt, (ours, error.args, state)
