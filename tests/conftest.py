"""What holds for every test: a machine without AWS, so that nobody's own session is ever read, renewed or used."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

from unexpired.testing import plugin

# How long an example takes says something about the machine's other work, not about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_LONG_FOLDER = 20


def pytest_configure(config: pytest.Config) -> None:
    """The project's own pytest plugin, also where the package is on the path but not installed."""
    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, "unexpired")
    _hear_signals()
    _keep_paths_short()


def _keep_paths_short() -> None:
    """A unix socket's path has 103 bytes at the most; on macOS and on build farms a temporary folder's has half."""
    usual = Path("/tmp")
    if os.name == "posix" and len(tempfile.gettempdir()) > _LONG_FOLDER and os.access(usual, os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = tempfile.tempdir = str(usual)


def _hear_signals() -> None:
    """Whoever starts the tests behind ``&`` or ``nohup`` ignores signals for all that they start; tests send some."""
    usual = {"SIGINT": signal.default_int_handler, "SIGQUIT": signal.SIG_DFL, "SIGHUP": signal.SIG_DFL}
    for name, handler in usual.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def _a_machine_without_aws(tmp_path_factory):
    """No `AWS_*` variables, an empty home (so no ~/.aws and no caches), no metadata service, no agent, no CI job."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "CODEBUILD_BUILD_ID", "JENKINS_URL", "BUILDKITE", "TF_BUILD"):
            patch.delenv(name, raising=False)
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, home)
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            patch.delenv(name, raising=False)
        for name in ("UNEXPIRED_AGENT_SOCKET", "UNEXPIRED_CONFIG"):  # somebody's own agent answers no test
            patch.delenv(name, raising=False)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path_factory, monkeypatch):
    """No test finds what another left in the caches below ~/.aws, which are keyed by role and not by sandbox."""
    home = str(tmp_path_factory.mktemp("home"))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, home)


@pytest.fixture(autouse=True)
def _a_log_of_its_own(monkeypatch):
    """What a command or an agent of this process makes of the log ends with the test (pytest before 9 needs it)."""
    logger = logging.getLogger("unexpired")
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr(logger, "handlers", [])
    yield
    logger.setLevel(logging.NOTSET)


class Portal(ThreadingHTTPServer):
    """IAM Identity Center's portal, as far as GetRoleCredentials goes: a session for every token that it accepts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PortalAnswer)
        self.accepted: set[str] = set()
        self.session_seconds = 3600.0
        self.clock = time.time
        self.issued = 0


class _PortalAnswer(BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self) -> None:
        portal = self.server
        if self.headers["x-amz-sso_bearer_token"] not in portal.accepted:
            self._send(401, {"message": "Session token not found or invalid"}, error="UnauthorizedException")
            return
        portal.issued += 1
        credentials = {
            "accessKeyId": f"ASIASSOEXAMPLE{portal.issued:06d}",
            "secretAccessKey": "canary-secret",
            "sessionToken": "canary-token",
            "expiration": round((portal.clock() + portal.session_seconds) * 1000),
        }
        self._send(200, {"roleCredentials": credentials})

    def _send(self, status: int, content: dict, error: str = "") -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@dataclass
class SignIns:
    """A home with the SSO profile `etl`, the portal that it asks, and an `aws` that signs in there.

    Attributes:
        home: what HOME is.
        portal: accepts what `aws sso login` (or `made`) has put into the cache, until told otherwise.
        environment: for processes of their own; set in this one as well.
    """

    home: Path
    portal: Portal
    environment: dict[str, str]

    @property
    def commands(self) -> list[str]:
        """The lines with which `aws` was called."""
        log = self.home / "commands"
        return log.read_text().splitlines() if log.exists() else []

    def made(self, token: str, hours: float, since: float | None = None) -> None:
        """What `aws sso login` leaves behind."""
        ends = datetime.fromtimestamp((time.time() if since is None else since) + hours * 3600, timezone.utc)
        entry = {"accessToken": token, "expiresAt": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.cache_file.write_text(json.dumps(entry))
        self.portal.accepted.add(token)

    @property
    def cache_file(self) -> Path:
        """Where the sign-in is kept."""
        name = hashlib.sha1(b"https://corp.awsapps.invalid/start", usedforsecurity=False).hexdigest()
        return self.home / ".aws" / "sso" / "cache" / f"{name}.json"

    def install_aws(self, *, status: int = 0, version: str = "2.40.0", directory: str = "bin") -> Path:
        """Put an `aws` of some version below the home that signs in for eight hours, or ends with a status."""
        self.portal.accepted.add("of-aws-sso-login")
        program = f"""#!{sys.executable}
import json, pathlib, sys, time
if sys.argv[1:] == ["--version"]:
    sys.exit(print("aws-cli/{version} Python/3.13.4 Linux/6.1.0 exe/x86_64.ubuntu.24"))
with pathlib.Path({str(self.home / "commands")!r}).open("a") as log:
    log.write(" ".join(["aws", *sys.argv[1:]]) + "\\n")
print("Opening the sign-in page")
if {status} == 0:
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 8 * 3600))
    entry = {{"accessToken": "of-aws-sso-login", "expiresAt": ends}}
    pathlib.Path({str(self.cache_file)!r}).write_text(json.dumps(entry))
sys.exit({status})
"""
        path = self.home / directory / "aws"
        path.parent.mkdir(exist_ok=True)
        path.write_text(program)
        path.chmod(0o755)
        return path


@pytest.fixture
def sign_ins(tmp_path, monkeypatch):
    """Identity Center, with nobody signed in and no AWS CLI installed."""
    home = tmp_path / "signed-in-home"
    (home / ".aws" / "sso" / "cache").mkdir(parents=True)
    (home / "bin").mkdir()
    (home / ".aws" / "config").write_text(
        "[profile etl]\nsso_start_url = https://corp.awsapps.invalid/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = Etl\nregion = us-east-1\n"
    )
    portal = Portal()
    serving = threading.Thread(target=portal.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    environment = {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PATH": os.pathsep.join((str(home / "bin"), "/usr/bin", "/bin")),
        "AWS_ENDPOINT_URL_SSO": f"http://127.0.0.1:{portal.server_address[1]}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "UNEXPIRED_STORE_DIR": str(home / "store"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # botocore looks for the home once, when it is imported.
    cache = str(home / ".aws" / "sso" / "cache")
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", cache)
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", cache)
    for name in ("SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    yield SignIns(home, portal, environment)
    portal.shutdown()
    portal.server_close()
    serving.join(10)
