"""A store is chosen in one place, from the environment alone, and nothing is touched until a session is saved."""

from __future__ import annotations

import threading
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest

from unexpired import stores
from unexpired.engine.errors import ConfigurationError
from unexpired.engine.refresher import Refresher
from unexpired.stores.file import FileStore
from unexpired.stores.keyring import KeyringStore
from unexpired.stores.memory import MemoryStore

KEY = "0123456789abcdef" * 4


def test_the_directory_can_be_named(tmp_path):
    store = stores.chosen({"UNEXPIRED_STORE_DIR": str(tmp_path / "here")})
    assert store.directory == tmp_path / "here"
    assert not store.directory.exists()


def test_by_default_it_is_in_the_users_cache_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    directory = stores.chosen({}).directory
    assert directory.name == "sessions"
    assert "unexpired" in directory.parts


def test_memory_shares_nothing_beyond_the_process():
    assert isinstance(stores.chosen({"UNEXPIRED_STORE": "memory"}), MemoryStore)


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(ConfigurationError) as caught:
        stores.chosen({"UNEXPIRED_STORE": "floppy"})
    assert "file" in str(caught.value)
    assert "memory" in str(caught.value)


def test_every_file_of_the_folder_opens_a_store():
    names = [module.name for module in iter_modules(stores.__path__) if not module.ispkg]
    assert names
    for name in names:
        assert callable(import_module(f"unexpired.stores.{name}").open_store)


class Keyring(dict):
    """As much of a keyring as a store uses."""

    def get_password(self, service, name):
        return self.get((service, name))

    def set_password(self, service, name, password):
        self[service, name] = password

    def delete_password(self, service, name):
        del self[service, name]


@pytest.fixture(params=["file", "memory", "keyring"])
def any_store(request, directory, clock):
    if request.param == "keyring":
        return KeyringStore(Keyring(), directory)
    return FileStore(directory, clock=clock) if request.param == "file" else MemoryStore()


def test_any_store_gives_back_what_was_saved_and_keeps_the_later(any_store, session):
    any_store.save(KEY, session(1, lifetime=3600))
    any_store.save(KEY, session(2, lifetime=900))
    assert any_store.load(KEY) == session(1)
    assert any_store.load("f" * 64) is None


def test_any_store_lets_one_thread_in_at_a_time(any_store):
    inside, most = 0, 0
    guard = threading.Lock()

    def enter() -> None:
        nonlocal inside, most
        with any_store.lock(KEY, lambda: False):
            with guard:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 1


class Issuer:
    name, key, shareable = "assume_role", KEY, True

    def __init__(self, session) -> None:
        self.session, self.calls = session, 0

    def fetch(self, prompter=None):
        self.calls += 1
        return self.session(self.calls)


def test_two_refreshers_of_one_store_pay_once(any_store, session, clock):
    issuer = Issuer(session)
    first = Refresher(issuer, store=any_store, clock=clock).credentials()
    second = Refresher(issuer, store=any_store, clock=clock).credentials()
    assert issuer.calls == 1
    assert first.access_key_id == second.access_key_id


def test_a_directory_that_cannot_be_written_is_reported_once_and_renewing_goes_on(tmp_path, session, clock):
    (tmp_path / "taken").write_text("")
    issuer, told = Issuer(session), []
    store = FileStore(tmp_path / "taken" / "sessions", clock=clock)
    refresher = Refresher(issuer, store=store, clock=clock, hooks=(told.append,))
    refresher.credentials()
    clock.advance(timedelta(hours=2).total_seconds())
    refresher.credentials()
    assert issuer.calls == 2
    assert [details.kind for details in told].count("store_unavailable") == 1
    assert "taken" in next(details.error.what for details in told if details.kind == "store_unavailable")
