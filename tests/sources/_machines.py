"""Machines whose sources are well, to be spoilt by ``test_bad_input``: one door stands for every service."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.sandbox.local_endpoint import LocalEndpoint, Reply, Visit, json_reply, text_reply
from unexpired.sandbox.sign_in_service import LOGIN_SESSION, SignInService
from unexpired.sources import source_for
from unexpired.sources.aws.sign_in_cache import sso_entry_path
from unexpired.sources.callback import Callback
from unexpired.sources.roles_anywhere import RolesAnywhere
from unexpired.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    import pytest

ROLE = "arn:aws:iam::123456789012:role/job"
SOON, PAST, NONSENSE = "2999-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "tomorrow"
# Answers are waited for so long here; a machine under load needs more than a moment for each step.
SHORT_SECONDS, PROGRAM_SECONDS, SLOW_SECONDS, PATIENCE_SECONDS = 2.0, 6.0, 0.3, 40.0
HUGE = "x" * 5_000_000


class Door(LocalEndpoint):
    """Stands for every service that is asked over HTTP: STS, the portal, a task's endpoint, an instance's, GitHub."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret, self.end, self.slow = secret, SOON, 0.0

    def answer(self, visit: Visit) -> Reply:
        time.sleep(self.slow)
        keys = {"AccessKeyId": "ASIATESTKEY000000001", "SecretAccessKey": self.secret}
        if visit.method == "PUT":
            return text_reply("imds-token")
        if visit.path.endswith("/security-credentials/"):
            return text_reply("role")
        if visit.path == "/federation/credentials":
            milliseconds = {SOON: 32472144000000, PAST: 1577836800000}.get(self.end, self.end)
            portal = {"accessKeyId": keys["AccessKeyId"], "secretAccessKey": self.secret, "sessionToken": "t"}
            return json_reply({"roleCredentials": {**portal, "expiration": milliseconds}})
        if visit.path == "/github":
            return json_reply({"value": "e30.e30.sig"})
        if visit.method == "GET":  # a task's, and an instance's
            return json_reply({"Code": "Success", **keys, "Token": "t", "Expiration": self.end})
        operation = dict(pair.split("=", 1) for pair in visit.body.decode().split("&"))["Action"]
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in keys.items())
        credentials = (
            f"<Credentials>{inner}<SessionToken>t</SessionToken><Expiration>{self.end}</Expiration></Credentials>"
        )
        namespace = "https://sts.amazonaws.com/doc/2011-06-15/"
        result = f"<{operation}Result>{credentials}</{operation}Result>"
        return Reply(
            200, f'<{operation}Response xmlns="{namespace}">{result}</{operation}Response>'.encode(), "text/xml"
        )


@dataclass
class Machine:
    """Where the source is looked for."""

    files: Callable[..., Any]
    patch: pytest.MonkeyPatch
    path: Path
    door: LocalEndpoint
    canary: str
    stack: ExitStack

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def profile(self, *lines: str, credentials: str = "") -> Any:
        self.files("\n".join(("[profile p]", "region = us-east-1", *lines, "")), credentials)
        return source_for(profile_name="p")

    def program(self, script: str, name: str = "program") -> Path:
        path = self.path / name
        path.write_text(f"#!{sys.executable}\nimport json, sys, time\n{script}\n")
        path.chmod(0o755)
        return path

    def directory(self, name: str) -> Path:
        """Something that cannot be read as a file; a mode would not keep root out."""
        path = self.path / name
        path.mkdir(parents=True)
        return path


# What each is when all is well; each is then spoilt.


def assume_role(at: Machine) -> Any:
    return at.profile(f"role_arn = {ROLE}", "source_profile = base", credentials="[base]\nKEYS\n")


def session_token(at: Machine) -> Any:
    at.files("", "[p]\nKEYS\nmfa_process = printf 123456\n")
    return source_for(profile_name="p", serial_number="arn:aws:iam::123456789012:mfa/ann")


