"""What is wrong with the shared files, by file and line, and never with a line's contents."""

from __future__ import annotations

import os

import botocore.session
import pytest

from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.shared_config import load_shared_config


def load():
    return load_shared_config(os.environ)


BROKEN = {
    "a line before the first section": ("region = us-east-1\n[default]\n", 1, "before the first"),
    "a bare word": ("[default]\nregion = us-east-1\naws_secret_access_key SECRET\n", 3, "neither a section"),
    "a section twice": ("[profile a]\nregion = x\n\n[profile a]\n", 4, "[profile a] stands there a second time"),
    "a setting twice": ("[profile a]\nrole_arn = x\nrole_arn = y\n", 3, "role_arn stands there a second time"),
    "an indented line without an equals sign": ("[default]\ns3 =\n  SECRET\n", 3, "an indented line has no `=`"),
    "an open bracket": ("[default\nregion = x\n", 1, ""),
    "a byte order mark": ("\ufeff[default]\nregion = x\n", 1, "byte order mark"),
}


@pytest.mark.parametrize(("text", "line", "why"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("which", [0, 1], ids=["config", "credentials"])
def test_a_broken_line_is_named_with_its_file_and_its_content_is_not_shown(files, canary, text, line, why, which):
    texts = ["[default]\n", "[default]\n"]
    texts[which] = text.replace("SECRET", canary)
    path = files()[which]
    path.write_text(texts[which], encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.what == f"{path}, line {line} cannot be understood"
    assert why in caught.value.why
    assert caught.value.cause == "config-invalid"
    assert canary not in str(caught.value)
    assert canary not in repr(caught.value.__cause__)


def test_bytes_that_are_no_text_are_named_by_their_line(files):
    config, _ = files()
    config.write_bytes(b"[default]\nregion = us-east-1\n# caf\xe9\n")
    with pytest.raises(ConfigurationError, match="line 3") as caught:
        load()
    assert "not utf-8" in caught.value.why


@pytest.fixture
def unreadable(files) -> str:
    path, _ = files("[profile a]\nregion = x\n")
    path.chmod(0)
    return str(path)


@pytest.fixture
def _somebody_else(unreadable):
    """Root may read everything; for the length of a test, be somebody who may not."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    load_shared_config({})  # what is imported on the way may be closed to others
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.usefixtures("_somebody_else")
def test_a_file_that_may_not_be_read_is_said_to_be_so_and_not_taken_for_missing(unreadable):
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.what == f"{unreadable} cannot be read"
    assert caught.value.why == "Permission denied"


def test_files_that_do_not_exist_are_empty(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path))
    assert load().profiles == {}


def test_the_files_are_put_together_as_botocore_does(files):
    files(
        """
        [default]
        region = eu-west-1
        [profile a]
        region = us-east-1
        role_arn = from-config
        s3 =
            addressing_style = path
        [profile "with space"]
        region = x
        [sso-session corp]
        sso_region = us-east-1
        [services local]
        sts =
            endpoint_url = http://localhost:1
        [neither]
        region = y
        """,
        """
        [a]
        role_arn = from-credentials
        KEYS
        [only-here]
        KEYS
        """,
    )
    theirs = botocore.session.Session().full_config
    for section in theirs["profiles"].values():
        section |= {name: "***" for name in section if name == "aws_secret_access_key"}
    ours = load()
    assert ours.profiles == theirs["profiles"]
    assert ours.sso_sessions == theirs["sso_sessions"]
    assert ours.services == theirs["services"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("prd", "did you mean prod?"), ("zzz", "there are: dev, prod, stage"), ("PROD", "there are:")],
)
def test_an_unknown_profile_names_the_nearest(files, asked, hint):
    files("[profile prod]\n[profile dev]\n[profile stage]\n")
    with pytest.raises(ConfigurationError) as caught:
        load().profile(asked)
    assert caught.value.cause == "profile-not-found"
    assert hint in str(caught.value)
    assert asked in caught.value.what


def test_an_unknown_profile_among_none_says_how_to_begin(files):
    files()
    with pytest.raises(ConfigurationError, match="aws configure"):
        load().profile("prod")
