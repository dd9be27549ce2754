"""A user's own session, with a code for each, over several ends."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from unexpired.sources import source_for
from unexpired.testing import FakeClock, Sandbox


class Person:
    def __init__(self, sandbox: Sandbox, serial: str) -> None:
        self.sandbox, self.serial = sandbox, serial

    def ask(self, question: str, *, secret: bool = False) -> str:
        return self.sandbox.mfa_code(self.serial)

    def tell(self, message: str) -> None:
        raise AssertionError(message)


def test_a_persons_session_is_made_anew_when_sts_takes_the_last_one_no_more(files, monkeypatch):
    clock = FakeClock()
    with Sandbox(clock=clock) as sandbox:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.endpoint_url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        key, serial = sandbox.user("ann"), sandbox.mfa_device("ann").serial
        files(
            f"[profile base]\naws_access_key_id = {key.access_key_id}\n"
            f"aws_secret_access_key = {key.secret_access_key}\n"
        )
        source = source_for(profile_name="base", serial_number=serial, duration_seconds=900)

        def use(credentials) -> str:
            sts = boto3.client(
                "sts",
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
            )
            return sts.get_caller_identity()["Arn"]

        for _ in range(3):
            credentials = source.fetch(Person(sandbox, serial))
            assert use(credentials).endswith(":user/ann")
            clock.advance(901)
            with pytest.raises(ClientError, match="ExpiredToken"):
                use(credentials)
        assert len(sandbox.sessions) == 3
