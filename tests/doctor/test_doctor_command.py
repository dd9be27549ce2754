"""``unexpired doctor`` as a person and as a script meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import unexpired
from unexpired.cli import main

ROLE = "arn:aws:iam::123456789012:role/Prod-Role"
KEYS = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"


@pytest.fixture
def run(home, monkeypatch, capsys):
    """Run the command on that home: its status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name in os.environ:
                if name.startswith("AWS_"):
                    patch.delenv(name)
            for name, value in home.environ.items():
                patch.setenv(name, value)
            status = main(["doctor", "--offline", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def ask(run):
    """The same with ``--json``: the status and the object."""

    def ask(*arguments: str):
        status, out, err = run("--json", *arguments)
        assert len(err.strip().splitlines()) == 1, "a sentence on stderr"
        return status, json.loads(out)

    return ask


def test_the_object_has_the_contracts_shape(home, ask):
    home.config(f"[profile project1]\nrole_arn = {ROLE}\nsource_profile = user1\n")
    home.credentials(f"[user1]\n{KEYS}")
    status, shown = ask("--profile", "project1")
    assert status == 0
    assert shown["winner"] == {
        "source": "assume_role",
        "profile": "project1",
        "access_key_id": None,
        "expires_at": None,
        "identity": None,
        "renews": True,
    }
    assert shown["plan"] == [
        {"kind": "static_profile", "profile": "user1", "location": "~/.aws/credentials"},
        {
            "kind": "assume_role",
            "profile": "project1",
            "role_arn": ROLE,
            "external_id": None,
            "mfa_serial": None,
            "duration_seconds": 3600,
        },
    ]
    assert shown["chain"][1] == {
        "source": "assume_role",
        "state": "used",
        "location": "~/.aws/config",
        "detail": ROLE,
        "profile": "project1",
    }
    assert (shown["error"], shown["findings"], shown["horizon"]["until"]) == (None, [], None)


def test_an_empty_machine_has_no_error_but_a_finding(ask):
    status, shown = ask()
    assert (status, shown["winner"], shown["error"], shown["plan"]) == (1, None, None, [])
    assert [finding["cause"] for finding in shown["findings"]] == ["no-credentials"]


def test_a_broken_chain_is_an_error_and_status_2(home, ask):
    home.config("[default]\nrole_arn\n")
    status, shown = ask()
    assert (status, shown["winner"], shown["error"]["cause"]) == (2, None, "config-invalid")
    assert "~/.aws/config:2" in shown["error"]["message"]
    assert shown["horizon"] is None


def test_an_exported_session_that_has_lapsed_is_proven_with_its_end(home, ask):
    past = "2020-01-01T00:00:00Z"
    home.environ |= {
        "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0001",
        "AWS_SECRET_ACCESS_KEY": "canary-secret",
        "AWS_SESSION_TOKEN": "canary-token",
    }
    home.cached_role("a" * 40, "ASIAXXXXXXXXXXXX0001", ends=past)
    status, shown = ask()
    assert status == 1
    assert shown["winner"] | {"identity": None} == {
        "source": "environment",
        "profile": None,
        "access_key_id": "ASIA…0001",
        "expires_at": past,
        "identity": None,
        "renews": False,
    }
    (finding,) = shown["findings"]
    assert (finding["cause"], finding["severity"], finding["confidence"]) == ("static-env-session", "error", "proven")
    assert (finding["family"], finding["docs"]) == ("expired", "docs/causes/static-env-session.md")
    assert finding["cure"].keys() == {"summary", "commands", "auto"}
    assert shown["horizon"]["limited_by"]["link"] == "environment"


def test_a_long_term_key_neither_renews_nor_ends(home, ask):
    home.credentials(f"[default]\n{KEYS}")
    status, shown = ask()
    assert (status, shown["winner"]["renews"], shown["winner"]["expires_at"], shown["horizon"]["until"]) == (
        0,
        None,
        None,
        None,
    )


def test_a_process_is_not_run_and_so_not_known(home, ask):
    marker = home.path / "was-run"
    home.config(f"[default]\ncredential_process = touch {marker}\n")
    status, shown = ask()
    assert (status, shown["winner"]["source"], shown["winner"]["renews"]) == (0, "process", None)
    assert not marker.exists()


def test_only_the_named_causes_are_asked(home, ask):
    assert ask("token-missing")[1]["findings"] == []
    assert [finding["cause"] for finding in ask("token-missing", "no-credentials")[1]["findings"]] == ["no-credentials"]


def test_an_unknown_cause_is_a_usage_error_and_still_one_object(run):
    status, out, err = run("--json", "no-such-cause")
    assert status == 2
    assert json.loads(out)["error"]["message"].startswith("There is no cause 'no-such-cause'")
    assert "Traceback" not in err
    assert "next: unexpired doctor sso-session-expired" in run("sso-expired")[2]


def test_the_horizon_is_held_against_what_is_wanted(home, ask, run):
    home.credentials(f"[default]\n{KEYS}")
    assert ask("--for", "6h")[0] == 0
    home.config("[default]\ncredential_process = tool\n")
    home.credentials("")
    status, out, _ = run("--for", "6h")
    assert (status, "Not long enough" in out) == (1, True)


def test_a_report_without_findings_is_ten_lines_at_most(home, run):
    home.config(f"[default]\nrole_arn = {ROLE}\nsource_profile = user1\n")
    home.credentials(f"[user1]\n{KEYS}")
    status, out, err = run()
    assert (status, err) == (0, "")
    assert len(out.splitlines()) <= 10
    assert out.splitlines()[-1].startswith("All is well")


def test_nothing_that_a_file_says_reaches_the_terminal_as_a_control_character(home, run):
    home.credentials("[\x1b]2;owned\x07]\nsource_profile = \x1b[31m\nrole_arn = \x1b[2J\n")
    home.environ["AWS_PROFILE"] = "\x1b]2;owned\x07"
    _, out, _ = run()
    assert not any(ord(sign) < 32 and sign != "\n" for sign in out)


def test_no_home_is_no_reason_to_fail(home, ask):
    home.environ["HOME"] = "/nonexistent/home"
    assert ask()[0] == 1


def test_neither_an_sdk_nor_the_terminal_library_is_loaded(home):
    environ = {**home.environ, "PYTHONPATH": str(Path(unexpired.__file__).parents[1])}
    code = (
        "import sys\nfrom unexpired.cli import main\nmain(['doctor', '--offline'])\n"
        "print(sorted({'boto3', 'botocore', 'rich', 'asyncio', 'urllib3'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
