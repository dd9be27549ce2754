"""Whatever lies on a machine: an answer or a clear error, never a crash, a hang or a secret."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import time
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unexpired.doctor.diagnosis import diagnose
from unexpired.doctor.report import lines

CANARY = "cAnArY9wJalrXUtnFEMI"
_BITS = [
    *(
        "[default]\n",
        "[profile a]\n",
        "[a]\n",
        "[sso-session s]\n",
        "[DEFAULT]\n",
        "[x",
        "\n",
        " ",
        "\t",
        "=",
        ":",
        "#",
    ),
    *("role_arn = arn:aws:iam::123456789012:role/R\n", "source_profile = a\n", "source_profile = default\n"),
    *("credential_source = Environment\n", "sso_session = s\n", "sso_account_id = 1\n", "sso_role_name = R\n"),
    *(
        "sso_start_url = u\n",
        "sso_region = r\n",
        "login_session = l\n",
        "mfa_serial = m\n",
        "duration_seconds = 99999999\n",
    ),
    f"aws_secret_access_key = {CANARY}\n",
    f"aws_session_token = {CANARY}\n",
    f"aws_access_key_id = ASIA{CANARY}\n",
    f"credential_process = tool --password {CANARY}\n",
    f"{CANARY}\n",
    f"aws_secret_access_key {CANARY}\n",
    f"aws_secret_access_key\n  {CANARY}=\n",
    f"password = {CANARY}\n",
    f"endpoint_url = https://me:{CANARY}@host/\n",
]
_texts = st.one_of(
    st.lists(st.sampled_from(_BITS), max_size=25).map(lambda bits: "".join(bits).encode()),
    st.binary(max_size=80),
)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *("Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AssumedRoleUser"),
                    *("Arn", "accessToken", "expiresAt", "refreshToken", "clientId", "clientSecret", "dpopKey"),
                    *("registrationExpiresAt", "accessKeyId", "secretAccessKey", "sessionToken", "startUrl"),
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)
_SECRET_FIELDS = ("SecretAccessKey", "SessionToken", "refreshToken", "clientSecret", "secretAccessKey", "sessionToken")


def _with_canaries(entry):
    """The same with a secret wherever one belongs."""
    if isinstance(entry, list):
        return [_with_canaries(inner) for inner in entry]
    if isinstance(entry, dict):
        return {key: CANARY if key in _SECRET_FIELDS else _with_canaries(inner) for key, inner in entry.items()}
    return entry


_entries = st.one_of(_json.map(lambda entry: json.dumps(_with_canaries(entry)).encode()), st.binary(max_size=40))
_variables = st.dictionaries(
    st.sampled_from(
        [
            *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE"),
            *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_WEB_IDENTITY_TOKEN_FILE"),
            *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ROLE_ARN", "HTTPS_PROXY", "BOTO_CONFIG"),
        ]
    ),
    st.one_of(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10), st.just("")),
)
# Where a secret belongs, and where one is found by mistake.
_SECRET_PLACES = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)


@settings(suppress_health_check=list(HealthCheck), max_examples=int(os.environ.get("UNEXPIRED_EXAMPLES", "100")))
@given(_texts, _texts, _entries, _entries, _variables)
def test_no_machine_makes_it_crash_or_tell_a_secret(tmp_path_factory, config, credentials, role, sign_in, variables):
    home = tmp_path_factory.mktemp("home")
    try:
        for name, data in (
            (".aws/config", config),
            (".aws/credentials", credentials),
            (".aws/cli/cache/0.json", role),
            (".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json", sign_in),  # SHA-1 of "s"
            (".aws/login/cache/acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0.json", sign_in),
        ):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(data)
        environ = {"HOME": str(home), **variables}
        environ |= {name: CANARY + environ[name] for name in _SECRET_PLACES if environ.get(name)}
        if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in environ:
            environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] += f"http://me:{CANARY}@localhost/?{CANARY}"
        if "HTTPS_PROXY" in environ:
            environ["HTTPS_PROXY"] = f"http://me:{CANARY}@proxy"
        diagnosis = diagnose(environ=environ)
        shown = json.dumps(diagnosis.to_json()) + "\n".join(lines(diagnosis)) + diagnosis.sentence
        assert CANARY not in shown
        assert CANARY not in repr(diagnosis)
    finally:
        shutil.rmtree(home)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(home):
    (home.path / ".aws").mkdir()
    os.mkfifo(home.path / ".aws/config")
    os.mkfifo(home.path / ".aws/credentials")
    diagnosis = diagnose(environ=home.environ)
    assert diagnosis.exit_code == 2
    assert "a pipe" in diagnosis.sentence


def test_ten_thousand_profiles_are_read_and_one_of_them_found(home):
    home.config(
        "".join(
            f"[profile p{number}]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource_profile = p{number + 1}\n"
            for number in range(10_000)
        )
    )
    began = time.monotonic()
    diagnosis = diagnose(environ=home.environ, profile="p9990")
    assert diagnosis.evidence.chain.problem.cause == "profile-not-found"
    assert time.monotonic() - began < 20


def test_a_chain_of_a_thousand_roles_is_followed_or_refused_in_words(home):
    home.config(
        "".join(f"[profile p{n}]\nrole_arn = arn:r{n}\nsource_profile = p{n + 1}\n" for n in range(3000))
        + "[profile p3000]\naws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = s\n"
    )
    diagnosis = diagnose(environ=home.environ, profile="p0")
    assert len(diagnosis.to_json()["plan"]) in {0, 3001}


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything, and Windows differs")
def test_an_unreadable_file_is_named(home):
    home.config("[default]\n").chmod(0)
    assert "permission denied" in diagnose(environ=home.environ).sentence


def test_a_home_that_is_a_file_and_no_home_at_all_are_answered(home):
    home.write("file", "x")
    assert diagnose(environ={"HOME": str(home.path / "file")}).exit_code == 1
    assert diagnose(environ={}).exit_code in {0, 1, 2}


def test_a_cache_full_of_anything_is_read_without_waiting(home):
    cache = home.path / ".aws/cli/cache"
    cache.mkdir(parents=True)
    os.mkfifo(cache / "pipe.json")
    (cache / "directory.json").mkdir()
    (cache / "loop.json").symlink_to(cache / "loop.json")
    (cache / "deep.json").write_text("[" * 200_000)
    states = {entry.name: entry.state for entry in home.examine().cached_roles}
    assert states == {"pipe": "unreadable", "directory": "unreadable", "deep": "corrupt", "loop": "unreadable"}


def test_text_that_no_terminal_can_show_is_shown_all_the_same(home):
    home.environ["AWS_PROFILE"] = "\udc80\u202e\x1b"
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out), redirect_stderr(out):
        for line in lines(diagnose(environ=home.environ)):
            out.write(line)
        out.flush()
    assert stat.S_ISDIR(home.path.stat().st_mode)
