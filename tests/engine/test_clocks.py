"""Suspended machines and clocks that are set: neither hides that a session has ended."""

from __future__ import annotations


def test_a_machine_that_slept_past_the_end_does_not_serve_what_it_held(refresher, source, clock) -> None:
    first = refresher.credentials()
    clock.jump(8 * 3600)  # the wall clock went on, the monotonic one stood still
    assert refresher.credentials() is not first


def test_the_scheduler_notices_after_a_sleep_that_it_is_late(refresher, source, clock, eventually) -> None:
    refresher.credentials()
    clock.wait_until_sleeping(1)
    clock.jump(45 * 60)
    clock.advance(seconds=30)  # its next look
    eventually(lambda: source.calls == 2)


def test_a_clock_set_back_a_day_does_not_stretch_a_session(refresher, source, clock) -> None:
    refresher.close()
    first = refresher.credentials()
    clock.jump(-24 * 3600)
    assert refresher.credentials() is first
    clock.advance(minutes=61)
    source.lifetime = 25 * 3600  # the issuer's clock did not go back
    assert refresher.credentials() is not first


def test_after_a_clock_was_set_back_renewals_go_on_in_the_new_time(refresher, source, clock, eventually) -> None:
    refresher.credentials()
    clock.jump(-600)
    source.lifetime = 3600 + 600
    refresher.renew()
    for calls in range(3, 6):
        clock.wait_until_sleeping(1)
        clock.advance(minutes=50)
        eventually(lambda calls=calls: source.calls == calls)


def test_a_clock_set_forward_within_the_session_does_no_harm(refresher, source, clock, eventually) -> None:
    first = refresher.credentials()
    clock.jump(20 * 60)
    assert refresher.credentials() is first
