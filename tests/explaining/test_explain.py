"""``explain(...)`` as a Python user meets it: what it takes, and what it hands back."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from unexpired.explaining import explain

LAPSED = "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired."


def client_error(code: str, operation: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_a_text_its_bytes_and_a_stream_of_them_say_the_same():
    assert explain(LAPSED) == explain(LAPSED.encode()) == explain(io.BytesIO(LAPSED.encode()))


def test_an_exception_is_understood_by_its_code_and_operation():
    error = client_error("ExpiredToken", "AssumeRole", "The security token included in the request is expired")
    assert explain(error).cause == "source-credentials-expired"
    error = client_error("ExpiredToken", "PutObject", "The provided token has expired.")
    assert explain(error).family == "expired"
    assert explain(error).cause != "source-credentials-expired"


def test_an_exception_is_understood_by_what_caused_it():
    error = RuntimeError("the job failed")
    error.__cause__ = client_error("RequestTimeTooSkewed", "PutObject", "The difference is too large.")
    assert explain(error).cause == "clock-skew"


def test_nothing_recognised_is_false_and_has_no_cause():
    explanation = explain("all is well")
    assert not explanation
    assert explanation.cause is None
    assert explanation.to_dict() == {"version": 1, "family": "none", "causes": []}


def test_the_json_has_the_fields_of_the_contract():
    said = json.loads(explain("$ aws s3 ls --profile etl\n" + LAPSED).to_json())
    assert said["version"] == 1
    assert said["family"] == "expired"
    first = said["causes"][0]
    assert {"cause", "confidence", "why", "excerpt", "line", "cure", "confirm"} <= first.keys()
    assert first["confidence"] in ("proven", "likely", "possible")
    assert first["line"] == 2
    assert "ExpiredToken" in first["excerpt"]
    assert first["cure"].keys() == {"summary", "commands", "auto"}
    assert first["confirm"] == f"unexpired doctor {first['cause']} --profile etl"


def test_causes_come_likeliest_first():
    rank = ["proven", "likely", "possible"]
    order = [rank.index(one.confidence) for one in explain(LAPSED).causes]
    assert order == sorted(order)
    assert len(order) > 1


def test_a_bare_expired_token_is_possible_and_never_proven():
    assert {one.confidence for one in explain(LAPSED).causes} == {"possible"}


def test_names_that_stand_in_the_text_are_filled_into_the_cure():
    text = "The SSO session associated with this profile has expired\n$ aws s3 ls --profile nightly-etl"
    assert explain(text).causes[0].cure.commands[0] == "aws sso login --profile nightly-etl"


@pytest.mark.parametrize("name", ["$(reboot)", "a;b", "`id`", "'; rm -rf ~"])
def test_a_name_that_a_shell_would_run_is_not_filled_in(name: str):
    text = f"The SSO session associated with this profile has expired\n$ aws s3 ls --profile {name}"
    commands = " ".join(command for one in explain(text).causes for command in one.cure.commands)
    assert "PROFILE" in commands
    assert name not in commands


@pytest.mark.parametrize(
    ("platform", "command"),
    [("linux", "unset AWS_SESSION_TOKEN"), ("cmd", "set AWS_SESSION_TOKEN="), ("powershell", "Remove-Item Env:")],
)
def test_the_cure_is_made_out_for_the_platform(platform: str, command: str):
    text = "aws_access_key_id=AKIAIOSFODNN7EXAMPLE aws_session_token=IQo\nInvalidToken: The provided token is malformed"
    first = explain(text + " or otherwise invalid.", platform=platform).causes[0]
    assert first.cause == "token-left-over"
    assert first.cure.commands[0].startswith(command)


def test_the_hour_between_the_first_line_and_the_failure_speaks_for_a_ci_session():
    log = "2026-03-01 10:00:00 [Pipeline] stage Deploy\n{} ERROR " + LAPSED
    early, late = explain(log.format("2026-03-01 10:02:00")), explain(log.format("2026-03-01 11:01:00"))
    assert early.cause == late.cause == "ci-job-outlives-session"
    assert late.causes != early.causes or late.causes[0].confidence != "possible"


def test_aws_is_named_before_a_look_alike_in_the_same_log():
    log = "jwt.exceptions.ExpiredSignatureError: Signature has expired\n" + "INFO fine\n" * 200 + LAPSED
    causes = [one.cause for one in explain(log).causes]
    assert explain(log).family == "expired"
    assert causes[-1] == "not-aws"


@pytest.mark.parametrize("junk", [b"", b"\n", b"\x00" * 5000, bytes(range(256)) * 40, b"\xff\xfe", b"\x1f\x8b\x00"])
def test_what_is_no_text_is_explained_by_nothing(junk: bytes):
    assert not explain(junk)


def test_the_room_needs_no_sdk_and_no_terminal():
    script = (
        "import sys\nfrom unexpired.explaining import explain\n"
        f"assert explain({LAPSED!r})\n"
        "heavy = {'botocore', 'boto3', 'rich', 'click', 'asyncio'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
