"""What a caller gets, as a session ages; and what a failed renewal means for it."""

from __future__ import annotations

import gc
import threading
import weakref
from datetime import timedelta

import pytest

from unexpired.engine.credentials import Credentials
from unexpired.engine.errors import PersonNeeded, RenewalRefused, SourceUnavailable, UnexpiredError
from unexpired.engine.policy import Freshness, RefreshPolicy
from unexpired.engine.scheduler import Scheduler

OUTAGE = SourceUnavailable("STS answered 500", link="assume_role")


def kinds(events) -> list[str]:
    return [event.kind for event in events]


def test_a_fresh_session_is_handed_out_without_asking_again(refresher, source, clock) -> None:
    first = refresher.credentials()
    clock.advance(minutes=30)
    assert refresher.credentials() is first
    assert source.calls == 1


def test_a_due_session_is_renewed_behind_the_caller_who_never_waits(refresher, source, clock, eventually) -> None:
    first = refresher.credentials()
    source.gate.clear()  # the issuer is slow
    clock.wait_until_sleeping(1)
    clock.advance(minutes=45)
    assert source.entered.acquire(timeout=30)
    assert source.entered.acquire(timeout=30)  # the first fetch and this one: the renewal is under way ...
    assert refresher.credentials() is first  # ... and the caller has gone on
    source.gate.set()
    eventually(lambda: refresher.credentials() is not first)
    assert source.calls == 2


def test_the_scheduler_renews_with_nobody_asking(refresher, source, clock, eventually) -> None:
    refresher.credentials()
    clock.wait_until_sleeping(1)
    clock.advance(minutes=40)
    eventually(lambda: refresher.status().renewals == 2)
    assert source.calls == 2


def test_six_hours_of_one_hour_sessions_never_hand_out_a_lapsed_one(refresher, source, clock, eventually) -> None:
    refresher.credentials()
    for _ in range(72):
        clock.wait_until_sleeping(1)
        clock.advance(minutes=5)
        if refresher.status().freshness is not Freshness.FRESH:
            eventually(lambda: refresher.status().freshness is Freshness.FRESH)
        assert refresher.credentials().remaining(clock.now()) > 16 * 60
    assert source.calls <= 10


def test_fifteen_minute_sessions_cost_one_call_for_two_hundred_requests(make_refresher, make_source) -> None:
    source = make_source(lifetime=900)
    refresher = make_refresher(source)
    assert len({refresher.credentials().access_key_id for _ in range(200)}) == 1
    assert source.calls == 1


def test_callers_who_arrive_together_share_one_call(refresher, source, in_threads) -> None:
    results = in_threads(20, refresher.credentials)
    assert {type(result) for result in results} == {Credentials}
    assert len({result.access_key_id for result in results}) == 1
    assert source.calls == 1


def test_callers_who_arrive_together_share_one_failure(refresher, source, in_threads) -> None:
    source.error = OUTAGE
    results = in_threads(20, refresher.credentials)
    assert {str(result) for result in results} == {str(OUTAGE)}
    assert len({id(result) for result in results}) == 20  # each its own, or tracebacks would pile up on one
    assert source.calls == 1


def test_a_lapsed_session_is_never_handed_out(refresher, source, clock) -> None:
    refresher.close()  # as if the scheduler had died
    first = refresher.credentials()
    clock.advance(hours=2)
    assert refresher.credentials() is not first
    source.error = OUTAGE
    clock.advance(hours=2)
    with pytest.raises(SourceUnavailable):
        refresher.credentials()


def test_an_outage_is_outlived_while_the_session_lives(refresher, source, clock, events, eventually) -> None:
    first = refresher.credentials()
    source.error = OUTAGE
    for failures, minutes in enumerate((45, 5, 5, 2), start=1):  # 57 of the 60 minutes
        clock.wait_until_sleeping(1)
        clock.advance(minutes=minutes)
        eventually(lambda failures=failures: refresher.status().failures >= failures)
        assert refresher.credentials() is first
    assert "renewal_failed" in kinds(events)
    assert "STS answered 500" in str(refresher.status().last_error)
    source.error = None
    clock.wait_until_sleeping(1)
    clock.advance(minutes=1)
    eventually(lambda: refresher.credentials() is not first)
    assert refresher.status().last_error is None


