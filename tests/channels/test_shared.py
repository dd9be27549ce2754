"""One refresher a process for each source, store, policy and set of hooks."""

from __future__ import annotations

import os
import threading

import pytest

from unexpired import Credentials, RefreshPolicy
from unexpired.channels.shared import default_store, shared_refresher
from unexpired.stores.memory import MemoryStore


class Numbered:
    """A source with a key, and sessions without an end."""

    name = "callback"

    def __init__(self, key, *, shareable=True):
        self.key = key
        self.shareable = shareable

    def fetch(self, prompter=None):
        return Credentials("AKIAIOSFODNN7EXAMPLE", "secret")


def test_sources_with_one_key_share_a_refresher():
    assert shared_refresher(Numbered("a")) is shared_refresher(Numbered("a"))


@pytest.mark.parametrize(
    "other",
    [
        {"source": Numbered("b")},
        {"store": MemoryStore()},
        {"policy": RefreshPolicy(earliest=0.1, latest=0.2)},
        {"hooks": (print,)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_source_store_policy_or_hook_is_another_refresher(other):
    first = shared_refresher(Numbered("a"))
    assert shared_refresher(**{"source": Numbered("a"), **other}) is not first


def test_the_store_of_a_source_that_is_not_shared_does_not_tell_them_apart():
    first = shared_refresher(Numbered("c", shareable=False), store=MemoryStore())
    assert shared_refresher(Numbered("c", shareable=False)) is first


def test_the_default_store_is_one_object_until_the_environment_says_otherwise(monkeypatch, tmp_path):
    first = default_store()
    assert default_store() is first
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path))
    assert default_store() is not first
    assert str(tmp_path) in repr(default_store())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_was_forked_while_another_thread_registered_can_register():
    from unexpired.channels import shared

    held, release = threading.Event(), threading.Event()

    def hold():
        with shared._registering:
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    child = os.fork()
    if child == 0:
        os._exit(0 if shared_refresher(Numbered("d")) else 1)
    release.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
