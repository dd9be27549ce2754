"""Sessions kept in a directory: whole or absent, private, and never an earlier one for a later."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from unexpired.engine.errors import StoreUnavailable
from unexpired.stores.file import FileStore

KEY = "0123456789abcdef" * 4
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


def test_a_session_that_was_saved_is_loaded_by_another_store_of_the_directory(store, directory, session):
    store.save(KEY, session())
    assert FileStore(directory).load(KEY) == session()


def test_a_key_that_nobody_saved_is_absent(store):
    assert store.load(KEY) is None


@posix
def test_the_directory_and_the_entry_are_for_their_owner_alone(store, directory, session):
    store.save(KEY, session())
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / f"{KEY}.json").stat().st_mode) == 0o600


def test_nothing_but_the_entry_is_left_behind(store, directory, session):
    for number in range(3):
        store.save(KEY, session(number, lifetime=3600 + number))
    assert [path.name for path in directory.iterdir()] == [f"{KEY}.json"]


def test_a_later_end_replaces_an_earlier_one(store, session):
    store.save(KEY, session(1, lifetime=1800))
    store.save(KEY, session(2, lifetime=3600))
    assert store.load(KEY) == session(2)


def test_an_earlier_end_never_replaces_a_later_one(store, session):
    store.save(KEY, session(1, lifetime=3600))
    store.save(KEY, session(2, lifetime=1800))
    assert store.load(KEY) == session(1)


@pytest.mark.parametrize("changes", [{"expires_at": None}, {"session_token": None}])
def test_what_is_no_session_with_an_end_is_not_shared(store, directory, session, changes):
    store.save(KEY, replace(session(), **changes))
    assert not directory.exists()


GOOD = {
    "Credentials": {
        "AccessKeyId": "ASIATESTKEY00001",
        "SecretAccessKey": "canary-secret",
        "SessionToken": "canary-token",
        "Expiration": "2026-11-21T13:00:00Z",
    },
    "Unexpired": {"Version": 1, "Key": KEY, "Source": "assume_role", "IssuedAt": None},
}


def without(path: str) -> str:
    entry = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    place = entry
    for parent in parents:
        place = place[parent]
    del place[last]
    return json.dumps(entry)


def changed(path: str, value: object) -> str:
    entry = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    place = entry
    for parent in parents:
        place = place[parent]
    place[last] = value
    return json.dumps(entry)


UNUSABLE = {
    "empty": "",
    "half": json.dumps(GOOD)[:90],
    "binary": "\x00\x01\xff",
    "no object": "[1, 2]",
    "a number": "7",
    "deep": "[" * 40_000,
    "no credentials": without("Credentials"),
    "no secret": without("Credentials.SecretAccessKey"),
    "no token": without("Credentials.SessionToken"),
    "no end": without("Credentials.Expiration"),
    "an empty key id": changed("Credentials.AccessKeyId", ""),
    "a key id that is a number": changed("Credentials.AccessKeyId", 12),
    "an end that is no time": changed("Credentials.Expiration", "soon"),
    "an end beyond all years": changed("Credentials.Expiration", 1e300),
    "credentials that are a list": changed("Credentials", []),
    "somebody else's": without("Unexpired"),
    "a later version's": changed("Unexpired.Version", 2),
    "another key's": changed("Unexpired.Key", "f" * 64),
    "too large": json.dumps({**GOOD, "Padding": "x" * 70_000}),
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_entry_that_cannot_be_used_is_absent_and_the_next_session_takes_its_place(
    store, directory, session, content
):
    directory.mkdir(mode=0o700)
    path = directory / f"{KEY}.json"
    path.write_text(content, encoding="latin-1")
    path.chmod(0o600)
    assert store.load(KEY) is None
    store.save(KEY, session())
    assert store.load(KEY) == session()


def test_the_entry_that_those_are_made_from_is_good(store, directory):
    directory.mkdir(mode=0o700)
    path = directory / f"{KEY}.json"
    path.write_text(json.dumps(GOOD))
    path.chmod(0o600)
    assert store.load(KEY).expires_at == datetime(2026, 11, 21, 13, tzinfo=timezone.utc)


@posix
def test_an_entry_that_others_could_have_read_is_not_used(store, directory, session):
    store.save(KEY, session())
    (directory / f"{KEY}.json").chmod(0o644)
    assert store.load(KEY) is None


@posix
def test_a_symbolic_link_is_not_followed_but_replaced(store, directory, session, tmp_path, clock):
    elsewhere = FileStore(tmp_path / "elsewhere", clock=clock)
    elsewhere.save(KEY, session(9))
    directory.mkdir(mode=0o700)
    (directory / f"{KEY}.json").symlink_to(tmp_path / "elsewhere" / f"{KEY}.json")
    assert store.load(KEY) is None
    store.save(KEY, session(1))
    assert store.load(KEY) == session(1)
    assert elsewhere.load(KEY) == session(9)


@posix
def test_a_fifo_in_an_entrys_place_does_not_block(store, directory):
    directory.mkdir(mode=0o700)
    os.mkfifo(directory / f"{KEY}.json", 0o600)
    assert store.load(KEY) is None


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_entry_is_not_used(store, directory, session):
    store.save(KEY, session())
    os.chown(directory / f"{KEY}.json", 65534, 65534)
    assert store.load(KEY) is None


def test_a_directory_that_cannot_be_made_says_where_and_what_next(tmp_path, clock, session):
    (tmp_path / "taken").write_text("")
    store = FileStore(tmp_path / "taken" / "sessions", clock=clock)
    with pytest.raises(StoreUnavailable) as caught:
        store.save(KEY, session())
    assert str(tmp_path / "taken" / "sessions") in caught.value.what
    assert caught.value.why
    assert "UNEXPIRED_STORE_DIR" in caught.value.next_steps[0]
    with pytest.raises(StoreUnavailable), store.lock(KEY, lambda: False):
        pass


@posix
def test_a_directory_that_everybody_may_write_is_refused(store, directory, session):
    directory.mkdir()
    directory.chmod(0o777)
    with pytest.raises(StoreUnavailable, match="written by everybody"):
        store.save(KEY, session())


def test_what_has_lapsed_is_swept_and_what_lives_is_kept(store, directory, session, clock):
    keys = [f"{number:064x}" for number in range(3)]
    store.save(keys[0], session(0, lifetime=900))
    store.save(keys[1], session(1, lifetime=43_200))
    (directory / f"{keys[0]}.json.1.ab.tmp").write_text("half")
    (directory / "notes.txt").write_text("a person's own")
    clock.advance(7200)
    fresh = session(2)
    os.utime(directory / f"{keys[0]}.json.1.ab.tmp", (clock.wall() - 700,) * 2)
    store.save(keys[2], fresh)
    assert sorted(path.name for path in directory.iterdir()) == [f"{keys[1]}.json", f"{keys[2]}.json", "notes.txt"]


def test_a_session_with_an_absurd_end_is_kept_as_it_was_given(store, session):
    endless = session(expires_at=datetime(9999, 12, 31, tzinfo=timezone.utc))
    store.save(KEY, endless)
    assert store.load(KEY) == endless


def test_neither_the_secret_nor_the_token_shows(store, session):
    store.save(KEY, session())
    assert "canary" not in repr(store) + repr(store.load(KEY))


def test_times_survive_to_the_second(store, session, clock):
    store.save(KEY, session(issued_at=clock.now() - timedelta(seconds=61)))
    assert store.load(KEY).issued_at == clock.now() - timedelta(seconds=61)
