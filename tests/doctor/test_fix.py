"""``doctor --fix`` changes only what a finding proves, shows it first, and ``--undo`` restores every byte."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess

import pytest

from unexpired.causes import catalogue
from unexpired.causes._edits import EditSection
from unexpired.cli import main
from unexpired.doctor.ini_edit import edited

PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
ROLE = "arn:aws:iam::123456789012:role/Etl"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/Etl/me"
LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"
PASTED = "aws_access_key_id = ASIAXXXXXXXXXXXX0002\naws_secret_access_key = canary\naws_session_token = canary-token\n"


@pytest.fixture
def doctor(home, monkeypatch, capsys, tmp_path):
    """Run the command on that home: its status, stdout and stderr."""

    def doctor(*arguments: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name in os.environ:
                if name.startswith("AWS_"):
                    patch.delenv(name)
            for name, value in {**home.environ, "UNEXPIRED_STATE_DIR": str(tmp_path / "state")}.items():
                patch.setenv(name, value)
            status = main(["doctor", "--offline", *arguments])
        out, err = capsys.readouterr()
        assert "canary" not in out + err
        return status, out, err

    return doctor


def snapshot(home) -> dict[str, tuple[bytes, int, float]]:
    """Every file below the home directory, with its mode and time."""
    return {
        str(path): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), path.stat().st_mtime)
        for path in home.path.rglob("*")
        if path.is_file()
    }


def test_a_lapsed_pasted_session_gives_way_to_the_role_that_the_cache_proves(home, doctor):
    home.config(f"# mine\r\n[profile etl]\r\nrole_arn = {ROLE}\r\nsource_profile = base\r\n".replace("\r\n", "\n"))
    path = home.credentials(
        f"; top\r\n[base]\r\n{LONG_TERM}\r\n# pasted on Monday\r\n[default]\r\nregion = x\r\n{PASTED}# end\r\n".replace(
            "\r\n", "\n"
        ).replace("\n", "\r\n")
    )
    path.chmod(0o640)
    home.cached_role("d" * 40, "ASIAXXXXXXXXXXXX0002", ends=PAST, role=ASSUMED)
    before = snapshot(home)
    assert doctor("static-profile-session")[0] == 1

    status, out, _ = doctor("--fix", "--yes", "static-profile-session")
    assert (status, "static-profile-session: cured" in out) == (0, True)
    assert "- aws_access_key_id = ASIA…0002" in out
    assert "- aws_session_token = ****" in out
    assert f"+ role_arn = {ROLE}" in out
    text = path.read_bytes()
    assert text.endswith(
        b"# pasted on Monday\r\n[default]\r\nregion = x\r\n"
        + f"role_arn = {ROLE}\r\nsource_profile = base\r\n# end\r\n".encode()
    )
    assert text.startswith(b"; top\r\n[base]\r\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    plan = json.loads(doctor("--json")[1])["plan"]
    assert [(step["kind"], step["profile"]) for step in plan] == [
        ("static_profile", "base"),
        ("assume_role", "default"),
    ]

    assert doctor("--undo")[0] == 0
    assert snapshot(home) == before


def test_a_session_of_a_sign_in_gives_way_to_a_process_that_renews_it(home, doctor):
    sign_in = {"accountId": "1", "roleName": "R", "sessionName": "corp"}
    name = hashlib.sha1(json.dumps(sign_in, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    home.config(
        "[profile my sso]\nx = y\n[profile 'my sso']\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"
        "[sso-session corp]\nsso_start_url = u\nsso_region = r\n"
    )
    home.credentials(f"[default]\n{PASTED}")
    home.cached_role(name, "ASIAXXXXXXXXXXXX0002", ends=PAST)
    home.sso_sign_in("corp", ends=FUTURE)
    assert doctor("--fix", "--yes")[0] in {0, 1}
    expected = "[default]\ncredential_process = unexpired credential-process --profile 'my sso'\n"
    assert (home.path / ".aws/credentials").read_text() == expected


@pytest.mark.parametrize("also", ["credential_process = tool\n", ""])
def test_without_a_proof_the_dead_lines_are_taken_out_and_nothing_is_put_in(home, doctor, also):
    home.credentials(f"[default]\n{PASTED}x_security_token_expires = {PAST}\n{also}")
    doctor("--fix", "--yes")
    assert (home.path / ".aws/credentials").read_text() == f"[default]\n{also}"


def test_a_role_that_is_assumed_with_the_pasted_profile_itself_is_no_proof(home, doctor):
    home.config(f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = default\n")
    home.credentials(f"[default]\n{PASTED}")
    home.cached_role("d" * 40, "ASIAXXXXXXXXXXXX0002", ends=PAST, role=ASSUMED)
    doctor("--fix", "--yes")
    assert (home.path / ".aws/credentials").read_text() == "[default]\n"


def test_what_is_left_for_a_person_is_named_with_its_command(home, doctor):
    home.config("[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Etl\nsource_profile = base\n")
    home.credentials(f"[default]\n{PASTED}x_security_token_expires = {PAST}\n")
    _, out, _ = doctor("--fix", "--yes")
    mended, _, left = out.partition("static-profile-session: cured\n")
    assert (bool(mended), left.splitlines()[0].partition(".")[0]) == (True, "Left: no-credentials")
    assert left.splitlines()[1].startswith("  - not configured: ")
    assert "  $ export AWS_PROFILE=p" in left
    _, again, _ = doctor("--fix", "--yes")
    assert again.startswith("Nothing here can be cured without you.\nFirst: no-credentials.")


def test_a_session_that_is_alive_or_of_unknown_end_is_left_alone(home, doctor):
    home.credentials(f"[default]\n{PASTED}")
    before = snapshot(home)
    status, out, _ = doctor("--fix", "--yes")
    assert (status, "Nothing here can be cured without you" in out) == (1, True)
    home.credentials(f"[default]\n{PASTED}expiration = {FUTURE}\n")
    doctor("--fix", "--yes")
    assert snapshot(home).keys() == before.keys()
    assert "ASIAXXXXXXXXXXXX0002" in (home.path / ".aws/credentials").read_text()


def test_lapsed_and_corrupt_entries_of_the_cache_are_removed_and_brought_back(home, doctor):
    home.config(f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\n{LONG_TERM}")
    home.cached_role("a" * 40, "ASIAXXXXXXXXXXXX0002", ends=PAST, role=ASSUMED)
    home.cached_role("b" * 40, "ASIAXXXXXXXXXXXX0003", ends=FUTURE, role=ASSUMED)
    home.write(".aws/cli/cache/c.json", "{").chmod(0o600)
    before = snapshot(home)
    status, out, _ = doctor("--fix", "--yes")
    assert (status, "stale-cli-cache: cured" in out) == (0, True)
    assert [path.name for path in (home.path / ".aws/cli/cache").iterdir()] == [f"{'b' * 40}.json"]
    assert doctor("--undo")[0] == 0
    assert snapshot(home) == before


def test_a_token_that_was_left_beside_a_long_term_key_is_removed(home, doctor):
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n  more-canary\nregion = x\n")
    got = doctor("--fix", "--yes")
    assert got[0] == 0, got
    assert (home.path / ".aws/credentials").read_text() == f"[default]\n{LONG_TERM}region = x\n"


def _shadowing(home) -> None:
    home.credentials(f"[default]\n{LONG_TERM}")
    home.environ |= {
        "AWS_PROFILE": "default",
        "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0003",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_SESSION_TOKEN": "canary",
        "AWS_CREDENTIAL_EXPIRATION": PAST,
    }


def _pasted(home) -> None:
    home.config(f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = base\n")
    home.credentials(f"# mine\n[base]\n{LONG_TERM}\n[default]\n{PASTED}# end\n")
    home.cached_role("d" * 40, "ASIAXXXXXXXXXXXX0002", ends=PAST, role=ASSUMED)


def _cached(home) -> None:
    home.config(f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\n{LONG_TERM}")
    home.cached_role("a" * 40, "ASIAXXXXXXXXXXXX0002", ends=PAST, role=ASSUMED)
    home.write(".aws/cli/cache/c.json", "{")


def _left_over(home) -> None:
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\nregion = x\n")


CURED = {
    "env-shadows-profile": _shadowing,
    "stale-cli-cache": _cached,
    "static-profile-session": _pasted,
    "token-left-over": _left_over,
}
"""A machine that shows each of the causes that ``--fix`` cures."""


def test_every_automatic_cure_has_its_machine():
    assert set(CURED) == {one.slug for one in catalogue() if one.cure.auto}


@pytest.mark.parametrize("slug", sorted(CURED))
def test_a_cure_is_proved_is_idempotent_and_is_taken_back_byte_for_byte(slug, home, doctor, tmp_path):
    CURED[slug](home)
    before, environ = snapshot(home), dict(home.environ)

    def found() -> list[str]:
        return [finding["cause"] for finding in json.loads(doctor("--json", slug)[1])["findings"]]

    def fixed() -> tuple[str, str]:
        _, out, err = doctor("--fix", "--yes", "--shell", slug)
        variables = subprocess.run(
            ["sh", "-c", f"{out}\nenv -0"], env=home.environ, capture_output=True, check=True
        ).stdout.decode()
        kept = dict(line.split("=", 1) for line in variables.split("\0") if "=" in line)
        home.environ = {name: value for name, value in home.environ.items() if name in kept}
        return out, err

    assert found() == [slug]
    assert f"{slug}: cured" in fixed()[1]
    assert found() == []
    after, copies = snapshot(home), sorted((tmp_path / "state").rglob("*"))
    out, err = fixed()
    assert (out, "Nothing here can be cured" in err) == ("", True)
    assert (snapshot(home), sorted((tmp_path / "state").rglob("*"))) == (after, copies)
    if after == before:
        assert home.environ != environ
        return
    assert doctor("--undo")[0] == 0
    assert snapshot(home) == before
    assert found() == [slug]


class TestVariables:
    def test_the_shell_is_told_what_to_unset_and_is_then_cured(self, home, doctor, tmp_path):
        home.credentials(f"[default]\n{LONG_TERM}")
        home.environ |= {
            "AWS_PROFILE": "default",
            "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0003",
            "AWS_SECRET_ACCESS_KEY": "canary",
            "AWS_CREDENTIAL_EXPIRATION": PAST,
        }
        status, out, err = doctor("--fix", "--shell")
        assert (status, out) == (0, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CREDENTIAL_EXPIRATION\n")
        assert "env-shadows-profile: cured" in err
        shell = subprocess.run(
            ["sh", "-c", f'{out}env | grep -c "^AWS_[AS]" || true'],
            env=home.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert shell.stdout.strip() == "0"

    def test_without_shell_they_are_shown_and_the_status_stays(self, home, doctor):
        home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0003", "AWS_SECRET_ACCESS_KEY": "s"}
        home.environ["AWS_SESSION_TOKEN"] = "t"
        status, out, _ = doctor("--fix", "--yes")
        assert status == 1
        assert "unset AWS_SESSION_TOKEN" in out
        assert (home.path / ".aws/credentials").read_text().endswith("canary\n")

    def test_fish_has_a_word_of_its_own(self, home, doctor):
        home.environ |= {
            "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0003",
            "AWS_SECRET_ACCESS_KEY": "s",
            "SHELL": "/bin/fish",
        }
        home.environ["AWS_SESSION_TOKEN"] = "t"
        assert doctor("--fix", "--shell")[1] == "set -e AWS_SESSION_TOKEN\n"


def test_nothing_is_changed_where_nobody_can_be_asked(home, doctor):
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    before = snapshot(home)
    status, _, err = doctor("--fix")
    assert (status, "--fix --yes" in err) == (2, True)
    assert snapshot(home) == before


def test_the_object_says_what_was_done(home, doctor, tmp_path):
    path = home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    status, out, _ = doctor("--fix", "--yes", "--json")
    shown = json.loads(out)
    assert status == 0
    assert shown["fixes"] == [{"cause": "token-left-over", "cured": True}]
    assert (shown["changed"], shown["findings"]) == ([str(path)], [])
    assert shown["backup"].startswith(str(tmp_path / "state"))


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_copies_are_their_owners_alone_and_the_files_mode_comes_back(home, doctor, tmp_path):
    file = home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    file.chmod(0o644)
    doctor("--fix", "--yes")
    for path in (tmp_path / "state/fixes").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    doctor("--undo")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_undo_refuses_to_lose_what_was_changed_since(home, doctor):
    path = home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    doctor("--fix", "--yes")
    path.write_text(path.read_text() + "# mine\n")
    status, _, err = doctor("--undo")
    assert (status, "was changed after the fix" in err) == (2, True)
    assert path.read_text().endswith("# mine\n")


def test_undo_without_a_fix_says_so(doctor):
    status, _, err = doctor("--undo")
    assert (status, "nothing to undo" in err) == (2, True)


def test_fixes_are_taken_back_newest_first(home, doctor):
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    first = snapshot(home)
    doctor("--fix", "--yes")
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary2\n")
    second = snapshot(home)
    doctor("--fix", "--yes")
    doctor("--undo")
    assert snapshot(home) == second
    home.credentials(f"[default]\n{LONG_TERM}")
    doctor("--undo")
    assert {path: kept[0] for path, kept in snapshot(home).items()} == {path: kept[0] for path, kept in first.items()}


def test_a_link_stays_a_link(home, doctor, tmp_path):
    real = tmp_path / "dotfiles-credentials"
    real.write_text(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
    (home.path / ".aws").mkdir()
    (home.path / ".aws/credentials").symlink_to(real)
    doctor("--fix", "--yes")
    assert (home.path / ".aws/credentials").is_symlink()
    assert "canary\n" not in real.read_text().replace("canary-secret\n", "")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_not_edited_keeps_every_byte(end):
    text = f"# a{end}[x]{end}a = 1{end}  2{end}{end}  # c{end}  3{end}{end}; d{end}b:4"
    data = text.encode()
    assert edited(data, EditSection("", "", "x", ("nothing",))) == data
    assert edited(data, EditSection("", "", "gone", ("a",))) == data
    taken = edited(data, EditSection("", "", "x", ("a",), (("c", "5"),)))
    assert taken.decode() == f"# a{end}[x]{end}c = 5{end}{end}; d{end}b:4"
    assert edited(data, EditSection("", "", "x", ("b",), (("c", "5"),))).decode().endswith(f"; d{end}c = 5{end}")