def test_failures_are_retried_with_growing_waits(refresher, source, clock, events, eventually) -> None:
    refresher.credentials()
    source.error = OUTAGE
    clock.wait_until_sleeping(1)
    clock.advance(minutes=40)
    for attempt in range(1, 6):
        eventually(lambda attempt=attempt: kinds(events).count("renewal_failed") == attempt)
        clock.wait_until_sleeping(2)  # the scheduler, and a worker with nothing to do
        clock.advance(seconds=[e for e in events if e.kind == "renewal_failed"][-1].retry_in_seconds)
    waits = [event.retry_in_seconds for event in events if event.kind == "renewal_failed"][:5]
    assert waits == sorted(waits)
    assert [event.attempt for event in events if event.kind == "renewal_failed"][:5] == [1, 2, 3, 4, 5]


def test_a_wake_up_that_was_meant_for_the_attempt_that_has_failed_waits_for_the_next_one(
    refresher, source, clock, eventually
) -> None:
    """A caller and the schedule wake the scheduler at the same moment, and the one attempt is over before the other."""
    refresher.credentials()
    source.error = OUTAGE
    clock.wait_until_sleeping(1)
    clock.advance(minutes=45)
    eventually(lambda: refresher.status().failures == 1)
    refresher.due()
    assert source.calls == 2
    clock.wait_until_sleeping(1)
    clock.advance(seconds=2)
    eventually(lambda: refresher.status().failures == 2)


def test_a_caller_waits_when_too_little_is_left_and_gets_what_is_left_if_that_fails(
    refresher, source, clock, events
) -> None:
    refresher.close()
    first = refresher.credentials()
    clock.advance(seconds=3598)
    source.error = OUTAGE
    assert refresher.credentials() is first
    assert source.calls == 2
    assert refresher.credentials() is first  # and nobody tries again before the wait is over
    assert source.calls == 2
    clock.advance(seconds=2)
    with pytest.raises(SourceUnavailable):
        refresher.credentials()
    assert kinds(events)[-2:] == ["renewal_failed", "expired"]


def test_a_caller_who_waits_gets_the_new_session(refresher, source, clock) -> None:
    refresher.close()
    first = refresher.credentials()
    clock.advance(seconds=3598)
    assert refresher.credentials() is not first
    assert source.calls == 2


def test_a_failure_with_nothing_in_hand_is_kept_for_a_moment_and_then_asked_again(refresher, source, clock) -> None:
    source.error = RenewalRefused("AccessDenied")
    for _ in range(50):
        with pytest.raises(RenewalRefused):
            refresher.credentials()
    assert source.calls == 1
    clock.advance(seconds=11)
    source.error = None
    assert refresher.credentials().access_key_id == "ASIATESTKEY00001"


def test_an_outage_with_nothing_in_hand_is_asked_about_again_within_two_seconds(refresher, source, clock) -> None:
    source.error = OUTAGE
    with pytest.raises(SourceUnavailable):
        refresher.credentials()
    source.error = None
    clock.advance(seconds=2)
    assert refresher.credentials()


def test_what_a_source_should_not_raise_is_our_bug_and_is_said_without_its_message(refresher, source) -> None:
    source.error = KeyError("canary-secret")
    with pytest.raises(UnexpiredError, match="raised KeyError") as caught:
        refresher.credentials()
    assert "canary" not in str(caught.value)


def test_an_interrupted_renewal_releases_those_who_wait(refresher, source, in_threads) -> None:
    source.gate.clear()
    source.error = KeyboardInterrupt()
    opener = threading.Timer(0.3, source.gate.set)
    opener.start()
    interrupted = []

    def call() -> object:
        try:
            return refresher.credentials()
        except KeyboardInterrupt as interrupt:
            interrupted.append(interrupt)
            return None

    results = in_threads(4, call)
    assert len(interrupted) >= 1
    assert all(result is None or isinstance(result, UnexpiredError) for result in results)


def test_a_session_that_was_lapsed_when_it_came_is_refused_with_both_clocks_named(refresher, source, clock) -> None:
    source.answers = [source.session(1, expires_at=clock.now() - timedelta(minutes=5), source="process")]
    with pytest.raises(SourceUnavailable, match="lapsed at 2026-11-21T11:55:00Z") as caught:
        refresher.credentials()
    assert caught.value.cause == "process-without-expiration"
    assert "2026-11-21T12:00:00Z" in str(caught.value)


def test_a_copy_that_has_lapsed_is_to_be_unset_before_any_clock_is_looked_at(refresher, source, clock) -> None:
    source.answers = [source.session(1, expires_at=clock.now() - timedelta(minutes=5), source="environment")]
    with pytest.raises(SourceUnavailable) as caught:
        refresher.credentials()
    assert caught.value.next_steps[0].startswith("unset AWS_ACCESS_KEY_ID")


