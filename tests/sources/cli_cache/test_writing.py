"""What stands in the AWS CLI's cache when we write there, and what we leave alone."""

from __future__ import annotations

import json
import os
import time

import pytest
from tests.sources.cli_cache.scene import entry_of, ours

from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for


def test_an_entry_of_the_clis_that_has_lapsed_or_is_about_to_is_renewed(job, store, cache):
    cache.mkdir(parents=True)
    for end in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00UTC"):
        body = {"AccessKeyId": "ASIAOLD0000000000001", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
        path = entry_of(cache)
        path.write_text(json.dumps({"Credentials": body}))
        path.chmod(0o600)
        store.directory.mkdir(exist_ok=True)
        for kept in store.directory.glob("*.json"):
            kept.unlink()
        assert ours(store) != "ASIAOLD0000000000001"
        assert "ASIAOLD0000000000001" not in path.read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Credentials": {}}', '{"Credentials": 1}', "\x00"])
def test_an_entry_of_the_clis_that_cannot_be_used_is_replaced(job, store, cache, text):
    cache.mkdir(parents=True)
    path = entry_of(cache)
    path.write_text(text)
    path.chmod(0o600)
    key = ours(store)
    assert json.loads(path.read_text())["Credentials"]["AccessKeyId"] == key


def test_a_later_end_in_the_clis_cache_is_never_replaced_by_an_earlier_one(job, store, cache):
    ours(store)
    path = entry_of(cache)
    content = json.loads(path.read_text())
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 40_000))
    content["Credentials"]["Expiration"] = later
    path.write_text(json.dumps(content))
    Refresher(source_for(profile_name="job"), store=store).renew()
    assert json.loads(path.read_text())["Credentials"]["Expiration"] == later


def test_what_we_left_there_is_swept_once_it_has_lapsed_and_the_clis_never(job, store, cache):
    ours(store)
    (path,) = cache.iterdir()
    content = json.loads(path.read_text())
    old = {"Expiration": "2020-01-01T00:00:00Z"}
    lapsed = {**content, "Credentials": {**content["Credentials"], **old}}
    kept = {
        "the-clis.json": json.dumps({"Credentials": lapsed["Credentials"]}),
        "living.json": json.dumps(content),
        "torn.json": "{",
        "notes.txt": "",
    }
    swept = {"lapsed.json": json.dumps(lapsed), "a.json.123.0f0f0f0f.tmp": "{"}
    past = time.time() - 7200
    for name, text in (kept | swept).items():
        (cache / name).write_text(text)
        (cache / name).chmod(0o600)
        os.utime(cache / name, (past, past))
    for used in (path, *store.directory.glob("*.json")):
        used.unlink()
    ours(store)
    assert {file.name for file in cache.iterdir()} == {path.name, *kept}


def test_the_clis_directory_that_cannot_be_written_does_not_matter(job, store, home, caplog):
    (home / ".aws" / "cli").write_text("a file")
    caplog.set_level("INFO")
    assert ours(store)
    assert "AWS CLI will make a session of its own" in caplog.text


def test_with_sharing_switched_off_the_clis_cache_is_left_alone(job, cache):
    from unexpired import stores

    Refresher(source_for(profile_name="job"), store=stores.chosen({"UNEXPIRED_STORE": "memory"})).credentials()
    assert not cache.exists()
