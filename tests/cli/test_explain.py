"""``unexpired explain`` at the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from unexpired.cli.explain import command

if TYPE_CHECKING:
    from pathlib import Path

LAPSED = "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.\n"


def run(*arguments: str, text: str | bytes = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "unexpired", "explain", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_explained(arguments: list[str]):
    result = CliRunner().invoke(command, [*arguments, "--json"], input=LAPSED)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["family"] == "expired"


def test_a_file_is_explained(tmp_path: Path):
    log = tmp_path / "job.log"
    log.write_text("fine\n" * 3 + LAPSED)
    result = CliRunner().invoke(command, [str(log)])
    assert result.exit_code == 0
    assert "line 4" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_message_in_place_of_a_file_is_explained():
    """What many type first; and as an error about a file it would be repeated with all that stands in it."""
    result = CliRunner().invoke(command, [LAPSED.strip(), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["family"] == "expired"


def test_a_file_is_read_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log of the last night.txt").write_text(LAPSED)
    result = CliRunner().invoke(command, ["log of the last night.txt", "--json"])
    assert json.loads(result.stdout)["family"] == "expired"
    result = CliRunner().invoke(command, ["log of the other night.txt"])
    assert result.exit_code == 1
    assert "No file has this name" in result.output


def test_nothing_recognised_ends_with_1():
    result = CliRunner().invoke(command, ["--json"], input="all is well")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"version": 1, "family": "none", "causes": []}


def test_a_look_alike_is_recognised_and_ends_with_0():
    result = CliRunner().invoke(command, ["--json"], input="npm ERR! code E401")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["family"] == "unrelated"


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_what_cannot_be_read_is_said_and_ends_with_2(tmp_path: Path, kind: str):
    path = tmp_path if kind == "directory" else tmp_path / "missing.log"
    ended = run(str(path), "--json")
    assert ended.returncode == 2
    said = json.loads(ended.stdout)
    assert said["family"] == "none"
    assert said["error"]["message"].startswith("cannot read")
    assert b"next:" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_binary_input_does_no_harm():
    ended = run("--json", text=bytes(range(256)) * 100)
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["family"] == "none"
