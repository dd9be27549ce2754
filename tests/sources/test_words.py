"""Other people's words are shown without what must stay secret; our own modules load nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import unexpired
from unexpired.sources.aws.redaction import shown

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEIv//////////wEaCXVzLWVhc3QtMSJHMEUCIQD1" * 3
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"SecretAccessKey: {SECRET}",
        f'{{"SecretAccessKey": "{SECRET}", "SessionToken": "{TOKEN}"}}',
        f"export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"the secret is {SECRET}, sorry",
        f"<SessionToken>{TOKEN}</SessionToken>",
        f"Authorization: Bearer {JWT}",
        f"token {JWT}",
        f"x-amz-security-token:{TOKEN}",
        f"GET /?X-Amz-Security-Token={TOKEN}&x=1",
    ],
)
def test_secrets_are_blanked(text):
    said = shown(text)
    assert SECRET not in said
    assert TOKEN[:40] not in said
    assert JWT not in said
    assert "***" in said


@pytest.mark.parametrize("text", ["password=hunter2", "pwd: hunter2x", "AWS_SECRET_ACCESS_KEY=short1"])
def test_short_secrets_with_a_name_are_blanked(text):
    assert "hunter2" not in shown(text)
    assert "short1" not in shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "ExpiredToken: The security token included in the request is expired",
        "ExpiredTokenException: Token expired: current date/time 1 must be before 2",
        "User: arn:aws:sts::123456789012:assumed-role/My-Role_With9/a-session-name-01234567890 is not authorized",
        "/home/ann/.aws/sso/cache/0123456789abcdef0123456789abcdef01234567.json",
        "Could not connect to the endpoint URL: https://sts.us-east-1.amazonaws.com/",
    ],
)
def test_what_helps_is_left(text):
    assert shown(text) == text


def test_key_ids_are_shortened_and_long_words_cut():
    assert shown("AKIAIOSFODNN7EXAMPLE") == "AKIA…MPLE"
    assert len(shown("word " * 500)) < 410


def test_lines_and_control_characters_become_one_line():
    assert shown("a\n\x1b[31mb\x00\tc") == "a [31mb c"


def run(program: str) -> str:
    environment = {"PYTHONPATH": str(Path(unexpired.__file__).parents[1]), "PATH": "", "HOME": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_importing_the_sources_and_the_stores_imports_no_sdk():
    program = (
        "import sys, unexpired.sources, unexpired.stores.file; "
        "print('botocore' in sys.modules, 'filelock' in sys.modules)"
    )
    assert run(program) == "False False"


def test_finding_a_source_and_its_key_makes_no_botocore_session():
    program = (
        "import sys; from unexpired.sources import source_for; "
        "source_for(role_arn='arn:aws:iam::123456789012:role/job').key; print('botocore.session' in sys.modules)"
    )
    assert run(program) == "False"


def test_a_token_is_known_by_its_first_letters_whatever_follows():
    assert shown("login required: FwoGZXIvYXdzEJrCANARY__canary==, sorry") == "login required: ***, sorry"
    assert "canary" not in shown("use IQoJb3JpZ2luX2VjEcanary/canary")
