"""A directory for one run: private while it lasts, gone when it ends, swept when nobody could tidy up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unexpired.channels.private_room import PrivateRoom
from unexpired.engine.errors import ConfigurationError


@pytest.fixture
def environment(tmp_path):
    return {"XDG_RUNTIME_DIR": str(tmp_path)}


def left_in(tmp_path):
    return sorted(path.name for path in (tmp_path / "unexpired").iterdir())


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_nobody_else_may_look_in(environment):
    with PrivateRoom(environment) as room:
        path = room.write("config", "[default]\n")
        assert room.path.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_is_replaced_in_one_step(environment):
    with PrivateRoom(environment) as room:
        path = room.write("credentials", "old")
        with path.open() as reader:
            assert room.write("credentials", "new") == path
            assert reader.read() == "old"
        assert path.read_text() == "new"
        assert [entry.name for entry in room.path.iterdir()] == ["credentials"]


def test_nothing_is_left_afterwards(environment, tmp_path):
    with PrivateRoom(environment) as room:
        room.write("token", "canary")
    assert left_in(tmp_path) == []


def test_it_goes_when_the_run_fails(environment, tmp_path):
    with pytest.raises(ZeroDivisionError), PrivateRoom(environment):
        raise ZeroDivisionError
    assert left_in(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_what_a_killed_run_has_left_is_swept_and_a_living_ones_is_not(environment, tmp_path):
    program = (
        "import os, sys\n"
        "from unexpired.channels.private_room import PrivateRoom\n"
        "room = PrivateRoom(os.environ)\n"
        "room.write('token', 'canary')\n"
        "print(room.path, flush=True)\n"
        "sys.stdin.read()\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    killed, living = (Path(run.stdout.readline().strip()) for run in runs)
    runs[0].send_signal(signal.SIGKILL)
    runs[0].wait(10)
    assert killed.is_dir()
    with PrivateRoom(environment):
        assert not killed.exists()
        assert (living / "token").read_text() == "canary"
    runs[1].communicate("")


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_a_directory_that_others_can_enter_is_not_used(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "unexpired").mkdir(mode=0o755)
    with PrivateRoom(environment) as room:
        assert tmp_path / "unexpired" not in room.path.parents


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's here")
def test_a_link_to_somewhere_else_is_not_followed(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "unexpired").symlink_to(tmp_path / "elsewhere")
    with PrivateRoom(environment) as room:
        assert room.path.parent == tmp_path / "cache" / "unexpired" / "run"


def test_where_nothing_can_be_private_it_says_so(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    blocked = str(tmp_path / "file" / "x")
    monkeypatch.setenv("XDG_CACHE_HOME", blocked)
    monkeypatch.setattr("tempfile.gettempdir", lambda: blocked)
    with pytest.raises(ConfigurationError, match="XDG_RUNTIME_DIR"):
        PrivateRoom({"XDG_RUNTIME_DIR": blocked})
