"""Causes that show only by what they leave behind: a copy, a file of a moment ago, the words of a program."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unexpired.causes import cause
from unexpired.doctor.diagnosis import diagnose

ROLE = "arn:aws:iam::123456789012:role/Etl"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/Etl/me"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def keys(key) -> str:
    return f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"


def causes(shown) -> dict[str, tuple[str, str]]:
    return {finding["cause"]: (finding["severity"], finding["confidence"]) for finding in shown["findings"]}


class TestCopies:
    @pytest.fixture
    def start(self, home):
        """Start a process with those variables: its number."""
        started = []

        def start(**environ):
            process = subprocess.Popen(
                [sys.executable, "-c", "print(1, flush=True); import time; time.sleep(600)"],
                env=home.environ | environ,
                stdout=subprocess.PIPE,
            )
            process.stdout.readline()
            started.append(process)
            return process.pid

        yield start
        for process in started:
            process.send_signal(signal.SIGKILL)
            process.wait()

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes are looked into through /proc")
    def test_a_process_that_was_started_with_a_copy_of_a_cached_session_is_named(self, home, start):
        home.cached_role("d" * 40, "ASIAXXXXXXXXXXXX0002", ends="2020-01-01T00:00:00Z", role=ASSUMED)
        session = {"AWS_SECRET_ACCESS_KEY": "canary", "AWS_SESSION_TOKEN": "canary"}
        pid = start(AWS_ACCESS_KEY_ID="ASIAXXXXXXXXXXXX0002", **session)
        (finding,) = diagnose("frozen-credentials", pid=pid).findings
        assert (finding.severity, finding.confidence) == ("error", "proven")
        assert f"process {pid} " in finding.evidence[0]
        assert "~/.aws/cli/cache/" in finding.evidence[1]
        other = start(AWS_ACCESS_KEY_ID="ASIAXXXXXXXXXXXX0009", **session)
        assert diagnose("frozen-credentials", pid=other).findings == ()


class TestWhatWasRefused:
    def test_a_key_that_was_written_moments_ago_may_be_too_new(self, home, asking_doctor):
        path = home.credentials("[default]\naws_access_key_id = AKIAXXXXXXXXXXXX0009\naws_secret_access_key = x\n")
        _, shown = asking_doctor()
        assert causes(shown) == {"key-unknown": ("error", "proven"), "key-not-yet-active": ("warning", "possible")}
        import os

        os.utime(path, (1_600_000_000, 1_600_000_000))
        assert causes(asking_doctor()[1]) == {"key-unknown": ("error", "proven")}

    def test_a_role_that_was_given_before_and_is_refused_now_was_changed(self, home, sandbox, asking_doctor):
        role = sandbox.role("Etl", external_id="right")
        home.config(f"[profile etl]\nrole_arn = {role}\nsource_profile = base\nexternal_id = wrong\n")
        home.credentials(f"[base]\n{keys(sandbox.user('ann'))}")
        assert "session-revoked" not in causes(asking_doctor("--profile", "etl")[1])
        home.cached_role("d" * 40, "ASIAXXXXXXXXXXXX0002", ends="2099-01-01T00:00:00Z", role=ASSUMED)
        found = causes(asking_doctor("--profile", "etl")[1])
        assert found["session-revoked"] == ("warning", "likely")
        assert found["cannot-assume-role"] == ("error", "proven")

    def test_a_request_that_is_late_by_a_clock_that_is_right_was_held_up(self, home, sandbox, asking_doctor):
        home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
        late = (
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20261121T110000Z is "
            "now earlier than 20261121T113000Z (20261121T114500Z - 15 min.)</Message></Error></ErrorResponse>"
        )
        with sandbox.fail(403, "sts", body=late):
            found = causes(asking_doctor()[1])
        assert found == {"signed-too-early": ("error", "likely")}

    def test_a_region_whose_sts_is_switched_off_says_so(self, home, sandbox, asking_doctor):
        home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
        off = (
            "<ErrorResponse><Error><Code>RegionDisabledException</Code><Message>STS is not activated in this region "
            "for account 123456789012</Message></Error></ErrorResponse>"
        )
        with sandbox.fail(403, "sts", body=off):
            assert causes(asking_doctor()[1]) == {"region-not-enabled": ("error", "proven")}

    def test_a_program_that_says_that_its_assertion_came_too_late(self, home, asking_doctor):
        said = "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithSAML operation: Token must be "
        program = home.write("login.py", f"import sys; sys.exit({said + 'redeemed within 5 minutes of issuance'!r})")
        home.config(f"[default]\ncredential_process = {sys.executable} {program}\n")
        assert causes(asking_doctor()[1])["saml-assertion-expired"] == ("error", "proven")
        program.write_text("import sys; sys.exit('no such user')")
        assert "saml-assertion-expired" not in causes(asking_doctor()[1])


class TestRegistries:
    @pytest.fixture
    def found(self, home):
        def found():
            finding = cause("registry-not-logged-in").prove(home.examine(bearers=True))
            return finding and ((finding.severity, finding.confidence), " | ".join(finding.evidence))

        return found

    def test_without_a_login_and_without_a_helper_there_is_none(self, home, found):
        assert found()[0] == ("error", "proven")
        login = base64.b64encode(b"AWS:canary").decode()
        home.write(".docker/config.json", json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": login}}}))
        assert "no login for a registry of ECR" in found()[1]
        home.write(".docker/config.json", json.dumps({"auths": {f"https://{ECR}": {"auth": login}}}))
        assert found() is None

    def test_a_helper_that_is_not_installed_is_named_and_one_that_is_answers_for_all(self, home, found):
        home.write(".docker/config.json", json.dumps({"credHelpers": {ECR: "ecr-login"}}))
        home.environ["PATH"] = str(home.path / "bin")
        assert found() == (
            ("error", "proven"),
            "~/.docker/config.json names docker-credential-ecr-login, and no such program is on the path",
        )
        home.write("bin/docker-credential-ecr-login", "#!/bin/sh\n").chmod(0o755)
        assert found() is None

    def test_a_login_for_another_account_is_possible(self, home, sandbox, asking_doctor):
        home.credentials(f"[default]\n{keys(sandbox.user('ann'))}")
        home.write(".docker/config.json", json.dumps({"auths": {f"9{ECR[1:]}": {}}}))
        assert causes(asking_doctor("registry-not-logged-in")[1]) == {"registry-not-logged-in": ("warning", "possible")}
        home.write(".docker/config.json", json.dumps({"auths": {ECR: {}}}))
        assert causes(asking_doctor("registry-not-logged-in")[1]) == {}
