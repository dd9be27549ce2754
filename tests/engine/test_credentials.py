"""A set of credentials keeps its secrets, and knows its end."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.engine.credentials import Credentials, masked, parse_timestamp, timestamp
from unexpired.engine.errors import ConfigurationError

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
SESSION = Credentials("ASIAIOSFODNN7EXAMPLE", "canary-secret", "canary-token", NOON, source="assume_role")


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, lambda c: f"{[c]}"])
def test_no_way_of_showing_it_shows_a_secret(show) -> None:
    shown = show(SESSION)
    assert "canary" not in shown
    assert "ASIA…MPLE" in shown
    assert "ASIAIOSFODNN7EXAMPLE" not in shown


def test_it_is_not_pickled_into_a_queue_or_a_log() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SESSION)


def test_copying_is_refused_like_pickling_since_it_is_the_same_object_that_matters() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(SESSION)


def test_what_is_left_is_counted_in_seconds_and_goes_below_zero() -> None:
    assert SESSION.remaining(NOON - timedelta(hours=1)) == 3600
    assert SESSION.remaining(NOON + timedelta(seconds=5)) == -5
    assert Credentials("AKIAIOSFODNN7EXAMPLE", "s").remaining(NOON) is None


@pytest.mark.parametrize(("key_id", "secret"), [("", "s"), ("AKIAIOSFODNN7EXAMPLE", "")])
def test_half_a_pair_is_refused_by_name(key_id, secret) -> None:
    with pytest.raises(ConfigurationError, match="half a key pair") as caught:
        Credentials(key_id, secret, source="process")
    assert caught.value.cause == "partial-credentials"
    assert "process" in str(caught.value)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no time zone"):
        Credentials("AKIAIOSFODNN7EXAMPLE", "s", expires_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault


@pytest.mark.parametrize(
    ("key_id", "shown"), [("ASIAIOSFODNN7EXAMPLE", "ASIA…MPLE"), ("short", "****"), ("", "****"), (None, "-")]
)
def test_key_ids_are_shown_by_their_ends(key_id, shown) -> None:
    assert masked(key_id) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T12:00:00Z",
        "2026-11-21T12:00:00+00:00",
        "2026-11-21T12:00:00UTC",
        "2026-11-21T13:00:00+0100",
        "2026-11-21T12:00:00",
        "2026-11-21T12:00:00.000Z",
        "2026-11-21T12:00:00.000000000Z",
        " 2026-11-21T12:00:00z ",
        1795262400,
        1795262400.0,
        NOON,
    ],
)
def test_every_way_of_writing_noon_is_noon(text) -> None:
    assert parse_timestamp(text) == NOON


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_anything_else_is_a_value_error_and_nothing_worse(text) -> None:
    try:
        assert parse_timestamp(text).utcoffset() == timedelta(0)
    except ValueError as error:
        assert "not a time" in str(error)  # noqa: PT017 - either outcome is fine, a third is not


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(timezone.utc)))  # noqa: DTZ001
def test_what_is_written_is_read_back_to_the_second(moment) -> None:
    assert parse_timestamp(timestamp(moment)) == moment.replace(microsecond=0)
