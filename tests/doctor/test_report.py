"""The report as a person sees it: the snapshots are read, not only compared."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta

import click
import pytest

from unexpired.causes import catalogue
from unexpired.causes._evidence import Online, Refusal
from unexpired.doctor.diagnosis import concluded
from unexpired.doctor.report import lines
from unexpired.doctor.wrapping import wrapped

ROLE = "role_arn = arn:aws:iam::123456789012:role/Etl\nsource_profile = base\n"
SSO = (
    "[profile base]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
)
LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"
EXPORTED = {
    "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0001",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "AWS_SESSION_TOKEN": "canary",
}


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()
    else:
        yield


@pytest.fixture
def report(home):
    """The whole report without its colours, on a machine of which nothing else is known."""

    def report(**options) -> str:
        evidence = home.examine(**options)
        asked = [known for known in catalogue() if known.family != "other" and known.slug != "sdk-too-old"]
        return "\n".join(click.unstyle(line) for line in lines(concluded(evidence, asked)))

    return report


def test_when_all_is_well(home, report, snapshot):
    home.config(f"[profile etl]\n{ROLE}{SSO}")
    home.sso_sign_in("corp")
    shown = report(profile="etl")
    assert shown == snapshot
    assert len(shown.splitlines()) <= 10


def test_when_dead_variables_hide_the_profile_that_was_meant(home, report, snapshot, past):
    home.config(f"[profile etl]\n{ROLE}{SSO}")
    home.sso_sign_in("corp")
    home.environ |= {**EXPORTED, "AWS_PROFILE": "etl", "AWS_CREDENTIAL_EXPIRATION": past}
    assert report() == snapshot


def test_when_the_sign_in_has_lapsed(home, report, snapshot, past):
    home.config(f"[profile etl]\n{ROLE}{SSO}")
    home.sso_sign_in("corp", ends=past)
    assert report(profile="etl") == snapshot


def test_when_a_file_is_broken(home, report, snapshot):
    home.config("[default]\nregion = eu-west-1\n[default]\nrole_arn arn:aws:iam::123456789012:role/Etl\n")
    assert report() == snapshot


def test_when_there_is_nothing(report, snapshot):
    assert report() == snapshot


def test_what_ended_long_ago_is_told_in_days(home, report):
    home.environ |= {**EXPORTED, "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}
    assert re.search(r"ends 2020-01-01 00:00 UTC \(\d{4} days ago\)", report())


def test_an_error_stands_beside_no_promise(home, report):
    home.environ |= {**EXPORTED, "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0001"}
    shown = report()
    assert ("token-left-over" in shown, "good" in shown) == (True, False)
    assert "AKIA…0001, a long-term key with a session's token" in shown


def test_a_chain_of_hundreds_of_roles_is_told_by_its_ends(home, report):
    role = "[profile p{0}]\nrole_arn = arn:aws:iam::123456789012:role/r{0}\nsource_profile = p{1}\n"
    home.config("".join(role.format(n, n - 1) for n in range(1, 501)) + "[profile p0]\ncredential_process = true\n")
    assert "made from process (p0) → r1 (p1) → … 497 more … → r499 (p499) → r500 (p500)\n" in report(profile="p500")


def test_what_a_person_must_renew_at_once_is_not_called_good(home, report):
    home.config(f"[profile etl]\n{ROLE}mfa_serial = arn:aws:iam::123456789012:mfa/ann\n[profile base]\n{LONG_TERM}")
    assert "good until" not in report(profile="etl")
    evidence = home.examine(profile="etl")
    last = click.unstyle(list(lines(concluded(evidence, [], wanted=timedelta(hours=6))))[-1])
    assert last.startswith("Not long enough: not beyond now; a person must type a code")


def test_a_reason_is_told_to_its_end_though_it_names_three_arns(home, report):
    home.config(f"[profile etl]\nrole_arn = x\nsource_profile = {'b' * 190}\n")
    assert f"names the source_profile {'b' * 190}, which does not exist" in report(profile="etl")


class TestOnATerminal:
    def test_no_line_is_wider_and_no_word_is_broken(self, home, past):
        home.config(f"[profile etl]\n{ROLE}{SSO}")
        home.environ |= {**EXPORTED, "AWS_PROFILE": "etl", "AWS_CREDENTIAL_EXPIRATION": past}
        asked = [known for known in catalogue() if known.slug in {"env-shadows-profile", "static-env-session"}]
        report = list(lines(concluded(home.examine(), asked)))
        broken = [part for line in report for part in wrapped(line, 60).split("\n")]
        prose = [click.unstyle(part) for part in broken if "$ " not in part]
        assert max(len(part) for part in prose) <= 60
        assert " ".join(click.unstyle(" ".join(broken)).split()) == " ".join(click.unstyle(" ".join(report)).split())

    def test_what_follows_stands_under_what_it_belongs_to(self):
        assert wrapped("  - one two three four", 13) == "  - one two\n    three\n    four"
        assert wrapped("  cure: one two three", 15) == "  cure: one two\n        three"

    def test_a_command_and_a_word_that_is_too_long_stay_whole(self):
        assert wrapped(f"    $ unset {'A' * 40} B", 20) == f"    $ unset {'A' * 40} B"
        assert wrapped(f"  - {'a' * 40} b", 20) == f"  - {'a' * 40}\n    b"

    def test_colours_have_no_width(self):
        line = click.style("  - one two", fg="red")
        assert wrapped(line, 11) == line


def test_a_refusal_that_no_cause_accounts_for_is_told_and_not_called_well(home):
    home.credentials(f"[default]\n{LONG_TERM}")
    answered = Online("STS", refusal=Refusal(None, "STS said 200: <html>", answered=False))
    diagnosis = concluded(replace(home.examine(), online=answered), [])
    shown = [click.unstyle(line) for line in lines(diagnosis)]
    assert diagnosis.exit_code == 3
    assert shown[-2:] == ["no session, and none of the known causes says why", "  STS said 200: <html>"]
