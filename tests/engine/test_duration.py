"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.cli._parameters import duration
from unexpired.engine.duration import parse_duration, written
from unexpired.engine.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("6h", 6),
        ("90m", 1.5),
        ("3600", 1),
        (3600, 1),
        ("1h30m", 1.5),
        ("1.5h", 1.5),
        ("1h 30min", 1.5),
        ("6 hours", 6),
        ("2d", 48),
        ("1 day 1 hour", 25),
        ("1800s", 0.5),
        (" 6H ", 6),
    ],
)
def test_what_people_write_is_understood(text, hours):
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "h", "six hours", "-1h", "1h30", "30m1h", "6x", "1e3", "0", "0h", "٦h", "nan", "9" * 30]
)
def test_what_is_not_a_duration_is_answered_with_how_to_write_one(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_duration(text)
    assert repr(text) in caught.value.what
    assert caught.value.next_steps == ("write 6h, 90m, 1h30m, or 3600 for seconds",)


@given(st.integers(min_value=1, max_value=10**9))
def test_what_is_written_reads_back_as_the_same(seconds):
    assert parse_duration(written(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_nothing_and_less_can_be_written_too():
    assert written(timedelta(0)) == "0s"
    assert written(timedelta(minutes=-90)) == "-1h30m"


def test_an_option_says_which_one_was_wrong(capsys):
    @click.command()
    @click.option("--for", "wanted", type=duration)
    def command(wanted):
        click.echo(repr(wanted))

    command.main(["--for", "6h"], standalone_mode=False)
    assert capsys.readouterr().out == f"{timedelta(hours=6)!r}\n"
    with pytest.raises(click.BadParameter, match="'soon' is no duration: write 6h") as caught:
        command.main(["--for", "soon"], standalone_mode=False)
    assert "--for" in caught.value.format_message()
