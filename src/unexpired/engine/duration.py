"""Durations as people write them: ``6h``, ``90m``, ``1h30m``, ``45s``, ``2d``, and plain seconds as AWS has them."""

from __future__ import annotations

import re
from datetime import timedelta

from unexpired.engine.errors import ConfigurationError

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_WRITTEN = re.compile(
    rf"\s*(?:(?P<days>{_NUMBER})\s*d(?:ays?)?)?"
    rf"\s*(?:(?P<hours>{_NUMBER})\s*h(?:(?:ou)?rs?)?)?"
    rf"\s*(?:(?P<minutes>{_NUMBER})\s*m(?:in(?:ute)?s?)?)?"
    rf"\s*(?:(?P<seconds>{_NUMBER})\s*(?:s(?:ec(?:ond)?s?)?)?)?\s*",
    re.IGNORECASE,
)


def parse_duration(text: str | float) -> timedelta:
    """What somebody meant by ``text``.

    A number without a unit is seconds, as in AWS's ``DurationSeconds``; after other units it is not taken for anything
    (``1h30`` could be minutes). ``1.5h`` is an hour and a half.

    Args:
        text: ``"6h"``, ``"1h30m"``, ``"90 min"``, ``"3600"``, ``3600``.

    Raises:
        ConfigurationError: this is not a duration, or not longer than nothing.
    """
    words = str(text)
    found = _WRITTEN.fullmatch(words)
    parts = {unit: float(number) for unit, number in (found.groupdict() if found else {}).items() if number}
    if not parts or (len(parts) > 1 and words.rstrip()[-1].isdigit()):
        raise _not_a_duration(words, "it is not one that can be understood")
    try:
        duration = timedelta(**parts)
    except OverflowError:
        raise _not_a_duration(words, "it is longer than a calendar") from None
    if not duration:
        raise _not_a_duration(words, "it ends as it begins")
    return duration


def written(duration: timedelta) -> str:
    """The duration as :func:`parse_duration` reads it, in whole seconds: ``1h30m``, ``2d``; ``0s`` for none."""
    seconds = round(duration.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return sign + ("".join(f"{number}{unit}" for number, unit in units if number) or "0s")


def _not_a_duration(text: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} is no duration", why=why, next_steps="write 6h, 90m, 1h30m, or 3600 for seconds"
    )
