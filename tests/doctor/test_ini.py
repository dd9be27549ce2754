"""The tolerant reader against the parser that botocore uses."""

from __future__ import annotations

import configparser
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unexpired.doctor.ini import read_ini, sub_settings

_TOKENS = [
    *("[default]", "[profile a]", "[profile b]", "[DEFAULT]", "[x", "[]", "[a] ; b]", "key", "Key", "role_arn", "a b"),
    *(
        "=",
        ":",
        " = ",
        "\t",
        " ",
        "  ",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\n ",
        "\n  ",
        "\n\t",
        "#",
        ";",
        " # c",
        "\x0b",
    ),
    *("\x0c", "\x85", "\u2028", "value", "x=y", "\u00e9", "\x00"),
]
_files = st.one_of(
    st.lists(st.sampled_from(_TOKENS), max_size=40).map("".join),
    st.text(max_size=60),
)


def original(text: str) -> dict[str, dict[str, str]] | None:
    """What botocore's parser makes of it, or None when it refuses."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(re.sub("\r\n?", "\n", text))
    except configparser.Error:
        return None
    return {name: {key: parser.get(name, key) for key in parser.options(name)} for name in parser.sections()}


def ours(text: str) -> dict[str, dict[str, str]] | None:
    """The same, as the tolerant reader sees it. Sub-settings are botocore's own rule, not the parser's."""
    found = read_ini(text.encode())
    if any(fault.kind != "sub-setting" for fault in found.faults):
        return None
    inherited = {key: setting.value for key, setting in found.inherited.items()}
    return {
        section.name: inherited | {key: setting.value for key, setting in section.settings.items()}
        for section in found.sections
    }


@given(_files.filter(lambda text: not text.startswith("\ufeff")))
@example("[a]\nkey = value\n\n  more\n# no\n  and more\n\n")
@example("[a]\n  key = value\n key2 = value2")
@example("[a]\nkey = value\n[a]\nkey2 = value2")
@example("[DEFAULT]\nkey = 1\n[a]\n[b]\nkey = 2")
@example("[a]\nx\n  y = 1")
@example("[a]\nkey =\n  inner = 1\n\n")
def test_a_file_means_what_it_means_to_pythons_own_parser(text):
    assert ours(text) == original(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data):
    read_ini(data)


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("[default]\nregion = x\n[default]\n", "duplicate-section", 3),
        ("[default]\nregion = x\n\n\nRegion = y\n", "duplicate-setting", 5),
        ("region = x\n", "no-section", 1),
        ("# a comment\n[default]\nregion x\n", "not-a-setting", 3),
        ("[default]\n= x\n", "no-name", 2),
        ("[default]\ns3 =\n  addressing_style\n", "sub-setting", 2),
        ("\ufeff[default]\n", "byte-order-mark", 1),
    ],
)
def test_a_fault_is_named_with_its_line(text, kind, line):
    assert [(fault.kind, fault.line) for fault in read_ini(text.encode()).faults] == [(kind, line)]


def test_a_file_that_is_not_utf_8_is_named_with_the_line_of_the_first_bad_byte():
    (fault,) = read_ini(b"[default]\nregion = x\n# caf\xe9\n").faults
    assert (fault.kind, fault.line) == ("encoding", 3)


def test_reading_goes_on_after_a_fault():
    found = read_ini(b"oops\n[a]\nkey = 1\n[a]\nother = 2\n")
    assert [section.settings.keys() for section in found.sections] == [{"key": 1}.keys(), {"other": 1}.keys()]


def test_no_fault_quotes_the_line_it_is_about():
    secret = f"wJalrXUtnFEMI{random.randrange(10**9)}"
    found = read_ini(f"{secret}\n[a]\naws_secret_access_key {secret}\n".encode())
    assert len(found.faults) == 2
    assert secret not in repr(found.faults)


def test_sub_settings_are_read_as_botocore_reads_them():
    assert sub_settings("\naddressing_style = path\n\nmax = 1=2") == {"addressing_style": "path", "max": "1=2"}