def test_credentials_without_an_end_are_kept(make_refresher, make_source, clock) -> None:
    source = make_source(lifetime=None)
    refresher = make_refresher(source)
    first = refresher.credentials()
    clock.advance(hours=1000)
    assert refresher.credentials() is first
    assert source.calls == 1
    assert refresher.status().next_renewal is None


def test_an_absurdly_far_end_is_renewed_after_a_day_all_the_same(make_refresher, make_source, clock) -> None:
    source = make_source(lifetime=50 * 365 * 24 * 3600)
    refresher = make_refresher(source)
    refresher.credentials()
    assert refresher.status().next_renewal < clock.now() + timedelta(hours=36)


def test_a_slow_issuer_gives_the_waiting_an_answer(make_refresher, source, clock) -> None:
    refresher = make_refresher(source, scheduler=Scheduler(clock))
    source.gate.clear()
    leader = threading.Thread(target=refresher.credentials, daemon=True)
    leader.start()
    assert source.entered.acquire(timeout=30)
    caught = []

    def follow() -> None:
        try:
            refresher.credentials()
        except SourceUnavailable as error:
            caught.append(error)

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    clock.wait_until_sleeping(1)
    clock.advance(seconds=121)
    follower.join(30)
    assert "still under way" in str(caught[0])
    source.gate.set()
    leader.join(30)
    assert refresher.credentials()


def test_asking_twice_gives_the_same_moment_of_renewal(refresher) -> None:
    refresher.credentials()
    assert refresher.status().next_renewal == refresher.status().next_renewal


def test_a_renewal_that_is_asked_for_happens_although_the_session_is_fresh(refresher, source) -> None:
    first = refresher.credentials()
    assert refresher.renew() is not first
    assert source.calls == 2


def test_a_requested_renewal_that_fails_leaves_the_session_in_force(refresher, source) -> None:
    first = refresher.credentials()
    source.error = OUTAGE
    with pytest.raises(SourceUnavailable):
        refresher.renew()
    assert refresher.credentials() is first


def test_a_raising_hook_breaks_nothing_and_the_next_hook_still_hears(source, make_refresher, events) -> None:
    def raising(_) -> None:
        raise RuntimeError("a bad hook")

    refresher = make_refresher(source)
    refresher._hooks = (raising, events.append)
    assert refresher.credentials()
    assert kinds(events) == ["renewed"]


def test_a_person_is_asked_only_on_behalf_of_a_caller(make_refresher, clock, source, eventually) -> None:
    asked = []
    fetch = source.fetch

    def asking(prompter=None) -> Credentials:
        asked.append(prompter)
        if prompter is None:
            raise PersonNeeded("An MFA code is needed")
        return fetch(prompter)

    source.fetch = asking
    prompter = object()
    refresher = make_refresher(source, prompter=prompter)
    refresher.credentials()
    clock.wait_until_sleeping(1)
    clock.advance(minutes=45)
    eventually(lambda: len(asked) == 2)
    assert asked == [prompter, None]
    clock.advance(minutes=16)
    assert refresher.credentials()
    assert asked[-1] is prompter


def test_events_say_what_happened_and_never_a_secret(refresher, source, clock, events, caplog) -> None:
    with caplog.at_level("INFO", logger="unexpired"):
        refresher.credentials()
        refresher.invalidate(refresher.credentials())
        source.error = OUTAGE
        with pytest.raises(SourceUnavailable):
            refresher.credentials()
    assert kinds(events) == ["renewed", "invalidated", "renewal_failed", "expired"]
    assert events[0].caused_by == "first use"
    assert events[0].access_key_id == "ASIA…0001"
    assert events[0].remaining_seconds == pytest.approx(3600)
    assert "canary" not in caplog.text + repr(events) + repr(refresher.status())


def test_a_refresher_that_nobody_holds_is_renewed_no_more(make_refresher, source, clock) -> None:
    refresher = make_refresher(source)
    refresher.credentials()
    gone = weakref.ref(refresher)
    del refresher
    gc.collect()
    assert gone() is None
    clock.wait_until_sleeping(1)
    clock.advance(hours=3)
    clock.wait_until_sleeping(1)
    assert source.calls == 1


def test_the_promise_of_a_door_is_kept_by_its_policy(make_refresher, make_source, clock) -> None:
    source = make_source(lifetime=1800)
    refresher = make_refresher(source, policy=RefreshPolicy(reserve_seconds=960))
    refresher.credentials()
    assert refresher.status().next_renewal <= clock.now() + timedelta(seconds=1800 - 960)
