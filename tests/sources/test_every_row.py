"""Each row of docs/sources.md, end to end: a job that uses what the source gives, over two ends of it at the least.

The sandbox plays AWS and is asked with every session: each is accepted while it is handed out, and refused as expired
afterwards. What nobody renews (exported variables, pasted sessions) goes on when somebody puts new ones in their place.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.credentials import ContainerProvider

from unexpired.engine.clock import SYSTEM_CLOCK, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sandbox.github import GithubOidc
from unexpired.sandbox.identity_center import IdentityCenter
from unexpired.sandbox.metadata import ContainerCredentials, InstanceMetadata
from unexpired.sandbox.sign_in_service import LOGIN_SESSION, SignInService
from unexpired.sources import _page, source_for
from unexpired.sources.callback import Callback
from unexpired.sources.container import Container
from unexpired.sources.instance import Instance
from unexpired.sources.roles_anywhere import RolesAnywhere
from unexpired.testing import FakeClock, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import awscrt
except ImportError:
    awscrt = None

ROLE = "arn:aws:iam::123456789012:role/job"
LIFETIME = 3600


@dataclass
class Machine:
    """Where the job runs, in front of AWS.

    Attributes:
        aws: the sandbox.
        clock: the job's; AWS's too.
        let_pass: lets the life of the session in use go by.
        between: what somebody does meanwhile.
        prompter: the person at the terminal.
    """

    aws: Sandbox
    clock: Any
    files: Callable[..., Any]
    patch: pytest.MonkeyPatch
    path: Path
    stack: contextlib.ExitStack
    let_pass: Callable[[Any], object] = lambda _: None
    between: Callable[[], None] = lambda: None
    prompter: Any = None
    asked: list[str] = field(default_factory=list)

    def user(self, name: str = "ann") -> str:
        key = self.aws.user(name)
        return f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def serve(self, endpoint: Any) -> Any:
        return self.stack.enter_context(endpoint)

    def given(self) -> dict[str, Any]:
        """A session that somebody else made, as STS and ``credential_process`` write it."""
        session = self.aws.vend("job", "n", lifetime=LIFETIME)
        return {
            "Version": 1,
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "Expiration": timestamp(moment(session.expires_at)),
        }

    def program(self, name: str) -> str:
        """One that prints whatever session is put beside it, a new one before each run."""
        printed, program = self.path / "printed.json", self.path / name
        program.write_text(f"#!{sys.executable}\nprint(open({str(printed)!r}).read())\n")
        program.chmod(0o755)
        self.between = lambda: printed.write_text(json.dumps(self.given())) and None
        self.between()
        return str(program)


def environment(at: Machine):
    def export() -> None:
        session = at.given()
        at.set(AWS_ACCESS_KEY_ID=session["AccessKeyId"], AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"])
        at.set(AWS_SESSION_TOKEN=session["SessionToken"], AWS_CREDENTIAL_EXPIRATION=session["Expiration"])

    export()
    at.between = export
    return source_for()


def static_profile(at: Machine):
    def paste() -> None:
        session = at.given()
        keys = f"aws_access_key_id = {session['AccessKeyId']}\naws_secret_access_key = {session['SecretAccessKey']}\n"
        at.files("", f"[p]\n{keys}aws_session_token = {session['SessionToken']}\n")

    paste()
    at.between = paste
    return source_for(profile_name="p")


def assume_role_with_a_source_profile(at: Machine):
    at.files(f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\n", f"[base]\n{at.user()}")
    return source_for(profile_name="p")


def assume_role_of_a_role(at: Machine):
    at.aws.role("first")
    first = f"[profile first]\nrole_arn = {ROLE.replace('job', 'first')}\nsource_profile = base\n"
    at.files(f"{first}[profile p]\nrole_arn = {ROLE}\nsource_profile = first\n", f"[base]\n{at.user()}")
    return source_for(profile_name="p")


def assume_role_with_mfa(at: Machine):
    keys = at.user()
    device = at.aws.mfa_device("ann")
    at.prompter = at

    def ask(question: str, *, secret: bool = False) -> str:
        at.asked.append(question)
        return at.aws.mfa_code(device)

    at.ask = ask
    lines = f"role_arn = {ROLE}\nsource_profile = base\nmfa_serial = {device.serial}\n"
    at.files(f"[profile p]\n{lines}", f"[base]\n{keys}")
    return source_for(profile_name="p")


def assume_role_with_the_environments_keys(at: Machine):
    key = at.aws.user("ann")
    at.set(AWS_ACCESS_KEY_ID=key.access_key_id, AWS_SECRET_ACCESS_KEY=key.secret_access_key)
    at.files(f"[profile p]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    return source_for(profile_name="p")


def assume_role_with_a_tasks(at: Machine):
    at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI=at.serve(ContainerCredentials(at.aws)).full_url)
    at.files(f"[profile p]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n")
    return source_for(profile_name="p")


def assume_role_with_an_instances(at: Machine):
    at.set(
        AWS_EC2_METADATA_SERVICE_ENDPOINT=at.serve(InstanceMetadata(at.aws, lifetime=LIFETIME)).url,
        AWS_EC2_METADATA_DISABLED="false",
    )
    at.files(f"[profile p]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    return source_for(profile_name="p")


def web_identity_in_a_pod(at: Machine):
    at.aws.role("job", trusts=[at.aws.issuer])
    token = at.path / "token"
    at.between = lambda: token.write_text(at.aws.web_identity_token()) and None
    at.between()
    at.files()
    at.set(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN=ROLE)
    return source_for()


def web_identity_in_a_profile(at: Machine):
    at.aws.role("job", trusts=[at.aws.issuer])
    token = at.path / "token"
    at.between = lambda: token.write_text(at.aws.web_identity_token()) and None
    at.between()
    at.files(f"[profile p]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n")
    return source_for(profile_name="p")


def github_actions(at: Machine):
    at.aws.role("job", trusts=[at.aws.issuer])
    at.files()
    at.set(**at.serve(GithubOidc(at.aws)).environment)
    return source_for(role_arn=ROLE)


def sso_session(at: Machine, form: str | None = "corp"):
    seconds = {"access_token_seconds": 60} if form else {}
    center = at.serve(IdentityCenter(at.aws, session_seconds=60, **seconds))
    at.set(AWS_ENDPOINT_URL_SSO=center.url, AWS_ENDPOINT_URL_SSO_OIDC=center.url)
    at.files(center.profile("p", sso_session=form))
    center.sign_in(Path(os.environ["HOME"]), sso_session=form)
    return source_for(profile_name="p")


def sso_legacy(at: Machine):
    return sso_session(at, None)


def login(at: Machine):
    service = at.serve(SignInService(at.aws, session_seconds=60))
    at.set(AWS_ENDPOINT_URL_SIGNIN=service.url)
    at.files(f"[profile p]\nlogin_session = {LOGIN_SESSION}\n")
    service.sign_in(Path(os.environ["HOME"]))
    return source_for(profile_name="p")


def process(at: Machine):
    at.files(f"[profile p]\ncredential_process = {sys.executable} {at.program('vend')}\n")
    return source_for(profile_name="p")


def container(at: Machine):
    at.files()
    at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI=at.serve(ContainerCredentials(at.aws)).full_url)
    return Container(source_for().lookup, at.clock)


def container_of_a_pod(at: Machine):
    token = at.path / "token"
    token.write_text("token")
    at.files()
    endpoint = at.serve(ContainerCredentials(at.aws, token=token))
    at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI=endpoint.full_url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))
    at.between = lambda: token.write_text(f"token {at.clock.wall()}") and None
    return Container(source_for().lookup, at.clock)


def instance(at: Machine):
    at.files()
    at.set(
        AWS_EC2_METADATA_SERVICE_ENDPOINT=at.serve(InstanceMetadata(at.aws, lifetime=LIFETIME)).url,
        AWS_EC2_METADATA_DISABLED="false",
    )
    return Instance(source_for().lookup, at.clock)


def callback(at: Machine):
    return Callback(at.given)


def roles_anywhere(at: Machine):
    arn = "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/0"
    return RolesAnywhere("cert.pem", "key.pem", arn, arn, ROLE, helper=at.program("aws_signing_helper"))


def session_token(at: Machine):
    keys, device = at.user(), at.aws.mfa_device("ann")
    program = at.path / "code.py"
    at.files("", f"[p]\n{keys}mfa_process = {sys.executable} {program}\n")
    at.between = lambda: program.write_text(f"print({at.aws.mfa_code(device)!r})\n") and None
    at.between()
    return source_for(profile_name="p", serial_number=device.serial, duration_seconds=LIFETIME)


ROWS: dict[str, list[Callable[[Machine], Any]]] = {
    "environment": [environment],
    "assume_role": [
        assume_role_with_a_source_profile,
        assume_role_of_a_role,
        assume_role_with_mfa,
        assume_role_with_the_environments_keys,
        assume_role_with_a_tasks,
        assume_role_with_an_instances,
    ],
    "web_identity": [web_identity_in_a_pod, web_identity_in_a_profile],
    "github_actions": [github_actions],
    "sso": [sso_session, sso_legacy],
    "static_profile": [static_profile],
    "login": [login],
    "process": [process],
    "container": [container, container_of_a_pod],
    "instance": [instance],
    "callback": [callback],
    "roles_anywhere": [roles_anywhere],
    "session_token": [session_token],
}
# The sign-ins' files are the AWS CLI's, and go by the machine's time: there AWS ends sessions of a minute when told to.
IN_REAL_TIME = ("sso", "login")


def test_every_row_of_the_documentation_has_its_tests():
    rows = [line.split("`")[1] for line in _page.table().splitlines()[2:]]
    assert sorted(rows) == sorted(ROWS)


def scenes():
    for row, forms in ROWS.items():
        needs_crt = pytest.mark.skipif(row == "login" and awscrt is None, reason="pip install botocore[crt]")
        on_posix = pytest.mark.skipif(row == "roles_anywhere" and os.name != "posix", reason="the stand-in is a script")
        for form in forms:
            by_file = pytest.mark.skipif(
                form is container_of_a_pod and not hasattr(ContainerProvider, "ENV_VAR_AUTH_TOKEN_FILE"),
                reason="botocore knows token files since 1.32",
            )
            name = form.__name__.replace("_", " ")
            yield pytest.param(row, form, id=name, marks=[needs_crt, on_posix, by_file])


@pytest.fixture
def machine(request, files, monkeypatch, tmp_path):
    in_real_time = request.node.callspec.params["row"] in IN_REAL_TIME
    clock = SYSTEM_CLOCK if in_real_time else FakeClock()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with contextlib.ExitStack() as stack:
        aws = stack.enter_context(Sandbox() if in_real_time else Sandbox(clock=clock))
        aws.role("job")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.endpoint_url)
        at = Machine(aws, clock, files, monkeypatch, tmp_path, stack)
        at.let_pass = lambda used: aws.expire(used.access_key_id) if in_real_time else clock.advance(LIFETIME + 1)
        yield at


def accepted(credentials, aws: Sandbox) -> bool:
    """Whether AWS takes a call that is signed with this session; refused means *expired*, and nothing else."""
    keys = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    session = botocore.session.Session()
    client = session.create_client(
        "sts", region_name="us-east-1", endpoint_url=aws.endpoint_url, **dict(zip(names, keys, strict=True))
    )
    try:
        client.get_caller_identity()
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ExpiredToken":
            raise
        return False
    return True


@pytest.mark.parametrize(("row", "form"), list(scenes()))
def test_a_job_outlives_two_sessions(machine, row, form):
    source = form(machine)
    assert source.name == row
    clock = machine.clock
    refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock), prompter=machine.prompter)
    used = []
    for left in (2, 1, 0):
        credentials = refresher.credentials()
        assert accepted(credentials, machine.aws)
        used.append(credentials.access_key_id)
        machine.let_pass(credentials)
        assert not accepted(credentials, machine.aws)
        if left:
            machine.between()
        refresher.invalidate(credentials)  # as a client does that was refused
    refresher.close()
    assert len(set(used)) == 3
