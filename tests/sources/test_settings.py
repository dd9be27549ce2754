"""AWS's own settings reach every call that makes a session: duration, endpoints, proxies, certificates, retries."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from unexpired.engine.errors import SourceUnavailable
from unexpired.sandbox.github import GithubOidc
from unexpired.sandbox.identity_center import IdentityCenter
from unexpired.sandbox.local_endpoint import Reply
from unexpired.sandbox.sign_in_service import LOGIN_SESSION, SignInService
from unexpired.sources import source_for

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import awscrt
except ImportError:
    awscrt = None

ROLE = "arn:aws:iam::123456789012:role/job"
# What botocore does where nobody says it; older ones ask the global endpoint.
LEGACY = botocore.session.Session().get_config_variable("sts_regional_endpoints") == "legacy"
needs_crt = pytest.mark.skipif(awscrt is None, reason="pip install botocore[crt]")


@dataclass
class Cloud:
    """AWS behind the proxy, and how each source is found with some settings of its profile."""

    aws: Any
    proxy: Any
    files: Callable[..., Any]
    path: Path
    patch: pytest.MonkeyPatch
    center: IdentityCenter
    signin: SignInService
    github: GithubOidc

    def source(self, kind: str, *lines: str, sections: str = "") -> Any:
        settings = "\n".join((*(() if any("region =" in line for line in lines) else ("region = us-east-1",)), *lines))
        key = self.aws.user("ann")
        keys = f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"

        def profile(*more: str, keys_of: str = "base", **options: Any) -> Any:
            self.files("\n".join(("[profile p]", settings, *more, sections)), f"[{keys_of}]\n{keys}")
            return source_for(**{"profile_name": "p", **options})

        if kind == "assume_role":
            return profile(f"role_arn = {ROLE}", "source_profile = base")
        if kind == "session_token":
            device = self.aws.mfa_device("ann")
            code = f"mfa_process = printf {self.aws.mfa_code(device)}"
            return profile(code, keys_of="p", serial_number=device.serial)
        if kind == "web_identity":
            self.aws.role("job", trusts=[self.aws.issuer])
            (self.path / "token").write_text(self.aws.web_identity_token())
            return profile(f"role_arn = {ROLE}", f"web_identity_token_file = {self.path / 'token'}")
        if kind == "github_actions":
            self.aws.role("job", trusts=[self.aws.issuer])
            for name, value in self.github.environment.items():
                self.patch.setenv(name, value)
            self.patch.setenv("AWS_PROFILE", "p")
            return profile(profile_name=None, role_arn=ROLE)
        if kind == "login":
            self.signin.sign_in(Path(os.environ["HOME"]), session_seconds=-5)
            return profile(f"login_session = {LOGIN_SESSION}")
        self.center.sign_in(Path(os.environ["HOME"]), sso_session="corp", access_token_seconds=60)
        found = self.center.profile("p", sso_session="corp").split("\n", 1)[1].replace("region = us-east-1\nsso", "sso")
        return profile(*(line for line in found.splitlines() if not line.startswith("region")))


@pytest.fixture
def cloud(sandbox, proxy, files, tmp_path, monkeypatch):
    port = int(sandbox.endpoint_url.rpartition(":")[2])
    sandbox.role("job")
    with IdentityCenter(sandbox) as center, SignInService(sandbox) as signin, GithubOidc(sandbox) as github:
        ports = {endpoint: int(endpoint.url.rpartition(":")[2]) for endpoint in (center, signin)}
        proxy.behind |= {
            "": port,
            "portal.sso.us-east-1.amazonaws.com": ports[center],
            "oidc.us-east-1.amazonaws.com": ports[center],
            "us-east-1.signin.aws.amazon.com": ports[signin],
        }
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield Cloud(sandbox, proxy, files, tmp_path, monkeypatch, center, signin, github)


STS = ("assume_role", "web_identity", "github_actions", "session_token")
ASKED = {
    **{kind: {"sts.amazonaws.com" if LEGACY else "sts.us-east-1.amazonaws.com"} for kind in STS},
    "sso": {"portal.sso.us-east-1.amazonaws.com", "oidc.us-east-1.amazonaws.com"},
    "login": {"us-east-1.signin.aws.amazon.com"},
}
EVERY = [pytest.param(kind, marks=needs_crt if kind == "login" else ()) for kind in ASKED]


@pytest.mark.parametrize("kind", EVERY)
def test_a_proxy_and_its_certificates_in_a_variable(cloud, kind):
    assert cloud.source(kind).fetch().access_key_id
    assert set(cloud.proxy.asked) == ASKED[kind]


@pytest.mark.parametrize("kind", EVERY)
def test_certificates_in_the_profile(cloud, monkeypatch, kind):
    bundle = os.environ["AWS_CA_BUNDLE"]
    monkeypatch.delenv("AWS_CA_BUNDLE")
    source = cloud.source(kind, f"ca_bundle = {bundle}")
    assert source.fetch().access_key_id


@pytest.mark.parametrize("kind", EVERY)
def test_certificates_that_nobody_names_are_refused(cloud, monkeypatch, kind):
    monkeypatch.delenv("AWS_CA_BUNDLE")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(SourceUnavailable, match="TLS"):
        cloud.source(kind).fetch()


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("attempts", [1, 3])
def test_as_many_attempts_as_the_profile_says(cloud, monkeypatch, kind, attempts):
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    source = cloud.source(kind, f"max_attempts = {attempts}", "retry_mode = standard")
    cloud.aws.fail(503, "sts", times=2)
    seen = []
    for endpoint in (cloud.center, cloud.signin):
        endpoint.say_instead(Reply(503, b"{}"))
        answer = endpoint._serve

        def serve(handler, visit, endpoint=endpoint, answer=answer):
            seen.append(visit)
            if len(seen) == 3:
                endpoint.behave()
            answer(handler, visit)

        monkeypatch.setattr(endpoint, "_serve", serve)
    if attempts == 3:
        assert source.fetch().access_key_id
    else:
        with pytest.raises(SourceUnavailable):
            source.fetch()


@pytest.mark.parametrize("kind", STS)
@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (("region = eu-west-1",), "sts.amazonaws.com" if LEGACY else "sts.eu-west-1.amazonaws.com"),
        (("region = us-east-1", "sts_regional_endpoints = legacy"), "sts.amazonaws.com"),
        (("region = us-east-1", "sts_regional_endpoints = regional"), "sts.us-east-1.amazonaws.com"),
    ],
    ids=["region", "legacy", "regional"],
)
def test_the_sts_that_the_profile_says(cloud, kind, lines, asked):
    cloud.source(kind, *lines).fetch()
    assert set(cloud.proxy.asked) == {asked}


@pytest.mark.parametrize("kind", STS)
@pytest.mark.parametrize("where", ["profile", "services", "variable"])
def test_the_endpoint_that_is_named(cloud, monkeypatch, kind, where):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = cloud.aws.endpoint_url
    if where == "variable":
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
    lines = {"profile": (f"endpoint_url = {url}",), "services": ("services = local",)}.get(where, ())
    sections = f"[services local]\nsts =\n  endpoint_url = {url}\n" if where == "services" else ""
    assert cloud.source(kind, *lines, sections=sections).fetch().access_key_id
    assert cloud.proxy.asked == []


@pytest.mark.parametrize("kind", ["assume_role", "web_identity"])
def test_the_duration_of_the_profile(cloud, kind):
    cloud.source(kind, "duration_seconds = 900").fetch()
    session = cloud.aws.sessions[-1]
    assert session.expires_at - session.issued_at == pytest.approx(900, abs=2)


def test_the_metadata_services_address_in_the_profile(files, monkeypatch):
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    files("[default]\nec2_metadata_service_endpoint = http://127.0.0.1:9\n")
    assert source_for().plan()[0].location == "http://127.0.0.1:9"
