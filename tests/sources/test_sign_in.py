"""A lapsed sign-in: offered to a person at the terminal, an error at once for everybody else."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from unexpired.engine.errors import PersonNeeded
from unexpired.sources import source_for
from unexpired.sources.aws.sign_in import has_browser, offer_sign_in

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the `aws` of these tests is a script with a #! line")


class Person:
    """Somebody at a terminal, who gives the same answer to everything."""

    def __init__(self, answer: str = "") -> None:
        self.answer, self.asked, self.told = answer, [], []

    def ask(self, question, *, secret=False):
        self.asked.append(question)
        return self.answer

    def tell(self, message):
        self.told.append(message)

    def run(self, command, environment):
        return subprocess.run(command, env=dict(environment), check=False).returncode


def test_a_person_who_agrees_is_signed_in_and_goes_on(sign_ins):
    sign_ins.install_aws()
    person = Person()
    credentials = source_for(profile_name="etl").fetch(person)
    assert credentials.access_key_id == "ASIASSOEXAMPLE000001"
    assert "aws sso login --profile etl" in person.asked[0]
    assert len(person.asked) == 1


def test_a_sign_in_that_the_portal_has_ended_is_offered_anew(sign_ins):
    sign_ins.install_aws()
    sign_ins.made("ended-by-an-administrator", hours=8)
    sign_ins.portal.accepted.discard("ended-by-an-administrator")
    assert source_for(profile_name="etl").fetch(Person("y")).source == "sso"
    assert len(sign_ins.commands) == 1


def test_a_role_on_top_of_it_asks_as_well(sign_ins, sandbox):
    sign_ins.install_aws()
    with (sign_ins.home / ".aws" / "config").open("a") as file:
        file.write(f"[profile top]\nsource_profile = etl\nrole_arn = {sandbox.role('top')}\nregion = us-east-1\n")
    person = Person("n")
    with pytest.raises(PersonNeeded):
        source_for(profile_name="top", endpoint_url=sandbox.endpoint_url).fetch(person)
    assert "aws sso login --profile etl" in person.asked[0]


def test_nobody_there_is_told_at_once_with_the_command(sign_ins):
    sign_ins.install_aws()
    began = time.monotonic()
    with pytest.raises(PersonNeeded) as caught:
        source_for(profile_name="etl").fetch()
    assert time.monotonic() - began < 10
    assert (caught.value.cause, caught.value.next_steps) == ("sso-session-expired", ("aws sso login --profile etl",))
    assert sign_ins.commands == []


def test_a_person_who_declines_is_told_the_command(sign_ins):
    sign_ins.install_aws()
    with pytest.raises(PersonNeeded, match="aws sso login --profile etl"):
        source_for(profile_name="etl").fetch(Person("n"))
    assert sign_ins.commands == []


def test_without_the_aws_cli_a_person_is_told_so_and_not_asked(sign_ins, monkeypatch):
    monkeypatch.setenv("PATH", str(sign_ins.home / "bin"))
    person = Person()
    with pytest.raises(PersonNeeded):
        source_for(profile_name="etl").fetch(person)
    assert person.asked == []
    assert "not installed" in person.told[0]


def test_a_sign_in_that_fails_is_said_and_not_repeated(sign_ins):
    sign_ins.install_aws(status=255)
    person = Person()
    with pytest.raises(PersonNeeded):
        source_for(profile_name="etl").fetch(person)
    assert person.told[0].startswith("`aws sso login --profile etl")
    assert person.told[0].endswith("` ended with status 255")
    assert len(sign_ins.commands) == 1


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({"DISPLAY": ":0"}, ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ""),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, " --use-device-code --no-browser"),
        ({}, " --use-device-code --no-browser"),
    ],
    ids=["a desktop", "a Wayland desktop", "over SSH", "a console"],
)
@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has a desktop")
def test_where_no_browser_can_open_a_code_is_shown_instead(sign_ins, monkeypatch, variables, options):
    sign_ins.install_aws()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    person = Person()
    source_for(profile_name="etl").fetch(person)
    assert sign_ins.commands == [f"aws sso login --profile etl{options}"]
    assert f"\n  {sign_ins.commands[0]}\n" in person.asked[0]


@pytest.mark.parametrize(("display", "options"), [(":0", ""), ("", " --remote")])
@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has a desktop")
def test_aws_login_is_offered_in_its_own_words(sign_ins, display, options):
    sign_ins.install_aws()
    person, environ = Person(), {**os.environ, "DISPLAY": display}
    asked = {"cause": "login-session-expired", "profile": None, "prompter": person, "environ": environ}
    assert offer_sign_in("The sign-in has lapsed", **asked)
    assert sign_ins.commands == [f"aws login{options}"]
    assert person.asked == [f"The sign-in has lapsed.\n  aws login{options}\nRun it and sign in? [Y/n] "]


def test_what_no_sign_in_cures_is_not_offered_one(sign_ins):
    sign_ins.install_aws()
    person = Person()
    asked = {"cause": "mfa-cannot-renew", "profile": "etl", "prompter": person, "environ": os.environ}
    assert not offer_sign_in("A code is needed", **asked)
    assert (person.asked, person.told, sign_ins.commands) == ([], [], [])


def test_an_aws_cli_from_before_2_22_is_asked_in_its_own_words(sign_ins, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    sign_ins.install_aws(version="2.9.19")
    source_for(profile_name="etl").fetch(Person())
    assert sign_ins.commands == ["aws sso login --profile etl --no-browser"]


@pytest.mark.parametrize(
    ("cause", "version", "needed"),
    [
        ("sso-session-expired", "1.45.11", "2.0"),
        ("login-session-expired", "1.45.11", "2.32"),
        ("login-session-expired", "2.31.9", "2.32"),
    ],
)
def test_an_aws_cli_that_cannot_sign_in_is_not_started(sign_ins, cause, version, needed):
    """It would answer with a hundred lines of the words that it knows."""
    sign_ins.install_aws(version=version)
    person = Person()
    asked = {"cause": cause, "profile": "etl", "prompter": person, "environ": os.environ}
    assert not offer_sign_in("The sign-in has lapsed", **asked)
    assert (person.asked, sign_ins.commands) == ([], [])
    assert f"The AWS CLI {needed} or newer could sign in; it here is {version.rpartition('.')[0]}: " in person.told[0]


def test_one_that_can_is_found_behind_one_that_cannot(sign_ins, monkeypatch):
    """A job's own environment often has the AWS CLI of PyPI, version 1."""
    sign_ins.install_aws(version="1.45.11")
    able = sign_ins.install_aws(directory="system")
    monkeypatch.setenv("PATH", str(able.parent), prepend=os.pathsep)
    monkeypatch.setenv("PATH", str(sign_ins.home / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("DISPLAY", ":0")
    person = Person()
    assert source_for(profile_name="etl").fetch(person).source == "sso"
    assert f"  {able} sso login --profile etl\n" in person.asked[0]


@pytest.mark.parametrize(
    ("platform", "environ", "answer"),
    [
        ("darwin", {}, True),
        ("win32", {}, True),
        ("darwin", {"SSH_CONNECTION": "x"}, False),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
    ],
)
def test_a_desktop_at_hand_has_a_browser(platform, environ, answer):
    assert has_browser(environ, platform) is answer
