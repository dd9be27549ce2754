"""unexpired.toml: the least that works, everything it can say, and every mistake told with its line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.agent.config import RoleConfig, configuration_file, read
from unexpired.agent.config.lines import lines_of_keys
from unexpired.engine.errors import ConfigurationError

posix = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "unexpired.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def mistakes(path):
    """(line, words) of each mistake that the file has."""
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    told = caught.value.next_steps or (caught.value.what,)
    found = [re.fullmatch(re.escape(str(path)) + r":(\d+): (.*)", line) for line in told]
    assert all(found), told
    return [(int(one[1]), one[2]) for one in found]


def test_two_lines_are_a_role_at_the_container_door_and_the_socket(file):
    path = file('[roles.etl]\nprofile = "etl"\n')
    config = read(path)
    assert config.path == path
    assert dict(config.roles) == {"etl": RoleConfig(name="etl", profile="etl")}
    assert config.roles["etl"].doors == {"container", "socket"}
    assert config.start_on_demand is False


@posix
def test_without_a_word_only_the_agents_own_user_may_ask(file):
    assert read(file('[roles.etl]\nprofile = "etl"\n')).roles["etl"].allow_uids == {os.geteuid()}


def test_everything_can_be_said(file, tmp_path):
    config = read(
        file(
            """
            [agent]
            port = 9911
            socket = "run/agent.sock"
            state = "~/agent"
            most_sts_calls_per_second = 2.5
            most_renewals_at_once = 3
            requests_per_second = 50
            start_on_demand = true
            [notify]
            desktop = false
            webhook = "https://hooks.example.com/T0/secret"
            [roles.lake]
            role_arn = "arn:aws:iam::123456789012:role/path/Lake"
            source_profile = "base"
            role_session_name = "lake@host"
            external_id = "x:1/2"
            duration_seconds = "2h"
            serial_number = "arn:aws:iam::123456789012:mfa/ann"
            region = "eu-west-1"
            endpoint_url = "http://127.0.0.1:1"
            doors = ["imds", "file", "socket"]
            allow_uids = [0, 1000]
            credentials_file = "creds"
            file_profile = "lake-copy"
            imds_port = 1338
            rest_after = "90m"
            for = "6h"
            """
        )
    )
    assert config.port == 9911
    assert config.socket == tmp_path / "run" / "agent.sock"
    assert config.state == Path.home() / "agent"
    assert (config.most_sts_calls_per_second, config.most_renewals_at_once) == (2.5, 3)
    assert (config.requests_per_second, config.start_on_demand) == (50.0, True)
    assert (config.notify.desktop, config.notify.webhook) == (False, "https://hooks.example.com/T0/secret")
    assert config.roles["lake"] == RoleConfig(
        name="lake",
        role_arn="arn:aws:iam::123456789012:role/path/Lake",
        source_profile="base",
        role_session_name="lake@host",
        external_id="x:1/2",
        duration_seconds=7200,
        serial_number="arn:aws:iam::123456789012:mfa/ann",
        region="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        doors=frozenset({"imds", "file", "socket"}),
        allow_uids=frozenset({0, 1000}),
        credentials_file=tmp_path / "creds",
        file_profile="lake-copy",
        imds_port=1338,
        rest_after_seconds=5400.0,
        horizon_seconds=21600.0,
    )


def test_a_webhook_is_in_no_repr(file):
    config = read(file('[notify]\nwebhook = "https://hooks.example.com/canary"\n[roles.a]\nprofile = "a"\n'))
    assert "canary" not in repr(config)


def test_all_mistakes_are_told_at_once_each_with_its_line_and_what_was_meant(file):
    path = file(
        'port = 1\n\n[agent]\nsokcet = "x"\nmost_renewals_at_once = 100\n\n'
        '[roles.etl]\nprofil = "etl"\nrole_arn = "arn:aws:iam::123456789012:role/x"\ndoors = [\n  "contaner",\n]\n'
        '[roles."a/b"]\nprofile = "x"\n[role.z]\nprofile = "z"\n'
    )
    found = mistakes(path)
    assert [line for line, _ in found] == [1, 4, 5, 8, 10, 13, 15]
    words = [said for _, said in found]
    assert "belongs into [agent]" in words[0]
    assert "did you mean 'socket'?" in words[1]
    assert "1 to 64" in words[2]
    assert "did you mean 'profile'?" in words[3]
    assert "did you mean 'container'?" in words[4]
    assert "'a/b' cannot be a role's name" in words[5]
    assert "did you mean 'roles'?" in words[6]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[roles.etl]\nregion = 'eu-west-1'\n", 1, "needs a profile or a role_arn"),
        ("[agent]\nport = 1\n", 1, "no [roles.NAME]"),
        ("", 1, "no [roles.NAME]"),
        ("[roles]\netl = 'etl'\n", 2, "write [roles.etl]"),
        ("[[agent]]\nport = 1\n[roles.a]\nprofile='a'\n", 1, "write [agent]"),
        ("[roles.a]\nprofile = 'a'\nprofile = 'b'\n", 3, "not TOML"),
        ("[roles.a]\nprofile = 'a\n", 2, "not TOML"),
        ("[roles.a]\nprofile = ['a'", 2, "not TOML"),
        ("[roles.a]\nprofile = 'a'\ndoors = ['imds']\nimds_port = 0\n", 4, "from 1 to 65535"),
        ("[roles.a]\nprofile = 'a'\nimds_port = 80\n", 3, "without the 'imds' door"),
        ("[roles.a]\nprofile = 'a'\nfile_profile = 'b'\n", 3, "without the 'file' door"),
        (
            "[roles.a]\nprofile = 'a'\ndoors = ['file']\nfile_profile='b'\nallow_uids = [1]\n",
            5,
            "only written to a file",
        ),
        ("[roles.a]\nprofile = 'a'\ndoors = ['file']\n", 3, "write over 'a'"),
        ("[roles.etl]\nprofile = 'a'\n[roles.Etl]\nprofile = 'b'\n", 3, "one name"),
        ("[roles.b]\nprofile = 'a'\ndoors = ['file']\nfile_profile = 'a'\n", 4, "write over 'a'"),
        ("[roles.a]\nprofile = 'a'\nsource_profile = 'b'\n", 3, "needs the role_arn"),
        ("[roles.a]\nprofile = 'a'\nallow_uids = ['root']\n", 3, "user ids"),
        ("[roles.a]\nprofile = 'a'\nallow_uids = [true]\n", 3, "user ids"),
        ("[roles.a]\nprofile = 'a'\nallow_uids = [-1]\n", 3, "user ids"),
        ("[roles.a]\nprofile = 'a'\ndoors = []\n", 3, "list of doors"),
        ("[roles.a]\nprofile = ''\n", 2, "text"),
        ("[roles.a]\nprofile = 'a'\nfor = 'ever'\n", 3, "duration"),
        ("[roles.a]\nprofile = 'a'\nrest_after = 0\n", 3, "duration"),
        ("[roles.a]\nprofile = 'a'\nrest_after = nan\n", 3, "duration"),
        ("[roles.a]\nrole_arn = 'a'\n", 2, "ARN"),
        ("[roles.a]\nprofile = 'a'\nduration_seconds = 60\n", 3, "900 to 43200"),
        ("[roles.a]\nprofile = 'a'\n[notify]\nwebhook = 'http://evil.example.com/canary'\n", 4, "https://"),
        ("[roles.a]\nprofile = 'a'\n[notify]\nwebhook = 'http://127.0.0.1.evil.com/canary'\n", 4, "https://"),
        ("[roles.a]\nprofile = 'a'\n[notify]\nwebhook = 'https://u:canary@example.com'\n", 4, "https://"),
        ("[roles.a]\nprofile = 'a'\n[notify]\ndesktop = 'yes'\n", 4, "true or false"),
        ("[agent]\nrequests_per_second = inf\n[roles.a]\nprofile = 'a'\n", 2, "1000000"),
        ("[agent]\nstart_on_demand = 1\n[roles.a]\nprofile = 'a'\n", 2, "true or false"),
        ("[agent]\nsocket = '/%s'\n[roles.a]\nprofile = 'a'\n" % ("x" * 120), 2, "103 bytes"),
        ("[agent]\nsocket = '/x'\nstate = '/x'\n[roles.a]\nprofile = 'a'\n", 2, "one path"),
    ],
)
def test_a_mistake_is_told_with_its_line(file, text, line, words):
    found = mistakes(file(text))
    assert [at for at, _ in found] == [line]
    assert words in found[0][1]
    assert "canary" not in found[0][1]


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000 + "]" * 5000])
def test_what_is_beyond_the_parser_is_a_mistake_too(file, value):
    with pytest.raises(ConfigurationError):
        read(file(f"x = {value}\n[roles.a]\nprofile = 'a'\n"))


def test_two_roles_cannot_have_one_port_nor_write_one_section(file):
    path = file(
        "[agent]\nport = 1001\n"
        "[roles.a]\nprofile = 'x'\ndoors = ['imds', 'file']\nimds_port = 1002\n"
        "[roles.b]\nprofile = 'x'\ndoors = ['imds', 'file']\nimds_port = 1002\nfile_profile = 'a'\n"
        "[roles.c]\nprofile = 'x'\ndoors = ['imds']\nimds_port = 1001\n"
    )
    assert [line for line, _ in mistakes(path)] == [10, 11, 15]
    assert "taken by [roles.a]" in mistakes(path)[0][1]
    assert "taken by [agent]" in mistakes(path)[2][1]


def test_a_file_that_is_not_there_says_how_the_least_one_looks(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        read(tmp_path / "unexpired.toml")
    assert "[roles.etl]" in caught.value.next_steps[0]


@posix
def test_the_command_that_is_told_writes_a_file_that_serves_a_role(tmp_path):
    path = tmp_path / "a folder" / "unexpired.toml"
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    subprocess.run(["sh", "-c", caught.value.next_steps[0]], check=True)
    assert read(path).roles["etl"].profile == "etl"


@posix
def test_a_file_that_nobody_may_read_is_shown_with_its_mode(tmp_path):
    path = tmp_path / "unexpired.toml"
    path.mkdir()
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    assert caught.value.next_steps == (f"see who may: ls -ld {path}",)


def test_text_that_is_not_utf8_is_told_with_its_line(tmp_path):
    path = tmp_path / "unexpired.toml"
    path.write_bytes(b"[roles.a]\nprofile = '\xff'\n")
    assert mistakes(path) == [(2, "this is not UTF-8 text")]


def test_a_file_that_a_windows_editor_wrote_is_read(tmp_path):
    path = tmp_path / "unexpired.toml"
    path.write_bytes(b"\xef\xbb\xbf[roles.a]\r\nprofile = 'a'\r\n")
    assert read(path).roles["a"].profile == "a"


@posix
def test_a_file_that_everybody_may_write_is_not_used(file):
    path = file('[roles.etl]\nprofile = "etl"\n')
    path.chmod(0o666)
    with pytest.raises(ConfigurationError, match="everybody may write it"):
        read(path)


def test_the_file_is_where_the_variable_says_or_in_the_configuration_folder(tmp_path):
    assert configuration_file({"UNEXPIRED_CONFIG": str(tmp_path / "a.toml")}) == tmp_path / "a.toml"
    assert configuration_file({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "unexpired" / "unexpired.toml"
    assert configuration_file(MappingProxyType({})).name == "unexpired.toml"


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="newer Pythons have a parser of their own")
def test_without_a_parser_one_line_says_which_extra_to_install(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(ConfigurationError, match=r"unexpired\[agent\]"):
        read(file('[roles.etl]\nprofile = "etl"\n'))


WORD = st.from_regex(r"[a-z]{1,4}", fullmatch=True)
VALUE = st.sampled_from(["1", '"""a\n[x]\nb = 1\n"""', "[\n 1, # ]\n 2\n]", "{ q = 1 }", "'#'", "'''\n\n'''"])


@given(st.dictionaries(WORD, st.dictionaries(WORD, VALUE, max_size=4), min_size=1, max_size=4))
def test_every_key_has_the_line_on_which_it_was_written(tables):
    lines, expected = [], {}
    for table, keys in tables.items():
        lines.append(f"[{table}] # words")
        expected[table,] = len(lines)
        for key, value in keys.items():
            lines += ["", "# a comment"]
            expected[table, key] = len(lines) + 1
            lines += f"{key} = {value}".split("\n")
    found = lines_of_keys("\n".join(lines))
    assert {path: found[path] for path in expected} == expected
