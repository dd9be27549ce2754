"""When to renew: a table of named situations, and properties of every lifetime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.engine.policy import LONGEST_LIFETIME_SECONDS, Freshness, RefreshPolicy

MINUTE, HOUR = 60.0, 3600.0
POLICY = RefreshPolicy()

SITUATIONS = [
    ("an hour's session, just issued", HOUR, 0, Freshness.FRESH),
    ("an hour's session, half gone", HOUR, 30 * MINUTE, Freshness.FRESH),
    ("an hour's session, three quarters gone", HOUR, 45 * MINUTE, Freshness.RENEW_SOON),
    ("an hour's session, ten minutes left: botocore would block here", HOUR, 50 * MINUTE, Freshness.RENEW_SOON),
    ("an hour's session, ten seconds left", HOUR, HOUR - 10, Freshness.RENEW_SOON),
    ("an hour's session, too little left for one request", HOUR, HOUR - 2, Freshness.RENEW_NOW),
    ("an hour's session, at its very end", HOUR, HOUR, Freshness.EXPIRED),
    ("a 15-minute session, just issued: botocore would renew at once", 15 * MINUTE, 1, Freshness.FRESH),
    ("a 15-minute session, half gone", 15 * MINUTE, 7.5 * MINUTE, Freshness.FRESH),
    ("a 15-minute session, four minutes left", 15 * MINUTE, 11 * MINUTE, Freshness.RENEW_SOON),
    ("a 12-hour session, seven hours gone", 12 * HOUR, 7 * HOUR, Freshness.FRESH),
    ("a 12-hour session, nine hours gone", 12 * HOUR, 9 * HOUR, Freshness.RENEW_SOON),
    ("a four-second session, a tenth of a second left", 4.0, 3.9, Freshness.RENEW_NOW),
    ("a session without an end", None, 1000 * HOUR, Freshness.FRESH),
]


@pytest.mark.parametrize(
    ("lifetime", "age", "expected"), [case[1:] for case in SITUATIONS], ids=[case[0] for case in SITUATIONS]
)
def test_what_a_caller_may_do(lifetime, age, expected) -> None:
    schedule = POLICY.schedule(0.0, lifetime, draw=0.5)
    assert POLICY.freshness(schedule, age) is expected


lifetimes = st.floats(min_value=0.5, max_value=36 * HOUR)
draws = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(lifetime=lifetimes, draw=draws)
def test_renewal_starts_inside_the_window_whatever_the_lifetime(lifetime, draw) -> None:
    schedule = POLICY.schedule(0.0, lifetime, draw)
    assert 0.60 * lifetime <= schedule.renew_at <= 0.70 * lifetime + 1e-6
    assert schedule.renew_at < schedule.block_at < schedule.expires_at


@given(lifetime=lifetimes, draw=draws, age=st.floats(min_value=0, max_value=40 * HOUR), count=st.integers(1, 50))
def test_nobody_waits_for_the_next_attempt_while_the_session_lives(lifetime, draw, age, count) -> None:
    schedule = POLICY.schedule(0.0, lifetime, draw)
    failure = POLICY.failed("unavailable", count, age, lifetime - age, draw)
    state = POLICY.freshness(schedule, age, failure)
    assert state is (Freshness.EXPIRED if age >= lifetime else state)
    assert state is not Freshness.RENEW_NOW


@given(lifetime=lifetimes, draw=draws, ages=st.lists(st.floats(min_value=0, max_value=40 * HOUR), min_size=2))
def test_a_session_never_grows_younger(lifetime, draw, ages) -> None:
    order = list(Freshness)
    schedule = POLICY.schedule(0.0, lifetime, draw)
    states = [order.index(POLICY.freshness(schedule, age)) for age in sorted(ages)]
    assert states == sorted(states)


@given(lifetime=st.floats(min_value=54 * MINUTE, max_value=12 * HOUR), draw=draws)
def test_more_than_sixteen_minutes_are_left_at_renewal_where_the_length_allows(lifetime, draw) -> None:
    assert POLICY.schedule(0.0, lifetime, draw).renew_at <= lifetime - 16 * MINUTE


@given(draw=draws)
def test_a_door_renews_a_half_hour_session_in_time_to_keep_its_promise(draw) -> None:
    door = RefreshPolicy(reserve_seconds=16 * MINUTE)
    assert door.schedule(0.0, 30 * MINUTE, draw).renew_at <= 14 * MINUTE


@given(draw=draws)
def test_a_reserve_that_would_eat_the_session_is_not_honoured(draw) -> None:
    door = RefreshPolicy(reserve_seconds=16 * MINUTE)
    assert door.schedule(0.0, 15 * MINUTE, draw) == POLICY.schedule(0.0, 15 * MINUTE, draw)


def test_ten_thousand_sessions_issued_together_are_renewed_apart() -> None:
    moments = [POLICY.schedule(0.0, HOUR, n / 10_000).renew_at for n in range(10_000)]
    busiest = max(sum(1 for m in moments if start <= m < start + 10) for start in range(2160, 2520, 10))
    assert busiest <= 300  # of the 10,000 in any ten seconds, where an even spread has 278


def test_an_absurdly_far_end_is_renewed_as_the_longest_that_aws_grants() -> None:
    schedule = POLICY.schedule(0.0, 1000 * 365 * 24 * HOUR, draw=0.0)
    assert schedule.renew_at == pytest.approx(0.6 * LONGEST_LIFETIME_SECONDS)


@given(count=st.integers(1, 100), draw=draws, remaining=st.floats(min_value=0.5, max_value=HOUR))
def test_attempts_after_a_failure_come_before_the_session_ends(count, draw, remaining) -> None:
    failure = POLICY.failed("unavailable", count, 0.0, remaining, draw)
    assert 0 < failure.retry_at <= remaining * 0.25 + 1e-9


def test_a_refusal_is_asked_about_more_rarely_than_an_outage() -> None:
    outage, refusal = (POLICY.failed(kind, 1, 0.0, HOUR, 0.5) for kind in ("unavailable", "refused"))
    assert refusal.retry_at > 10 * outage.retry_at


def test_a_fresh_failure_stands_for_callers_and_a_clock_set_back_does_not_make_it_stand_longer() -> None:
    failure = POLICY.failed("refused", 1, 100.0, 0.0, 0.5)
    assert failure.stands(100.0)
    assert not failure.stands(120.0)
    assert not failure.stands(99.0)
