"""The kinds of values in ``unexpired.toml``: what each looks like, and what it becomes.

A kind takes TOML's value and gives ours, or raises :class:`Wrong` with words that end a sentence which the key begins:
*port must be a number from 1 to 65535*. No kind repeats the value in those words: an address may hold a token.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.engine.duration import parse_duration
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

DOORS = ("container", "socket", "imds", "file")

# "RoleArn", "RoleSessionName", "ExternalId", "SerialNumber", "DurationSeconds": AssumeRole, STS API Reference.
_ROLE_ARN = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/\S+")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_DURATION_SECONDS = (900, 43_200)
_WEBHOOK = re.compile(r"(?:https://[^\s/@]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?)(?:/\S*)?")
_LARGEST_UID = 2**32 - 2  # 2**32 - 1 is (uid_t) -1, nobody at all


class Wrong(ValueError):
    """A value is not what its key takes.

    Attributes:
        meant: what was probably meant, or ``""``.
    """

    def __init__(self, said: str, meant: str = "") -> None:
        super().__init__(said)
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is written, for the reference, and the function that takes it."""

    written: str
    take: Callable[[Any], Any]


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant, or ``""``."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")


def number(lowest: float, highest: float, *, whole: bool) -> Kind:
    """A number in a range, both ends included."""
    what = f"a {'whole ' if whole else ''}number from {lowest:.10g} to {highest:.10g}"

    def take(value: Any) -> Any:
        fits = type(value) is int or (type(value) is float and not whole)  # not a bool, which is an int to Python
        if not fits or not lowest <= value <= highest:
            raise Wrong(f"must be {what}")
        return value if whole else float(value)

    return Kind(f"{lowest:.10g} … {highest:.10g}", take)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or any(ord(letter) < ord(" ") for letter in value):
        raise Wrong("must be a text on one line")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[Any], str]:
    def take(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Wrong(f"must be {what}")
        return value

    return take


def _path(value: Any) -> Path:
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError:
        raise Wrong("begins with a home that nobody has") from None


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Wrong('must be a duration: "6h", "90m", or 3600 for seconds')
    try:
        return parse_duration(value).total_seconds()
    except ConfigurationError:
        raise Wrong('must be a duration: "6h", "90m", or 3600 for seconds') from None


def _duration_seconds(value: Any) -> int:
    seconds = _seconds(value)
    lowest, highest = _DURATION_SECONDS
    if not lowest <= seconds <= highest:
        raise Wrong(f"must be from {lowest} to {highest} seconds, as AWS has it")
    return int(seconds)


def _doors(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not value or not all(isinstance(door, str) for door in value):
        raise Wrong(f"must be a list of doors: {', '.join(DOORS)}")
    for door in value:
        if door not in DOORS:
            raise Wrong(f"has no door {door!r} to open; there are {', '.join(DOORS)}", nearest(door, DOORS))
    return frozenset(value)


def _uids(value: Any) -> frozenset[int]:
    uids = value if isinstance(value, list) else [None]
    if not uids or not all(type(uid) is int and 0 <= uid <= _LARGEST_UID for uid in uids):
        raise Wrong("must be a list of user ids (numbers, as `id -u` prints them)")
    return frozenset(uids)


def _endpoint(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]+\S*", value):
        raise Wrong("must be an address that begins with https:// or http://")
    return value


def _webhook(value: Any) -> str:
    if not isinstance(value, str) or not _WEBHOOK.fullmatch(value):
        raise Wrong("must be an https:// address without a user in it, or an http:// one on this machine")
    return value


TEXT = Kind("text", _text)
PATH = Kind("path", _path)
SWITCH = Kind("`true` or `false`", _switch)
DURATION = Kind("duration", _seconds)
PORT = number(1, 65_535, whole=True)
DOOR_LIST = Kind("list of doors", _doors)
UID_LIST = Kind("list of user ids", _uids)
ROLE_ARN = Kind("ARN", _matching(_ROLE_ARN, "a role's ARN: arn:aws:iam::123456789012:role/NAME"))
SESSION_NAME = Kind("text", _matching(_SESSION_NAME, "2 to 64 letters, digits or any of + = , . @ - _"))
EXTERNAL_ID = Kind("text", _matching(_EXTERNAL_ID, "2 to 1224 letters, digits or any of + = , . @ : / - _"))
DURATION_SECONDS = Kind("duration, 900 s … 12 h", _duration_seconds)
ENDPOINT = Kind("address", _endpoint)
WEBHOOK = Kind("address", _webhook)
