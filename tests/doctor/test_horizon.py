"""The doctor's horizon is that of ``unexpired horizon``, from the evidence alone."""

from __future__ import annotations

import base64
import json
import os
from datetime import timedelta

import pytest
from tests.doctor.conftest import NOW, at

from unexpired.doctor.horizon import horizon
from unexpired.sources import source_for
from unexpired.sources.aws.horizon import horizon as horizon_of_source
from unexpired.testing.clock import FakeClock

ROLE = "role_arn = arn:aws:iam::123456789012:role/R\n"
LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = s\n"
PASTED = "aws_access_key_id = ASIAXXXXXXXXXXXX0002\naws_secret_access_key = s\naws_session_token = t\n"
SSO = (
    "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"
    "[sso-session corp]\nsso_start_url = https://corp\nsso_region = r\n"
)
LOGIN = "[default]\nlogin_session = arn:me\n"
RENEWAL = {"refreshToken": "t", "clientId": "c", "clientSecret": "s"}


def jwt(**claims) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode() + ".s"


def a_long_term_key(home):
    home.credentials(f"[default]\n{LONG_TERM}")


def a_pasted_session_of_unknown_end(home):
    home.credentials(f"[default]\n{PASTED}")


def a_pasted_session_that_the_cli_s_cache_betrays(home):
    home.credentials(f"[default]\n{PASTED}")
    home.cached_role("a" * 40, "ASIAXXXXXXXXXXXX0002", ends=at(hours=1))


def an_exported_session_with_its_end(home):
    home.environ |= {"AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0003", "AWS_SECRET_ACCESS_KEY": "s"}
    home.environ |= {"AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": at(minutes=30)}


def a_role_of_a_key(home):
    home.config(f"[default]\n{ROLE}source_profile = b\nduration_seconds = 7200\n[profile b]\n{LONG_TERM}")


def a_role_with_an_mfa_code(home):
    home.config(f"[default]\n{ROLE}source_profile = b\nmfa_serial = m\n[profile b]\n{LONG_TERM}")


def a_role_of_a_sign_in(home):
    home.config(f"[profile etl]\n{ROLE}source_profile = default\nduration_seconds = 7200\n{SSO}")
    home.environ["AWS_PROFILE"] = "etl"
    home.sso_sign_in("corp", ends=at(hours=8))


def a_sign_in_that_renews_itself(home):
    home.config(SSO)
    home.sso_sign_in("corp", ends=at(hours=1), registrationExpiresAt=at(days=90), **RENEWAL)


def a_console_sign_in(home):
    home.config(LOGIN)
    home.login("arn:me", idToken=jwt(iat=int((NOW - timedelta(hours=2)).timestamp())))


def a_console_sign_in_that_does_not_say_since_when(home):
    home.config(LOGIN)
    home.login("arn:me")


def a_web_identity(home):
    token = home.write("token", jwt(exp=int((NOW + timedelta(hours=3)).timestamp())))
    home.config(f"[default]\n{ROLE}web_identity_token_file = {token}\n")


def a_web_identity_that_kubelet_rotates(home):
    token = home.write("var/run/secrets/token", jwt(exp=int((NOW + timedelta(hours=3)).timestamp())))
    home.config(f"[default]\n{ROLE}web_identity_token_file = {token}\n")


def a_web_identity_that_kubelet_has_stopped_rotating(home):
    times = {"iat": NOW - timedelta(hours=23, minutes=55), "exp": NOW + timedelta(minutes=5)}
    token = home.write("var/run/secrets/token", jwt(**{name: int(time.timestamp()) for name, time in times.items()}))
    home.config(f"[default]\n{ROLE}web_identity_token_file = {token}\n")


def a_process(home):
    home.config("[default]\ncredential_process = tool\n")


OURS = "credential_process = /opt/bin/unexpired credential-process --profile"


def a_process_that_is_our_own(home):
    home.config(f"[profile of-ours]\n{ROLE}source_profile = key\n[default]\n{OURS} of-ours\n")
    home.credentials(f"[key]\n{LONG_TERM}")


def a_role_on_top_of_our_own_process(home):
    home.credentials(f"[key]\n{LONG_TERM}")
    home.config(
        f"[profile of-ours]\n{ROLE}source_profile = key\n[profile asks]\n{OURS} of-ours\n"
        f"[default]\n{ROLE}source_profile = asks\nduration_seconds = 7200\n"
    )


def our_own_process_for_a_sign_in(home):
    home.config(SSO.replace("[default]", "[profile sign-in]") + f"[default]\n{OURS}=sign-in\n")
    home.sso_sign_in("corp", ends=at(hours=8))


def a_container(home):
    home.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x"


_SCENES = (
    a_long_term_key,
    a_pasted_session_of_unknown_end,
    a_pasted_session_that_the_cli_s_cache_betrays,
    an_exported_session_with_its_end,
    a_role_of_a_key,
    a_role_with_an_mfa_code,
    a_role_of_a_sign_in,
    a_sign_in_that_renews_itself,
    a_console_sign_in,
    a_console_sign_in_that_does_not_say_since_when,
    a_web_identity,
    a_web_identity_that_kubelet_rotates,
    a_web_identity_that_kubelet_has_stopped_rotating,
    a_process,
    a_process_that_is_our_own,
    a_role_on_top_of_our_own_process,
    our_own_process_for_a_sign_in,
    a_container,
)


@pytest.mark.parametrize("make", _SCENES, ids=lambda make: make.__name__.replace("_", " "))
def test_both_say_until_when_and_which_link_ends_it(home, make, monkeypatch):
    make(home)
    ours = horizon(home.examine())
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    theirs = horizon_of_source(source_for(), clock=FakeClock(NOW))
    assert [(link.link, link.until, link.cause, link.session_seconds) for link in ours.links] == [
        (link.link, link.until, link.cause, link.session_seconds) for link in theirs.links
    ]
    assert (ours.until, ours.limited_by and ours.limited_by.link) == (
        theirs.until,
        theirs.limited_by and theirs.limited_by.link,
    )


def test_where_nobody_wins_there_is_no_horizon(home):
    assert horizon(home.examine()) is None
