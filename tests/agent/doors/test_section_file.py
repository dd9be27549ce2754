"""Our section of somebody's credentials file: theirs stays byte for byte, ours is replaced, nothing goes astray."""

from __future__ import annotations

import configparser
import os
import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired import Credentials
from unexpired.agent.doors._credentials_section import has_section, with_section, without_section
from unexpired.agent.doors._section_file import SectionFile
from unexpired.engine.errors import ConfigurationError

posix = pytest.mark.skipif(os.name != "posix", reason="modes, owners and links are POSIX's")
ENDS = datetime(2026, 11, 21, 18, tzinfo=timezone.utc)
FIRST = Credentials("ASIAEXAMPLE00001", "canary/secret+1", "canary-token-1=", ENDS)
SECOND = Credentials("ASIAEXAMPLE00002", "canary/secret+2", "canary-token-2=", ENDS)
THEIRS = b"# my keys\r\n[base]\r\naws_access_key_id=AKIAEXAMPLE00001\r\n\r\n  ; odd\r\naws_secret_access_key : x\r\n"


@pytest.fixture
def file(tmp_path):
    tmp_path.chmod(0o700)
    return SectionFile(tmp_path / "aws" / "credentials", "etl")


def read(path):
    parser = configparser.RawConfigParser()
    parser.read(path)
    return {name: dict(parser[name]) for name in parser.sections()}


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(file):
    file.write(FIRST)
    assert read(file.path)["etl"] == {
        "aws_access_key_id": "ASIAEXAMPLE00001",
        "aws_secret_access_key": "canary/secret+1",
        "aws_session_token": "canary-token-1=",
    }
    assert file.path.read_text().startswith("# written by unexpired; expires 2026-11-21T18:00:00Z\n")
    if os.name == "posix":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_what_is_theirs_stays_byte_for_byte_and_is_copied_before_the_first_writing(file):
    file.path.parent.mkdir()
    file.path.write_bytes(THEIRS)
    backup = Path(f"{file.path}.before-unexpired")
    file.write(FIRST)
    assert backup.read_bytes() == THEIRS
    file.write(SECOND)
    after = file.path.read_bytes()
    assert after.startswith(THEIRS)
    assert b"canary-token-1" not in after
    assert b"canary-token-2" in after
    assert backup.read_bytes() == THEIRS
    assert read(file.path)["base"]["aws_secret_access_key"] == "x"
    assert file.remove()
    assert file.path.read_bytes() == THEIRS
    assert not file.remove()
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["credentials", "credentials.before-unexpired"]


def test_what_somebody_writes_below_our_section_stays_there(file):
    file.write(FIRST)
    with file.path.open("ab") as more:
        more.write(b"[later]\naws_access_key_id = AKIALATER0000001\n")
    file.write(SECOND)
    assert file.path.read_bytes().endswith(b"[later]\naws_access_key_id = AKIALATER0000001\n")
    assert read(file.path)["etl"]["aws_access_key_id"] == "ASIAEXAMPLE00002"


@pytest.mark.parametrize(
    "theirs",
    [
        b"[etl]\naws_access_key_id = AKIAEXAMPLE00001\n",
        b"# written by unexpired; expires 2026-11-21T18:00:00Z\n[etl]\naws_access_key_id = AKIAMINE\nregion = x\n",
    ],
)
def test_a_section_of_that_name_that_is_not_ours_is_not_touched(file, theirs):
    file.path.parent.mkdir()
    file.path.write_bytes(theirs)
    with pytest.raises(ConfigurationError, match="did not write it"):
        file.write(FIRST)
    assert not file.remove()
    assert file.path.read_bytes() == theirs


def test_a_file_that_no_sdk_could_read_is_not_written(file):
    file.path.parent.mkdir()
    file.path.write_bytes(b"[base]\ncanary\n")
    with pytest.raises(ConfigurationError, match="line 2") as caught:
        file.write(FIRST)
    assert "canary" not in str(caught.value)


def test_a_name_that_would_end_the_header_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be a section"):
        SectionFile(tmp_path / "credentials", "etl]\n[default").write(FIRST)


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_not_written_through(file, tmp_path, dangling):
    file.path.parent.mkdir()
    target = tmp_path / "elsewhere"
    if not dangling:
        target.write_bytes(THEIRS)
    file.path.symlink_to(target)
    for change in (lambda: file.write(FIRST), file.remove):
        with pytest.raises(ConfigurationError, match="symbolic link") as caught:
            change()
    assert str(target) in caught.value.next_steps[0]
    assert not target.exists() if dangling else target.read_bytes() == THEIRS


@posix
def test_a_folder_that_everybody_may_write_is_refused(file):
    file.path.parent.mkdir()
    file.path.parent.chmod(0o777)
    with pytest.raises(ConfigurationError, match="others may put files"):
        file.write(FIRST)


@posix
def test_a_pipe_is_neither_waited_for_nor_replaced(file):
    file.path.parent.mkdir()
    os.mkfifo(file.path)
    with pytest.raises(ConfigurationError, match="no plain file"):
        file.write(FIRST)
    assert stat.S_ISFIFO(file.path.stat().st_mode)


@posix
def test_a_file_that_others_could_read_is_closed_to_them(file):
    file.path.parent.mkdir()
    file.path.write_bytes(THEIRS)
    file.path.chmod(0o644)
    file.write(FIRST)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


LINE = st.sampled_from(
    [b"[a]", b"[b c]", b"x = 1", b"  y", b"# note", b"; note", b"", b"s3 =", b"  k = v", b"# written by unexpired; x"]
)


@given(st.lists(LINE, max_size=8), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_whatever_stands_in_the_file_comes_back(lines, line_end, ended):
    data = line_end.join(lines) + (line_end if ended and lines else b"")
    try:
        written = with_section(data, "etl", FIRST, path=Path("credentials"))
    except ConfigurationError:
        return  # no SDK reads it
    assert written.startswith(data)
    assert has_section(written, "etl")
    again = with_section(written, "etl", SECOND, path=Path("credentials"))
    assert again.replace(b"2", b"1") == written.replace(b"2", b"1")
    back = without_section(again, "etl")
    assert back.rstrip() == data.rstrip()
    assert back == data or not data.endswith(b"\n")
