"""A service refused a session before its end: one renewal, however many report it."""

from __future__ import annotations

import pytest

from unexpired.engine.errors import RenewalRefused, SourceUnavailable


def test_the_next_caller_gets_a_new_session(refresher, source) -> None:
    first = refresher.credentials()
    assert refresher.invalidate(first)
    assert refresher.credentials() is not first
    assert source.calls == 2


def test_one_renewal_however_many_threads_report_it(refresher, source, in_threads) -> None:
    first = refresher.credentials()

    def refused() -> str:
        refresher.invalidate(first)
        return refresher.credentials().access_key_id

    assert set(in_threads(20, refused)) == {"ASIATESTKEY00002"}
    assert source.calls == 2


def test_a_late_report_of_the_last_session_changes_nothing(refresher, source) -> None:
    first = refresher.credentials()
    refresher.invalidate(first.access_key_id)
    second = refresher.credentials()
    assert not refresher.invalidate(first)
    assert refresher.credentials() is second
    assert source.calls == 2


def test_a_refused_session_is_not_served_even_if_no_other_can_be_had(refresher, source) -> None:
    refresher.invalidate(refresher.credentials())
    source.error = SourceUnavailable("STS answered 500")
    with pytest.raises(SourceUnavailable):
        refresher.credentials()


def test_nothing_is_said_to_be_left_of_a_refused_session(refresher, source, events) -> None:
    refresher.invalidate(refresher.credentials())
    source.error = SourceUnavailable("STS answered 500")
    with pytest.raises(SourceUnavailable):
        refresher.credentials()
    assert [event.remaining_seconds for event in events[1:]] == [0.0, 0.0, 0.0]


def test_a_source_that_hands_the_dead_session_back_is_named(refresher, source, clock) -> None:
    first = refresher.credentials()
    source.answers = [first]
    refresher.invalidate(first)
    with pytest.raises(RenewalRefused, match="gave ASIA…0001 again"):
        refresher.credentials()


def test_sessions_refused_one_after_the_other_are_not_paid_for_forever(refresher, source, clock) -> None:
    for _ in range(100):
        try:
            refresher.invalidate(refresher.credentials())
        except RenewalRefused as error:
            refusal = error
    assert source.calls <= 5
    assert refusal.cause == "session-revoked"
    clock.advance(minutes=1)
    assert refresher.credentials()  # and it recovers by itself


def test_two_revocations_a_while_apart_are_both_renewed(refresher, source, clock, eventually) -> None:
    for _ in range(10):
        refresher.invalidate(refresher.credentials())
        assert refresher.credentials()
        clock.advance(minutes=5)
    assert source.calls == 11
