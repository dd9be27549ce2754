"""Kinds of option values that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.engine.duration import parse_duration
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import timedelta


def duration(text: str) -> timedelta:
    """``@click.option("--for", "wanted", type=duration)``: 6h, 90m, 1h30m, 3600; the help says ``DURATION``."""
    try:
        return parse_duration(text)
    except ConfigurationError as error:
        raise click.BadParameter(f"{error.what}: {error.next_steps[0]}.") from None
