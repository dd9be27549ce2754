"""Look in memory, in the store, take the lock, look again, and only then pay."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from unexpired.engine.errors import StoreUnavailable


class DictStore:
    """A store in which a test can play the other process."""

    def __init__(self) -> None:
        self.kept, self.asked = {}, []
        self.while_waiting = lambda: None
        self.broken_lock = self.broken_save = False

    def load(self, key):
        self.asked.append("load")
        return self.kept.get(key)

    def save(self, key, credentials) -> None:
        if self.broken_save:
            raise StoreUnavailable("The store is full")
        self.asked.append("save")
        self.kept[key] = credentials

    @contextlib.contextmanager
    def lock(self, key, arrived):
        if self.broken_lock:
            raise StoreUnavailable("The store cannot be locked")
        self.asked.append("lock")
        self.while_waiting()
        yield not arrived()
        self.asked.append("unlock")


@pytest.fixture
def store() -> DictStore:
    return DictStore()


@pytest.fixture
def shared(make_refresher, source, store):
    return make_refresher(source, store=store)


def test_the_order_is_store_lock_store_issuer_store(shared, store, source) -> None:
    shared.credentials()
    assert store.asked[0] == "load"
    assert [step for step in store.asked if step != "load"] == ["lock", "save", "unlock"]
    assert store.asked[store.asked.index("lock") + 1] == "load"


def test_what_another_process_made_is_taken_without_a_lock_or_a_call(shared, store, source, clock, events) -> None:
    other = store.kept["role"] = source.session(7, issued_at=clock.now())
    assert shared.credentials() == other
    assert source.calls == 0
    assert "lock" not in store.asked
    assert events[0].shared


def test_what_arrives_while_waiting_for_the_lock_is_taken(shared, store, source, clock) -> None:
    store.while_waiting = lambda: store.kept.update(role=source.session(7, issued_at=clock.now()))
    assert shared.credentials().access_key_id == "ASIATESTKEY00007"
    assert source.calls == 0


def test_at_renewal_the_newer_session_of_another_process_is_taken(shared, store, source, clock, eventually) -> None:
    shared.credentials()
    clock.wait_until_sleeping(1)
    clock.advance(minutes=35)
    store.kept["role"] = source.session(7, issued_at=clock.now())
    clock.advance(minutes=5)
    eventually(lambda: shared.credentials().access_key_id == "ASIATESTKEY00007")
    assert source.calls == 1


def test_at_renewal_its_own_entry_in_the_store_is_not_taken_for_news(shared, store, source, clock, eventually) -> None:
    shared.credentials()
    clock.wait_until_sleeping(1)
    clock.advance(minutes=45)
    eventually(lambda: source.calls == 2)


@pytest.mark.parametrize("left", [-3600, -1, 0, 2], ids=lambda left: f"{left} s left")
def test_a_lapsed_or_all_but_lapsed_entry_is_not_taken(shared, store, source, clock, left) -> None:
    end = clock.now() + timedelta(seconds=left)
    store.kept["role"] = source.session(7, expires_at=end, issued_at=end - timedelta(hours=1))
    assert shared.credentials().access_key_id == "ASIATESTKEY00001"


def test_a_session_that_a_service_refused_is_not_taken_back_from_the_store(shared, store, source) -> None:
    first = shared.credentials()
    assert store.kept["role"].access_key_id == first.access_key_id
    shared.invalidate(first)
    assert shared.credentials().access_key_id != first.access_key_id
    assert store.kept["role"].access_key_id != first.access_key_id


def test_after_a_refusal_the_renewal_of_another_process_is_taken(shared, store, source, clock) -> None:
    shared.invalidate(shared.credentials())
    store.kept["role"] = source.session(7, issued_at=clock.now())
    assert shared.credentials().access_key_id == "ASIATESTKEY00007"
    assert source.calls == 1


@pytest.mark.parametrize("broken", ["broken_lock", "broken_save"])
def test_a_store_that_fails_is_reported_once_and_renewing_goes_on_in_memory(
    shared, store, source, clock, events, broken
) -> None:
    setattr(store, broken, True)
    for _ in range(3):
        shared.renew()
    assert source.calls == 3
    assert [event.kind for event in events].count("store_unavailable") == 1
    assert [event.kind for event in events].count("renewal_failed") == 0


def test_credentials_without_an_end_are_not_kept_in_a_store(make_refresher, make_source, store) -> None:
    make_refresher(make_source(lifetime=None), store=store).credentials()
    assert store.kept == {}


def test_a_source_whose_sessions_are_at_hand_anyway_uses_no_store(make_refresher, source, store) -> None:
    source.shareable = False
    make_refresher(source, store=store).credentials()
    assert store.asked == []
