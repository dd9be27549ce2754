"""Names the cause in an error that stays: a ``ClientError`` says why the credentials could not be renewed.

botocore builds the exception after every handler has run, out of the parsed response, so the cause travels in that
response under a key of ours and is taken out again in the client's own class (botocore's ``creating-client-class``
event). The exception keeps its class, its code and its response, so that handlers written for it go on working; the
words are added to its message, because many jobs log no more than ``str(error)``, and waiters read the message from the
response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from unexpired.engine.errors import UnexpiredError

_KEY = "unexpired"


def note_cause(parsed: dict[str, Any], cause: UnexpiredError) -> None:
    """Let the error that botocore will make of this response carry its cause."""
    parsed[_KEY] = cause


def add_to_client_class(base_classes: list[type], **_: Any) -> None:
    """A handler of ``creating-client-class``: clients of the session name the cause."""
    if NamesTheCause not in base_classes:
        base_classes.insert(0, NamesTheCause)


class NamesTheCause:
    """Mixed into clients. ``error.__cause__`` is the :class:`UnexpiredError`; ``str(error)`` ends with its words."""

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        try:
            return super()._make_api_call(operation_name, api_params)  # type: ignore[misc]  # BaseClient stands behind
        except ClientError as error:
            cause = _taken_out(error.response)
            if cause is None:
                raise
            details = error.response.get("Error", {})
            details["Message"] = f"{details.get('Message', '')} — {cause}"
            error.args = (f"{error} — {cause}",)
            raise error from cause


def _taken_out(response: Any) -> UnexpiredError | None:
    cause: UnexpiredError | None = response.pop(_KEY, None)
    return cause
