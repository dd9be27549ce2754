"""Keys in boto 2's file, which botocore would take before it asks the door."""

from __future__ import annotations

import pytest

from unexpired.channels.boto2_config import boto2_config_copy

GSUTIL = "[GSUtil]\nparallel_process_count = 1\n"
KEYS = "[Credentials]\naws_access_key_id = AKIAEXAMPLE00001\naws_secret_access_key = canary\ngs_host = x\n"


@pytest.fixture
def boto(tmp_path):
    def write(text):
        (tmp_path / "boto").write_text(text)
        return {"BOTO_CONFIG": str(tmp_path / "boto")}

    return write


def test_the_copy_has_everything_but_the_keys(boto):
    assert boto2_config_copy(boto(GSUTIL + KEYS)) == {
        "GSUtil": {"parallel_process_count": "1"},
        "Credentials": {"gs_host": "x"},
    }


@pytest.mark.parametrize("text", [GSUTIL, "", "no section\n"])
def test_a_file_without_keys_is_left_where_it_is(boto, text):
    assert boto2_config_copy(boto(text)) is None


def test_a_file_that_is_not_there_is_nothing(tmp_path):
    assert boto2_config_copy({"BOTO_CONFIG": str(tmp_path / "none")}) is None
