"""botocore is the judge of what botocore does: the chain is held against the real one on generated machines."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING
from unittest import mock

import botocore.configloader
import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.tokens
import botocore.utils
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from unexpired.doctor.examine import examine
from unexpired.engine.credentials import masked

if TYPE_CHECKING:
    from pathlib import Path

if not hasattr(botocore.credentials, "LoginProvider"):
    pytest.skip("doctor knows the chain of a botocore that has `aws login` (1.41)", allow_module_level=True)

PROFILES = ("default", "a", "b", "c d")
START_URL = "https://corp.awsapps.com/start"
PROCESS_KEY = "ASIAPROCESSPROCESS01"
PROCESS = "echo '" + json.dumps({"Version": 1, "AccessKeyId": PROCESS_KEY, "SecretAccessKey": "x"}) + "'"

# What is generated.

_static = st.sampled_from(
    [
        {},
        {},
        {"aws_access_key_id": "KEY", "aws_secret_access_key": "s"},
        {"aws_access_key_id": "KEY", "aws_secret_access_key": "s", "aws_session_token": "t"},
        {"AWS_Access_Key_Id": "KEY", "aws_secret_access_key": "s"},
        {"aws_access_key_id": "KEY"},
        {"aws_secret_access_key": "s"},
        {"aws_access_key_id": "", "aws_secret_access_key": ""},
    ]
)
_role = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"role_arn": st.sampled_from(["arn:aws:iam::123456789012:role/R1", "arn:aws:iam::123456789012:role/R2", ""])},
        optional={
            "source_profile": st.sampled_from([*PROFILES, *PROFILES, "missing", ""]),
            "credential_source": st.sampled_from(
                ["Environment", "EcsContainer", "Ec2InstanceMetadata", "environment", "Nonsense", ""]
            ),
            "mfa_serial": st.just("arn:aws:iam::123456789012:mfa/me"),
            "duration_seconds": st.sampled_from(["900", "43200", "soon", ""]),
        },
    ),
    st.fixed_dictionaries(
        {"role_arn": st.just("arn:aws:iam::123456789012:role/R3"), "source_profile": st.sampled_from(PROFILES)}
    ),
)
_other = st.sampled_from(
    [
        {},
        {},
        {},
        {"credential_process": PROCESS},
        {"credential_process": ""},
        {"credential_process": "echo 'unbalanced"},
        {"web_identity_token_file": "TOKEN"},
        {"web_identity_token_file": ""},
        {"sso_session": "corp", "sso_account_id": "123456789012", "sso_role_name": "Dev"},
        {"sso_session": "missing", "sso_account_id": "123456789012", "sso_role_name": "Dev"},
        {"sso_session": "", "sso_account_id": "123456789012", "sso_role_name": "Dev"},
        {"sso_session": "corp", "sso_account_id": "123456789012"},
        {"sso_session": "corp", "sso_region": "other", "sso_account_id": "123456789012", "sso_role_name": "Dev"},
        {"sso_start_url": START_URL, "sso_region": "x", "sso_account_id": "123456789012", "sso_role_name": "Dev"},
        {"sso_start_url": START_URL, "sso_role_name": "Dev"},
        {"login_session": "arn:aws:sts::123456789012:assumed-role/Admin/me"},
        {"login_session": "somebody else"},
    ]
)
_settings = st.builds(lambda *parts: {k: v for part in parts for k, v in part.items()}, _static, _role, _other)
_styles = st.sampled_from(
    ["{} = {}", "{}={}", "{}: {}", "  {} = {}", "{}\t=\t{}", "{} = {}\n\n", "# note\n{} = {}\n ; note"]
)
_CONFIG_HEADERS = (
    "[default]",
    "[profile default]",
    "[profile a]",
    "[profile b]",
    '[profile "c d"]',
    "[a]",
    "[DEFAULT]",
)
_CREDENTIALS_HEADERS = ("[default]", "[a]", "[b]", "[c d]", "[profile a]", "[DEFAULT]")
SSO_SESSION = f"[sso-session corp]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"


@st.composite
def _file(draw, headers, letter):
    """A file that can be read, with two to four of these sections, in any order."""
    lines = [SSO_SESSION] if letter == "C" and draw(st.integers(0, 9)) else []
    chosen = draw(st.lists(st.sampled_from(headers), min_size=2, max_size=5, unique=True))
    for number, header in enumerate(chosen):
        lines.append(header)
        style = draw(_styles)
        for key, value in draw(_settings).items():
            text = f"AKIA{letter}{'X' * 11}{number:04d}" if value == "KEY" else value
            lines.append(style.format(key, text))
    lines.append(draw(st.sampled_from([""] * 20 + ["broken line", "s3 =\n  a", "[default]\n[default]"])))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


_environment = st.fixed_dictionaries(
    {},
    optional={
        "AWS_ACCESS_KEY_ID": st.sampled_from(["AKIAENVENVENVENVENV1", "ASIAENVENVENVENVENV1", ""]),
        "AWS_SECRET_ACCESS_KEY": st.sampled_from(["s", "s", ""]),
        "AWS_SESSION_TOKEN": st.sampled_from(["t", ""]),
        "AWS_PROFILE": st.sampled_from([*PROFILES, *PROFILES, "missing", ""]),
        "AWS_DEFAULT_PROFILE": st.sampled_from(["a", "a", "b", ""]),
        "AWS_ROLE_ARN": st.sampled_from(["arn:aws:iam::123456789012:role/Env", ""]),
        "AWS_WEB_IDENTITY_TOKEN_FILE": st.sampled_from(["TOKEN", ""]),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": st.sampled_from(
            ["http://127.0.0.1:1/creds", "https://example.com/x", "http://example.com/x", "http://localhost/x", "", "?"]
        ),
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": st.just("/v2/credentials"),
    },
)

# What botocore answers.

CONTAINER = {
    "AccessKeyId": "ASIACONTAINERCONTAIN",
    "SecretAccessKey": "x",
    "Token": "t",
    "Expiration": "2099-01-01T00:00:00Z",
}
INSTANCE = {
    "role_name": "r",
    "access_key": "ASIAINSTANCEINSTANCE",
    "secret_key": "x",
    "token": "t",
    "expiry_time": "2099-01-01T00:00:00Z",
}


@contextlib.contextmanager
def machine(home: Path, environ: dict[str, str]):
    """This process with that environment; the two things that need a network or an extra are answered at once."""
    sso = str(home / ".aws/sso/cache")
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch.object(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", sso),
        mock.patch.object(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", sso),
        mock.patch.object(botocore.credentials, "EC", object()),
        mock.patch.object(botocore.utils.ContainerMetadataFetcher, "_retrieve_credentials", return_value=CONTAINER),
        mock.patch.object(
            botocore.utils.InstanceMetadataFetcher, "retrieve_iam_role_credentials", return_value=INSTANCE
        ),
    ):
        yield


def botocore_says(explicit: str | None):
    """(winner, plan, None), (None, (), exception), or (None, (), None) for an empty chain."""
    session = botocore.session.Session(profile=explicit)
    try:
        session.get_config_variable("data_path")  # boto3.Session does so first of all, and so finds out about profiles
        resolver = botocore.credentials.create_credential_resolver(session)
        resolver.remove("iam-role")
        credentials = resolver.load_credentials()
        if credentials is None:
            return None, (), None
        plan = steps(credentials)
    except Exception as error:  # noqa: BLE001 - botocore raises OSError, ValueError, IndexError ... as well
        return None, (), error
    return plan[-1][0], plan, None


KINDS = {
    "env": "environment",
    "assume-role": "assume_role",
    "assume-role-with-web-identity": "web_identity",
    "sso": "sso",
    "shared-credentials-file": "static_profile",
    "config-file": "static_profile",
    "login": "login",
    "custom-process": "process",
    "container-role": "container",
    "iam-role": "instance",
}


def steps(credentials):
    """How botocore would make these credentials, base first, as (kind, what identifies it)."""
    kind = KINDS[credentials.method]
    if kind in {"assume_role", "web_identity", "sso"}:
        refresh = credentials._refresh_using
        if hasattr(refresh, "_refresh"):  # the wrapper that asks for an MFA code once
            refresh = refresh._refresh
        fetcher = refresh.__self__
        if kind == "sso":
            key = fetcher._sso_session_name or fetcher._start_url
            if fetcher._token_provider:
                fetcher._token_provider.load_token().get_frozen_token()
            else:
                fetcher._token_loader(fetcher._start_url)
            return (("sso", key),)
        if kind == "web_identity":
            fetcher._web_identity_token_loader()
            return (("web_identity", fetcher._role_arn),)
        arguments = fetcher._assume_kwargs
        role = (kind, fetcher._role_arn, arguments.get("SerialNumber"), arguments.get("DurationSeconds", 3600))
        return (*steps(fetcher._source_credentials), role)
    if kind in {"static_profile", "environment"}:
        return ((kind, masked(credentials.get_frozen_credentials().access_key)),)
    return ((kind,),)


def doctor_says(evidence):
    chain = evidence.chain
    if chain.winner is None:
        return None, (), chain.problem
    return chain.winner.source, tuple(told(step) for step in chain.winner.plan), None


def told(step):
    if step.kind == "assume_role":
        return step.kind, step.role_arn, step.mfa_serial, step.duration_seconds
    if step.kind == "web_identity":
        return step.kind, step.role_arn
    if step.kind == "sso":
        return step.kind, step.sign_in
    if step.kind in {"static_profile", "environment"}:
        return step.kind, step.keys.key_id
    return (step.kind,)


SLUGS = {
    botocore.exceptions.ProfileNotFound: {"profile-not-found"},
    botocore.exceptions.ConfigParseError: {"config-invalid"},
    botocore.exceptions.InfiniteLoopConfigError: {"config-invalid"},
    botocore.exceptions.PartialCredentialsError: {"partial-credentials"},
    botocore.exceptions.SSOTokenLoadError: {"sso-session-expired", "sso-cache-mismatch"},
    botocore.exceptions.LoginTokenLoadError: {"login-session-expired"},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("machines")


@settings(max_examples=int(os.environ.get("UNEXPIRED_EXAMPLES", "120")), suppress_health_check=list(HealthCheck))
@given(
    config=_file(_CONFIG_HEADERS, "C"),
    credentials=_file(_CREDENTIALS_HEADERS, "K"),
    environ=st.one_of(st.just({}), st.just({}), _environment),
    explicit=st.sampled_from([None, None, None, *PROFILES, *PROFILES, "missing", ""]),
    signed_in=st.booleans(),
)
@example("[default]\naws_access_key_id=\naws_secret_access_key=\n", "", {}, None, True)
@example(
    "[DEFAULT]\nrole_arn = x\n[default]\n",
    "[default]\naws_access_key_id=AKIAKKKKKKKKKKKKKKKK\naws_secret_access_key=s\n",
    {},
    None,
    True,
)
def test_winner_plan_and_error_are_botocores(place, config, credentials, environ, explicit, signed_in):
    home = place / hashlib.sha1(os.urandom(8)).hexdigest()
    aws = home / ".aws"
    aws.mkdir(parents=True)
    (home / "token").write_text("not-a-jwt")
    (aws / "config").write_bytes(config.replace("TOKEN", str(home / "token")).encode())
    (aws / "credentials").write_bytes(credentials.replace("TOKEN", str(home / "token")).encode())
    if signed_in:
        sign_in(aws)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], **environ}
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(home / "token")
    try:
        with machine(home, environ):
            winner, plan, error = botocore_says(explicit)
        event(f"{winner or type(error).__name__} in {len(plan)} steps")
        evidence = examine(environ, profile=explicit, root=str(home / "nothing"))
        ours = doctor_says(evidence)
        assert ours[:2] == (winner, plan), (ours, error)
        assert (ours[2] is None) == (error is None), (ours, error)
        if type(error) in SLUGS:
            assert ours[2].cause in SLUGS[type(error)], (ours, error)
    finally:
        shutil.rmtree(home)


def sign_in(aws: Path) -> None:
    """Live sign-ins: the SSO session, the same start address in the older form, and one at the console."""
    ends = "2099-01-01T00:00:00Z"
    for key in ("corp", START_URL):
        path = aws / "sso/cache" / f"{hashlib.sha1(key.encode()).hexdigest()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"accessToken": "t", "expiresAt": ends, "startUrl": START_URL}))
    name = hashlib.sha256(b"arn:aws:sts::123456789012:assumed-role/Admin/me").hexdigest()
    token = {"accessKeyId": "ASIALOGINLOGINLOGIN1", "secretAccessKey": "s", "sessionToken": "t", "accountId": "1"}
    entry = {"accessToken": {**token, "expiresAt": ends}, "refreshToken": "r", "dpopKey": "k", "clientId": "c"}
    path = aws / "login/cache" / f"{name}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(entry))
