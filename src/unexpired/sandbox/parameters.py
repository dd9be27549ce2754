"""Reads the parameters of STS calls as strictly as STS does, with its words when one is wrong.

Source: the parameter constraints in the STS API reference (AssumeRole, GetSessionToken).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unexpired.sandbox.wire import Answer, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


def required(form: Mapping[str, str], name: str) -> str:
    """A parameter that must be there.

    Raises:
        RefusedError: ``ValidationError``: it is missing or empty.
    """
    value = form.get(name)
    if not value:
        raise _violated("null", name, "Member must not be null")
    return value


def session_name(form: Mapping[str, str]) -> str:
    """``RoleSessionName``.

    Raises:
        RefusedError: ``ValidationError``.
    """
    name = required(form, "RoleSessionName")
    if not _SESSION_NAME.fullmatch(name):
        raise _violated(f"'{name}'", "RoleSessionName", "Member must satisfy regular expression pattern: [\\w+=,.@-]*")
    return name


def external_id(form: Mapping[str, str]) -> str | None:
    """``ExternalId``, None when it was not sent.

    Raises:
        RefusedError: ``ValidationError``.
    """
    value = form.get("ExternalId")
    if value is not None and not _EXTERNAL_ID.fullmatch(value):
        raise _violated(f"'{value}'", "ExternalId", "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*")
    return value


def duration_s(form: Mapping[str, str], least: int, most: int) -> int | None:
    """``DurationSeconds``, None when it was not sent.

    Raises:
        RefusedError: ``ValidationError``: it is outside what this operation ever allows.
    """
    text = form.get("DurationSeconds")
    if text is None:
        return None
    if not text.isdigit():
        raise RefusedError(Answer(400, "MalformedInput", "Invalid Argument"))
    asked = int(text)
    if asked < least:
        raise _violated(f"'{asked}'", "DurationSeconds", f"Member must have value greater than or equal to {least}")
    if asked > most:
        raise _violated(f"'{asked}'", "DurationSeconds", f"Member must have value less than or equal to {most}")
    return asked


def invalid(message: str) -> RefusedError:
    """``ValidationError`` with STS's own sentence."""
    return RefusedError(Answer(400, "ValidationError", message))


def _violated(value: str, name: str, constraint: str) -> RefusedError:
    member = name[0].lower() + name[1:]
    return invalid(
        f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    )
