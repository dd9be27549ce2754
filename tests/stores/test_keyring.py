"""Sessions in the operating system's keyring: in parts that fit, whole or absent."""

from __future__ import annotations

import contextlib
import json

import pytest

from unexpired import stores
from unexpired.engine.errors import ConfigurationError, StoreUnavailable
from unexpired.stores.keyring import KeyringStore

keyring = pytest.importorskip("keyring")

from keyring.backend import KeyringBackend  # noqa: E402 - after the check
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError  # noqa: E402

KEY = "0123456789abcdef" * 4
_LONGEST_ITEM_BYTES = 2_560


class WindowsLike(KeyringBackend):
    """Holds items of the size that Windows takes, in a dictionary."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, str] = {}
        self.locked = False
        self.writes_left = 10**6

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.items.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        if len(password.encode("utf-16-le")) > _LONGEST_ITEM_BYTES or self.writes_left <= 0:
            raise PasswordSetError
        self.writes_left -= 1
        self.items[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.items.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError


@pytest.fixture
def backend() -> WindowsLike:
    return WindowsLike()


@pytest.fixture
def store(backend, directory) -> KeyringStore:
    return KeyringStore(backend, directory)


def test_a_session_comes_back_whole_however_long_its_token(store, session):
    long = session(session_token="x" * 12_000)
    store.save(KEY, long)
    assert store.load(KEY) == long


def test_a_later_end_replaces_an_earlier_one_and_never_the_other_way(store, session):
    store.save(KEY, session(1, lifetime=1800))
    store.save(KEY, session(2, lifetime=3600))
    store.save(KEY, session(3, lifetime=900))
    assert store.load(KEY) == session(2)


def test_what_was_replaced_does_not_pile_up(store, session, backend):
    for number in range(6):
        store.save(KEY, session(number, lifetime=900 + number, session_token="x" * 3_000))
    parts = json.loads(backend.items[f"unexpired/{KEY}"])["Parts"]
    assert len(backend.items) == parts + 1


@pytest.mark.parametrize("writes", range(5))
def test_a_save_that_is_cut_short_leaves_the_old_entry_or_the_new_one(store, session, backend, writes):
    store.save(KEY, session(1, lifetime=900, session_token="x" * 3_000))
    backend.writes_left = writes
    with contextlib.suppress(StoreUnavailable):
        store.save(KEY, session(2, lifetime=1800, session_token="y" * 3_000))
    assert store.load(KEY).access_key_id in (session(1).access_key_id, session(2).access_key_id)


@pytest.mark.parametrize("part", ["", ".a.0", ".b.0"])
@pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"Turn": "a", "Parts": 99999999, "Digest": ""}'])
def test_an_entry_that_cannot_be_used_is_absent_and_replaced(store, session, backend, part, text):
    store.save(KEY, session(1))
    backend.items[f"unexpired/{KEY}{part}"] = text
    assert store.load(KEY) in (None, session(1))
    store.save(KEY, session(2, lifetime=7200))
    assert store.load(KEY) == session(2, lifetime=7200)


def test_a_locked_keyring_is_absent_to_read_and_says_so_when_written(store, session, backend):
    store.save(KEY, session())
    backend.locked = True
    assert store.load(KEY) is None
    with pytest.raises(StoreUnavailable) as caught:
        store.save(KEY, session(2, lifetime=7200))
    assert "KeyringLocked" in caught.value.why
    assert "canary" not in str(caught.value)


def test_another_keys_entry_is_not_taken(store, session, backend):
    store.save(KEY, session())
    other = "f" * 64
    for name, value in list(backend.items.items()):
        backend.items[name.replace(KEY, other)] = value
    assert store.load(other) is None


def test_the_lock_is_a_file_without_a_session(store, directory):
    with store.lock(KEY, lambda: False) as won:
        assert won
    assert all(path.suffix == ".lock" and path.stat().st_size < 200 for path in directory.iterdir())


def test_it_is_chosen_by_name(monkeypatch, tmp_path):
    store = stores.chosen({"UNEXPIRED_STORE": "keyring", "UNEXPIRED_STORE_DIR": str(tmp_path)})
    assert isinstance(store, KeyringStore)


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(ConfigurationError) as caught:
        stores.chosen({"UNEXPIRED_STORE": "keyring"})
    assert caught.value.next_steps == ("pip install 'unexpired[keyring]'",)