def web_identity(at: Machine) -> Any:
    (at.path / "token").write_text("e30.e30.sig")
    return at.profile(f"role_arn = {ROLE}", f"web_identity_token_file = {at.path / 'token'}")


def github(at: Machine) -> Any:
    at.files()
    at.set(ACTIONS_ID_TOKEN_REQUEST_URL=f"{at.door.url}/github", ACTIONS_ID_TOKEN_REQUEST_TOKEN=at.canary)
    return source_for(role_arn=ROLE)


SSO = ("sso_account_id = 123456789012", "sso_role_name = Reader", "sso_session = corp")
SESSION = "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1"


def sign_in(name: str, content: Any) -> None:
    path = Path(os.environ["HOME"]) / ".aws" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def sso(at: Machine) -> Any:
    source = at.profile(*SSO, SESSION)
    entry = {"accessToken": at.canary, "expiresAt": SOON, "startUrl": "https://corp.example/start"}
    sign_in(str(sso_entry_path("corp").relative_to(Path(os.environ["HOME"]) / ".aws")), entry)
    return source


def container(at: Machine) -> Any:
    at.files()
    at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{at.door.url}/task")
    return source_for()


def container_with_a_token_file(at: Machine) -> Any:
    (at.path / "token").write_text("token")
    at.set(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(at.path / "token"))
    return container(at)


def login(at: Machine, **settings: Any) -> Any:
    aws = at.stack.enter_context(Sandbox())
    service = at.stack.enter_context(SignInService(aws, **settings))
    at.door = service
    at.set(AWS_ENDPOINT_URL_SIGNIN=service.url)
    source = at.profile(f"login_session = {LOGIN_SESSION}")
    service.sign_in(Path(os.environ["HOME"]), session_seconds=-5)
    return source


def instance(at: Machine) -> Any:
    at.files()
    at.patch.delenv("AWS_EC2_METADATA_DISABLED")
    at.set(AWS_EC2_METADATA_SERVICE_ENDPOINT=at.door.url, AWS_METADATA_SERVICE_TIMEOUT="1")
    return source_for()


def printing(at: Machine, **changes: Any) -> str:
    given = {"Version": 1, "AccessKeyId": "ASIATESTKEY000000001", "SecretAccessKey": at.canary, "SessionToken": "t"}
    content = {name: value for name, value in {**given, "Expiration": SOON, **changes}.items() if value is not None}
    return f"print({json.dumps(content)!r})"


def process(at: Machine, script: str | None = None) -> Any:
    return at.profile(f"credential_process = {at.program(printing(at) if script is None else script)}")


def roles_anywhere(at: Machine, script: str | None = None) -> Any:
    helper = at.program(printing(at) if script is None else script, "aws_signing_helper")
    arn = "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/0"
    return RolesAnywhere("cert.pem", "key.pem", arn, arn, ROLE, helper=str(helper))


def callback(at: Machine, **changes: Any) -> Any:
    given = {
        "AccessKeyId": "ASIATESTKEY000000001",
        "SecretAccessKey": at.canary,
        "SessionToken": "t",
        "Expiration": SOON,
    }
    return Callback(lambda: {**given, **changes})


def environment(at: Machine, **changes: str) -> Any:
    keys = {"AWS_ACCESS_KEY_ID": "ASIATESTKEY000000001", "AWS_SECRET_ACCESS_KEY": at.canary, "AWS_SESSION_TOKEN": "t"}
    at.files()
    at.set(**{**keys, **changes})
    return source_for()


def static_profile(at: Machine, credentials: str = "[p]\nKEYS\n") -> Any:
    at.files("", credentials)
    return source_for(profile_name="p")


def raising(error: Exception) -> Any:
    def broker() -> Any:
        raise error

    return Callback(broker)


def slow_callback(at: Machine) -> Any:
    good = callback(at).function
    return Callback(lambda: time.sleep(SLOW_SECONDS) or good())
