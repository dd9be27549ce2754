"""Every source against every kind of bad input: a sentence that helps, soon, without a traceback and without a secret.

The table below is held complete: each source has, for each fault, a test or the reason why it cannot have the fault.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import ContainerProvider
from botocore.utils import ContainerMetadataFetcher
from tests.sources._machines import (
    HUGE,
    NONSENSE,
    PAST,
    PATIENCE_SECONDS,
    PROGRAM_SECONDS,
    ROLE,
    SESSION,
    SHORT_SECONDS,
    SLOW_SECONDS,
    SSO,
    Door,
    Machine,
    assume_role,
    callback,
    container,
    container_with_a_token_file,
    environment,
    github,
    instance,
    login,
    printing,
    process,
    raising,
    roles_anywhere,
    session_token,
    slow_callback,
    sso,
    static_profile,
    web_identity,
)

from unexpired.engine.errors import InternalError, UnexpiredError
from unexpired.engine.refresher import Refresher
from unexpired.sandbox.local_endpoint import Reply, text_reply
from unexpired.sources import github_actions, source_for
from unexpired.sources.aws import program, provided
from unexpired.sources.aws.chain import kinds
from unexpired.sources.callback import Callback

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import awscrt
except ImportError:
    awscrt = None

needs_crt = pytest.mark.skipif(awscrt is None, reason="pip install botocore[crt]")

FAULTS = (
    "absent",
    "half-configured",
    "malformed settings",
    "unreadable",
    "a malformed answer",
    "an answer that lies about its end",
    "an end that is no time",
    "slow",
    "hanging",
    "a failure",
    "a huge answer",
    "plain http to another machine",
)
OVER_HTTP = {
    "assume_role": assume_role,
    "session_token": session_token,
    "web_identity": web_identity,
    "github_actions": github,
    "sso": sso,
    "container": container,
    "instance": instance,
}
PROGRAMS = {"process": process, "roles_anywhere": roles_anywhere}


def spoilt(make: Callable[[Machine], Any], spoil: Callable[[Door], object]) -> Callable[[Machine], Any]:
    def scene(at: Machine) -> Any:
        source = make(at)
        spoil(at.door)
        return source

    return scene


def saying(script: str) -> Callable[[Callable[..., Any]], Callable[[Machine], Any]]:
    return lambda make: lambda at: make(at, script)


def printed(**changes: Any) -> Callable[[Callable[..., Any]], Callable[[Machine], Any]]:
    return lambda make: lambda at: make(at, printing(at, **changes))


OF_HTTP: dict[str, Callable[[Door], object]] = {
    "a malformed answer": lambda door: door.say_instead(Reply(200, b"<html>log in</html>", "text/html")),
    "an answer that lies about its end": lambda door: setattr(door, "end", PAST),
    "an end that is no time": lambda door: setattr(door, "end", NONSENSE),
    "slow": lambda door: setattr(door, "slow", SLOW_SECONDS / 3),
    "hanging": lambda door: door.hang(),
    "a failure": lambda door: door.say_instead(Reply(500, b"no", "text/plain")),
    "a huge answer": lambda door: door.say_instead(text_reply(HUGE)),
}
OF_PROGRAMS = {
    "half-configured": printed(SecretAccessKey=None),
    "a malformed answer": saying("print('{')"),
    "an answer that lies about its end": printed(Expiration=PAST),
    "an end that is no time": printed(Expiration=NONSENSE),
    "hanging": saying("time.sleep(60)"),
    "a failure": saying("sys.exit('AccessDenied')"),
    "a huge answer": saying(f"print('x' * {len(HUGE)})"),
}

OWN = "it is asked nothing: what stands there is taken"
BY_SIGNATURE = "a request to it is signed; no SDK refuses that, and nothing secret is in it"
TOKEN_OVER_HTTP = "the SDKs send it to whatever endpoint_url says"
TABLE: dict[tuple[str, str], Callable[[Machine], Any] | str] = {
    **{(row, fault): spoilt(make, spoil) for row, make in OVER_HTTP.items() for fault, spoil in OF_HTTP.items()},
    **{(row, fault): wrap(make) for row, make in PROGRAMS.items() for fault, wrap in OF_PROGRAMS.items()},
    **{
        (row, "slow"): lambda at, make=make: make(at, f"time.sleep(0.2); {printing(at)}")
        for row, make in PROGRAMS.items()
    },
    **{(row, "plain http to another machine"): OWN for row in ("environment", "static_profile", "process", "callback")},
    **{
        (row, fault): OWN for row in ("environment", "static_profile") for fault in ("slow", "hanging", "a huge answer")
    },
    ("environment", "absent"): lambda at: at.files() and source_for(),
    ("environment", "half-configured"): lambda at: environment(at, AWS_SECRET_ACCESS_KEY=""),
    ("environment", "malformed settings"): lambda at: environment(at, AWS_PROFILE="no such"),
    ("environment", "unreadable"): "variables can be read",
    ("environment", "a malformed answer"): OWN,
    ("environment", "an answer that lies about its end"): lambda at: environment(at, AWS_CREDENTIAL_EXPIRATION=PAST),
    ("environment", "an end that is no time"): lambda at: environment(at, AWS_CREDENTIAL_EXPIRATION=NONSENSE),
    ("environment", "a failure"): OWN,
    ("static_profile", "absent"): lambda at: static_profile(at, "[q]\nKEYS\n"),
    ("static_profile", "half-configured"): lambda at: static_profile(at, "[p]\naws_access_key_id = AKIA\n"),
    ("static_profile", "malformed settings"): lambda at: static_profile(at, f"[p\nKEYS {at.canary}\n"),
    ("static_profile", "unreadable"): lambda at: (
        at.files(),
        at.set(AWS_SHARED_CREDENTIALS_FILE=str(at.directory("credentials.d"))),
        source_for(),
    )[-1],
    ("static_profile", "a malformed answer"): OWN,
    ("static_profile", "an answer that lies about its end"): "a file names no end",
    ("static_profile", "an end that is no time"): "a file names no end",
    ("static_profile", "a failure"): OWN,
    ("assume_role", "absent"): lambda at: at.profile(f"role_arn = {ROLE}", "source_profile = no-such"),
    ("assume_role", "half-configured"): lambda at: at.profile(f"role_arn = {ROLE}"),
    ("assume_role", "malformed settings"): lambda at: at.profile("role_arn = job", "source_profile = p", "KEYS"),
    ("assume_role", "unreadable"): lambda at: (
        at.set(AWS_CONFIG_FILE=str(at.directory("config.d"))),
        source_for(profile_name="p"),
    )[-1],
    ("assume_role", "plain http to another machine"): BY_SIGNATURE,
    ("session_token", "absent"): lambda at: (at.files(), source_for(serial_number="arn:aws:iam::1:mfa/a"))[-1],
    ("session_token", "half-configured"): lambda at: (
        at.files("", "[p]\naws_access_key_id = AKIA\n"),
        source_for(profile_name="p", serial_number="arn:aws:iam::1:mfa/a"),
    )[-1],
    ("session_token", "malformed settings"): lambda at: (
        at.files("", "[p]\nKEYS\nmfa_process = '\n"),
        source_for(profile_name="p", serial_number="arn:aws:iam::1:mfa/a"),
    )[-1],
    ("session_token", "unreadable"): lambda at: (
        at.files("", f"[p]\nKEYS\nmfa_process = {at.path}\n"),
        source_for(profile_name="p", serial_number="arn:aws:iam::1:mfa/a"),
    )[-1],
    ("session_token", "plain http to another machine"): BY_SIGNATURE,
    ("web_identity", "absent"): lambda at: (web_identity(at), (at.path / "token").unlink())[0],
    ("web_identity", "half-configured"): lambda at: at.profile("web_identity_token_file = /t"),
    ("web_identity", "malformed settings"): lambda at: (web_identity(at), (at.path / "token").write_bytes(b"\xff\x00"))[
        0
    ],
    ("web_identity", "unreadable"): lambda at: at.profile(
        f"role_arn = {ROLE}", f"web_identity_token_file = {at.directory('token.d')}"
    ),
    ("web_identity", "plain http to another machine"): TOKEN_OVER_HTTP,
    ("github_actions", "absent"): lambda at: (
        at.files(),
        at.set(AWS_ROLE_ARN=ROLE),
        source_for(),
    )[-1],
    ("github_actions", "half-configured"): lambda at: (
        at.files(),
        at.set(AWS_ROLE_ARN=ROLE, ACTIONS_ID_TOKEN_REQUEST_URL=at.door.url),
        source_for(),
    )[-1],
    ("github_actions", "malformed settings"): lambda at: (github(at), at.set(ACTIONS_ID_TOKEN_REQUEST_URL="https://["))[
        0
    ],
    ("github_actions", "unreadable"): "it has no file",
    ("github_actions", "plain http to another machine"): lambda at: (
        github(at),
        at.set(ACTIONS_ID_TOKEN_REQUEST_URL="http://192.0.2.1/github"),
    )[0],
    ("sso", "absent"): lambda at: at.profile(*SSO, SESSION),
    ("sso", "half-configured"): lambda at: at.profile("sso_account_id = 1", SESSION),
    ("sso", "malformed settings"): lambda at: (sso(at), spoil_sign_ins("{"))[0],
    ("sso", "unreadable"): lambda at: (sso(at), spoil_sign_ins(None))[0],
    ("sso", "plain http to another machine"): TOKEN_OVER_HTTP,
    ("process", "absent"): lambda at: at.profile(f"credential_process = {at.path / 'no-such'}"),
    ("process", "malformed settings"): lambda at: at.profile("credential_process = 'unfinished"),
    ("process", "unreadable"): lambda at: at.profile(f"credential_process = {at.directory('program.d')}"),
    ("roles_anywhere", "absent"): lambda at: (roles_anywhere(at), (at.path / "aws_signing_helper").unlink())[0],
    ("roles_anywhere", "malformed settings"): saying("sys.exit('unable to parse certificate')")(roles_anywhere),
    ("roles_anywhere", "unreadable"): lambda at: (roles_anywhere(at), (at.path / "aws_signing_helper").chmod(0o644))[0],
    ("roles_anywhere", "plain http to another machine"): "AWS's helper asks AWS",
    ("container", "absent"): lambda at: (
        container(at),
        at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:9/"),
    )[0],
    ("container", "half-configured"): lambda at: (
        container(at),
        at.set(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(at.path / "no-such")),
    )[0],
    ("container", "malformed settings"): lambda at: (
        container(at),
        at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://[/"),
    )[0],
    ("container", "unreadable"): lambda at: (
        container(at),
        at.set(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(at.directory("token.d"))),
    )[0],
    ("container", "plain http to another machine"): lambda at: (
        container(at),
        at.set(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/task", AWS_CONTAINER_AUTHORIZATION_TOKEN=at.canary),
    )[0],
    ("instance", "absent"): lambda at: (instance(at), at.set(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9"))[
        0
    ],
    ("instance", "half-configured"): spoilt(instance, lambda door: door.say_instead(Reply(404, b"", "text/plain"))),
    ("instance", "malformed settings"): lambda at: (instance(at), at.set(AWS_EC2_METADATA_SERVICE_ENDPOINT="nonsense"))[
        0
    ],
    ("instance", "unreadable"): "it has no file",
    (
        "instance",
        "plain http to another machine",
    ): "the service is at a link-local address, and in the clear, by design",
    ("callback", "absent"): lambda _: Callback(lambda: None),  # type: ignore[arg-type, return-value]
    ("callback", "half-configured"): lambda at: callback(at, SecretAccessKey=""),
    ("callback", "malformed settings"): lambda at: callback(at, AccessKeyId=""),
    ("callback", "unreadable"): "it has no file",
    ("callback", "a malformed answer"): lambda at: Callback(lambda: at.canary),  # type: ignore[arg-type, return-value]
    ("callback", "an answer that lies about its end"): lambda at: callback(at, Expiration=PAST),
    ("callback", "an end that is no time"): lambda at: callback(at, Expiration=NONSENSE),
    ("callback", "slow"): slow_callback,
    ("callback", "hanging"): "it runs in this process, which cannot stop it; callers wait two minutes",
    ("callback", "a failure"): lambda at: raising(RuntimeError(at.canary)),
    ("callback", "a huge answer"): lambda at: callback(at, AccessKeyId="A" * 100, Extra=HUGE),
    **{("login", fault): spoilt(login, spoil) for fault, spoil in OF_HTTP.items()},
    ("login", "slow"): "it is asked as the others are, and tests/sources/test_every_row.py has its good answer",
    ("login", "an end that is no time"): "it names seconds, which botocore adds to its own time",
    ("login", "an answer that lies about its end"): lambda at: login(at, session_seconds=-100),
    ("login", "absent"): lambda at: (login(at), spoil_sign_ins("", "login"))[0],
    ("login", "half-configured"): lambda at: (login(at), spoil_sign_ins('{"accessToken": {}}', "login"))[0],
    ("login", "malformed settings"): lambda at: (login(at), spoil_sign_ins("{", "login"))[0],
    ("login", "unreadable"): lambda at: (login(at), spoil_sign_ins(None, "login"))[0],
    ("login", "plain http to another machine"): TOKEN_OVER_HTTP,
}
# These answer all the same: late, or more than is looked at; and an instance's lapsed session is what AWS goes on
# serving in an outage ("static stability"), so it is marked as extended and the services decide.
STILL_GOOD = {(row, "slow") for row in kinds()} | {("callback", "a huge answer")}
STILL_GOOD |= {("instance", "an answer that lies about its end")}


def spoil_sign_ins(content: str | None, kind: str = "sso") -> None:
    for path in (Path(os.environ["HOME"]) / ".aws" / kind / "cache").iterdir():
        path.unlink()
        path.mkdir() if content is None else path.write_text(content)


def test_every_source_has_every_fault_or_a_reason():
    assert set(TABLE) == {(row, fault) for row in kinds() for fault in FAULTS}


@pytest.fixture
def machine(files, monkeypatch, tmp_path, canary):
    monkeypatch.setattr(provided, "READ_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(github_actions, "_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(ContainerMetadataFetcher, "TIMEOUT_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0.01)
    monkeypatch.setattr(program.run, "__kwdefaults__", {"seconds": PROGRAM_SECONDS})
    with ExitStack() as stack:
        door = stack.enter_context(Door(canary))
        at = Machine(files, monkeypatch, tmp_path, door, canary, stack)
        at.set(AWS_DEFAULT_REGION="us-east-1", AWS_MAX_ATTEMPTS="1")
        at.set(AWS_ENDPOINT_URL_STS=door.url, AWS_ENDPOINT_URL_SSO=door.url, AWS_ENDPOINT_URL_SSO_OIDC=door.url)
        yield at


CELLS = [
    pytest.param(*cell, id=": ".join(cell), marks=needs_crt if cell[0] == "login" else ())
    for cell, scene in TABLE.items()
    if not isinstance(scene, str)
]


@pytest.mark.parametrize(("row", "fault"), CELLS)
def test_it_is_said_soon_what_is_wrong_and_what_to_do(machine, caplog, row, fault):
    scene = TABLE[row, fault]
    assert callable(scene)
    began = time.monotonic()
    error = None
    try:
        Refresher(scene(machine)).credentials()
    except UnexpiredError as caught:
        error = caught
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert (error is None) == ((row, fault) in STILL_GOOD), error
    if error is not None:
        assert not isinstance(error, InternalError), error
        assert error.what
        assert error.why or error.next_steps
        assert machine.canary not in f"{error} {error!r} {caplog.text}"
        assert all(record.exc_info is None for record in caplog.records if record.name == "unexpired")
        assert len(str(error)) < 1500


VANISHING: dict[str, tuple[Callable[[Machine], Any], Callable[[Machine], object]]] = {
    "a token file": (web_identity, lambda at: (at.path / "token").unlink()),
    "a task's token file": (container_with_a_token_file, lambda at: (at.path / "token").unlink()),
    "a sign-in": (sso, lambda _: spoil_sign_ins("")),
    "a program": (process, lambda at: (at.path / "program").unlink()),
    "a helper": (roles_anywhere, lambda at: (at.path / "aws_signing_helper").unlink()),
    "a profile": (assume_role, lambda at: at.files("", "")),
}


@pytest.mark.parametrize("what", VANISHING)
def test_what_vanishes_between_renewals_leaves_the_session_in_force_and_is_said(machine, caplog, what):
    if "task" in what and not hasattr(ContainerProvider, "ENV_VAR_AUTH_TOKEN_FILE"):
        pytest.skip("botocore knows token files since 1.32")
    make, vanish = VANISHING[what]
    refresher = Refresher(make(machine))
    held = refresher.credentials()
    vanish(machine)
    with pytest.raises(UnexpiredError):
        refresher.renew()
    assert refresher.credentials() is held
    assert refresher.status().last_error is not None
    (said,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "to renew failed" in said.message
    assert machine.canary not in caplog.text
