"""Each difference between botocore and the other SDKs is told where it bears on the answer, and only there."""

from __future__ import annotations

import pytest

from unexpired.causes import cause

KEYS = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": "canary-secret"}


def told(home, **options) -> list[str]:
    finding = cause("sdks-disagree").prove(home.examine(**options))
    assert finding is None or (finding.severity, finding.confidence) == ("note", "proven")
    return [] if finding is None else list(finding.evidence)


def test_files_that_all_read_alike_are_no_reason_for_a_note(home):
    home.config("# note\n[default]\nregion = x\n\n[profile a]\nrole_arn = r\nsource_profile = default\n; note\n")
    home.credentials(f"[default]\n{KEYS}")
    home.environ["AWS_PROFILE"] = "a"
    assert told(home) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[default]\n{KEYS}[default]\nregion = x\n", "merge the two sections"),
        (f"[default]\n{KEYS}aws_access_key_id = x\n", "take the last of the two"),
        (f"\ufeff[default]\n{KEYS}", "byte order mark"),
        (f"[default]\n{KEYS}nonsense\n", "JS passes over the line"),
        (f"[DEFAULT]\n{KEYS}[default]\nregion = x\n", "in every profile"),
        (f"[profile default]\n{KEYS}[default]\n{KEYS}", "what comes later"),
        ("[default]\naws_access_key_id = AKIAXXXXXXXXXXXX0001 # mine\naws_secret_access_key = s\n", "a part of"),
        ("[default]\naws_access_key_id: AKIAXXXXXXXXXXXX0001\naws_secret_access_key: s\n", "with a colon"),
        ("[default]\n  aws_access_key_id = AKIAXXXXXXXXXXXX0001\n  aws_secret_access_key = s\n", "indents"),
        ("[default]\naws_access_key_id =\naws_secret_access_key =\n", "to nothing"),
        ("[default]\naws_secret_access_key = s\n", "without a key id"),
        (f"[default]\n{KEYS}credential_process = tool\n", "keys first"),
        (f"[default]\n{KEYS}sso_account_id = 1\nsso_role_name = R\nsso_start_url = u\nsso_region = r\n", "keys first"),
        (f"[default]\nrole_arn = r\nsource_profile = b\nduration_seconds = soon\n[profile b]\n{KEYS}", "no number"),
    ],
)
def test_what_a_file_says_differently_is_told_with_its_line(home, text, words):
    home.config(text)
    sentences = [sentence for sentence in told(home) if words in sentence]
    assert sentences, told(home)
    assert all(sentence.startswith("~/.aws/config:") for sentence in sentences), sentences


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"AWS_PROFILE": ""}, "a profile without a name"),
        ({"AWS_CONFIG_FILE": ""}, "reads no config file"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": ""}, "set to nothing"),
        ({"AWS_DEFAULT_PROFILE": "default"}, "knows only AWS_PROFILE"),
        ({"AWS_DEFAULT_PROFILE": "default", "AWS_PROFILE": "other"}, "which AWS_PROFILE names"),
        ({**ENVIRONMENT, "AWS_PROFILE": "default"}, "JS takes the profile"),
        ({**ENVIRONMENT, "AWS_SECRET_ACCESS_KEY": ""}, "other SDKs ask the next source"),
        ({**ENVIRONMENT, "AWS_SECURITY_TOKEN": "t", "AWS_SESSION_TOKEN": "u"}, "AWS_SECURITY_TOKEN"),
        ({"AWS_PROFILE": "missing"}, "ask the next source"),
        ({"AWS_ROLE_ARN": "r", "AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN"}, "take the file's keys"),
    ],
)
def test_what_a_variable_says_differently_is_told(home, environ, words):
    home.credentials(f"[default]\n{KEYS}[other]\n{KEYS}")
    token = home.write("token", "anything")
    home.environ |= {name: value.replace("TOKEN", str(token)) for name, value in environ.items()}
    assert any(words in sentence for sentence in told(home)), told(home)


@pytest.mark.parametrize(
    "environ",
    [
        ENVIRONMENT,
        {"AWS_PROFILE": "other"},
        {"AWS_DEFAULT_PROFILE": "other", "AWS_PROFILE": "other"},
        {"AWS_ACCESS_KEY_ID": ""},
        {**ENVIRONMENT, "AWS_SECURITY_TOKEN": "t", "AWS_SESSION_TOKEN": "t"},
    ],
)
def test_what_all_read_alike_is_not(home, environ):
    home.credentials(f"[default]\n{KEYS}[other]\n{KEYS}")
    home.environ |= environ
    assert told(home) == []


def test_what_stands_in_a_profile_that_nobody_asks_for_is_not_told(home):
    home.config(f"[default]\n{KEYS}[profile other]\nrole_arn: x # y\n")
    assert told(home) == []


def test_what_is_set_to_nothing_is_unset_and_the_files_are_edited_only_where_they_differ(home):
    home.environ["AWS_PROFILE"] = ""
    home.credentials(f"[default]\n{KEYS}")
    commands = cause("sdks-disagree").prove(home.examine()).cure.commands
    assert commands["linux"] == ("unset AWS_PROFILE",)
    assert commands["cmd"] == ("set AWS_PROFILE=",)
    assert commands["powershell"] == ("Remove-Item Env:AWS_PROFILE",)
    home.credentials(f"[default]\n{KEYS}[default]\nregion = x\n")
    commands = cause("sdks-disagree").prove(home.examine()).cure.commands
    assert commands["linux"][0] == "unset AWS_PROFILE"
    assert "~/.aws/credentials" in commands["linux"][1]
