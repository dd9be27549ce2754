"""The file door: a section of a credentials file is kept renewed for as long as its role is served."""

from __future__ import annotations

import configparser
import os
import time
from dataclasses import replace

import pytest

from unexpired.agent.config import RoleConfig
from unexpired.engine.errors import RenewalRefused


@pytest.fixture
def path(folder):
    return folder / "aws" / "credentials"


@pytest.fixture
def written(config, path):
    """A configuration whose only role is written to a file."""
    role = RoleConfig("etl", profile="base", doors=frozenset({"file"}), credentials_file=path)
    return replace(config, roles={"etl": role})


@pytest.fixture
def door(start, written):
    running = start(written)
    running.file = running.agent.doors["file"]
    return running


def key_id(path):
    parser = configparser.RawConfigParser()
    parser.read(path)
    return parser.get("etl", "aws_access_key_id", fallback=None)


def looked(running, until):
    """Look, and let the role's answer arrive in between, until something holds."""
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline
        running.do(running.agent.doors["file"].look())
        time.sleep(0.01)


def test_a_session_stands_in_the_file_and_the_next_one_takes_its_place(door, path, clock):
    looked(door, lambda: key_id(path) == "ASIAEXAMPLE00001")
    clock.advance(minutes=55)
    looked(door, lambda: key_id(path) not in (None, "ASIAEXAMPLE00001"))
    assert door.status()["doors"]["file"] == {"path": str(path), "profile": "etl", "error": None}


def test_a_lapsed_session_that_nothing_replaces_is_taken_away(door, path, clock, issuer):
    looked(door, lambda: key_id(path))
    issuer.error = RenewalRefused("The role is gone", why="AccessDenied")
    clock.advance(minutes=45)
    looked(door, lambda: door.status()["failures"])
    assert key_id(path)
    clock.advance(minutes=20)
    looked(door, lambda: key_id(path) is None)


def test_a_role_that_is_served_no_more_takes_its_section_along(door, path, written):
    looked(door, lambda: key_id(path))
    other = RoleConfig("lake", profile="lake")
    door.do(door.agent.reload(replace(written, roles={"lake": other})))
    assert key_id(path) is None
    assert door.status("lake")["doors"].get("file") is None


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_section_that_cannot_be_taken_away_at_once_goes_when_it_can(door, path, written, start):
    looked(door, lambda: key_id(path))
    path.parent.chmod(0o777)  # so that others could put a link there
    changed = replace(written, roles={"lake": RoleConfig("lake", profile="lake")})
    door.do(door.agent.reload(changed))
    assert key_id(path)
    door.stop()
    successor = start(changed)
    path.parent.chmod(0o700)
    successor.file = successor.agent.doors["file"]
    looked(successor, lambda: key_id(path) is None)


def test_an_agent_that_stops_leaves_what_is_still_good(door, path):
    looked(door, lambda: key_id(path))
    door.stop()
    assert key_id(path) == "ASIAEXAMPLE00001"


def test_a_role_that_left_while_no_agent_ran_takes_its_section_along_too(door, path, written, start):
    looked(door, lambda: key_id(path))
    door.stop()
    start(replace(written, roles={"lake": RoleConfig("lake", profile="lake")}))
    assert key_id(path) is None


def test_a_session_that_lapsed_while_no_agent_ran_is_taken_away(door, path, written, start, clock, issuer):
    looked(door, lambda: key_id(path))
    door.stop()
    clock.advance(hours=2)
    issuer.error = RenewalRefused("The role is gone", why="AccessDenied")
    again = start(written)
    looked(again, lambda: key_id(path) is None)


def test_what_cannot_be_written_is_told_once_and_mended_without_a_restart(door, path):
    looked(door, lambda: key_id(path))
    theirs = "[etl]\naws_access_key_id = AKIAMINE00000001\naws_secret_access_key = mine\n"
    path.write_text(theirs)
    door.agent.doors["file"]._kept["etl"].written = None
    looked(door, lambda: door.status()["doors"]["file"]["error"])
    looked(door, lambda: True)
    assert "did not write it" in door.status()["doors"]["file"]["error"]
    assert path.read_text() == theirs
    assert len([line for line in door.log if line["event"] == "file not written"]) == 1
    path.write_text("")
    looked(door, lambda: key_id(path) == "ASIAEXAMPLE00001")
    assert door.status()["doors"]["file"]["error"] is None
