"""Whoever wins in botocore wins here: the order, what each looks for, and what makes it stop."""

from __future__ import annotations

from importlib import import_module

import botocore.exceptions
import botocore.session
import pytest
from botocore.credentials import create_credential_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unexpired.engine.errors import ConfigurationError
from unexpired.sources import source_for
from unexpired.sources.aws import chain

OURS_BY_METHOD = {
    "env": "environment",
    "assume-role": "assume_role",
    "assume-role-with-web-identity": "web_identity",
    "sso": "sso",
    "shared-credentials-file": "static_profile",
    "login": "login",
    "custom-process": "process",
    "config-file": "static_profile",
    "container-role": "container",
    "iam-role": "instance",
}


def test_the_order_is_botocores():
    theirs = [provider.METHOD for provider in create_credential_resolver(botocore.session.Session()).providers]
    known = [OURS_BY_METHOD[method] for method in theirs if method in OURS_BY_METHOD]
    assert [kind for _, kind, _ in chain.finders() if kind in known] == known
    not_theirs = {"github_actions"} if "login" in theirs else {"github_actions", "login"}  # since botocore 1.41
    assert {kind for _, kind, _ in chain.finders()} - set(known) == not_theirs


def test_no_two_files_want_the_same_place():
    positions = [position for position, _, _ in chain.finders()]
    assert len(set(positions)) == len(positions)


@pytest.mark.parametrize("kind", chain.kinds())
def test_every_file_of_the_folder_is_a_source_by_its_own_name(kind):
    module = import_module(f"unexpired.sources.{kind}")
    assert isinstance(module.CHAIN, dict)
    classes = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__]
    assert kind in [getattr(item, "name", None) for item in classes]


# Each may be in a section or not; values that both sides can take without a network.
SETTINGS = {
    "aws_access_key_id": "AKIATESTKEY000000001",
    "aws_secret_access_key": "secret",
    "aws_session_token": "token",
    "role_arn": "arn:aws:iam::123456789012:role/job",
    "source_profile": ["a", "b", "default", "nobody"],
    "credential_source": ["Environment", "EcsContainer", "environment", "Nonsense"],
    "web_identity_token_file": "/nowhere/token",
    "sso_account_id": "123456789012",
    "sso_role_name": "Reader",
    "sso_region": "us-east-1",
    "sso_start_url": "https://example.awsapps.com/start",
    "sso_session": ["corp", "nobody"],
    "credential_process": [
        """sh -c 'echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"A\\",\\"SecretAccessKey\\":\\"s\\"}"'"""
    ],
}


def section() -> st.SearchStrategy[dict[str, str]]:
    values = {
        name: st.sampled_from(value) if isinstance(value, list) else st.just(value) for name, value in SETTINGS.items()
    }
    return st.fixed_dictionaries({}, optional=values)


environments = st.fixed_dictionaries(
    {},
    optional={
        "AWS_ACCESS_KEY_ID": st.sampled_from(["AKIAENVIRONMENT00001", ""]),
        "AWS_SECRET_ACCESS_KEY": st.just("secret"),
        "AWS_PROFILE": st.sampled_from(["a", "b", "nobody"]),
        "AWS_DEFAULT_PROFILE": st.sampled_from(["a", "nobody"]),
        "AWS_WEB_IDENTITY_TOKEN_FILE": st.just("/nowhere/token"),
        "AWS_ROLE_ARN": st.just("arn:aws:iam::123456789012:role/irsa"),
    },
)


def in_ini(sections: dict[str, dict[str, str]]) -> str:
    return "".join(
        f"[{name}]\n" + "".join(f"{setting} = {value}\n" for setting, value in body.items())
        for name, body in sections.items()
    )


def theirs(profile: str | None) -> str:
    """The kind that botocore takes, ``none``, or ``error``."""
    session = botocore.session.Session(profile=profile)
    try:
        session.get_scoped_config()
        credentials = session.get_credentials()
    except (botocore.exceptions.BotoCoreError, KeyError):
        return "error"
    if credentials is None:
        return "none"
    return OURS_BY_METHOD[credentials.method]


def ours(profile: str | None) -> str:
    try:
        return source_for(profile_name=profile).name
    except ConfigurationError as error:
        return "none" if error.what.endswith("has no credentials") and "source profile" not in error.what else "error"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    config=st.fixed_dictionaries({}, optional={"default": section(), "profile a": section(), "profile b": section()}),
    credentials=st.fixed_dictionaries({}, optional={"default": section(), "a": section()}),
    environment=environments,
    profile=st.sampled_from([None, "a", "b", "default"]),
)
def test_whatever_the_files_and_the_environment_say_the_same_source_wins(
    files, config, credentials, environment, profile
):
    session = {"sso-session corp": {"sso_region": "us-east-1", "sso_start_url": "https://example.awsapps.com/start"}}
    files(in_ini({**config, **session}), in_ini(credentials))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        expected, found = theirs(profile), ours(profile)
    assert found == expected
