"""How long a Session goes on unattended, and Sessions that insist on it."""

from __future__ import annotations

from datetime import timedelta

import pytest

import unexpired


def test_a_role_of_a_long_term_key_goes_on_for_ever(sandbox_profile):
    session = unexpired.Session(for_="6h")
    assert session.horizon().until is None
    assert sandbox_profile.count("sts", "AssumeRole") == 1  # insisting makes the first session at once ...
    session.client("sts").get_caller_identity()
    assert sandbox_profile.count("sts", "AssumeRole") == 1  # ... and it is the one that is used


def test_without_insisting_nobody_is_asked(sandbox_profile):
    assert unexpired.Session().horizon().until is None
    assert sandbox_profile.count("sts", "AssumeRole") == 0


def test_an_exported_session_is_refused_at_the_start_and_says_how_to_go_on(sandbox_profile, monkeypatch):
    frozen = unexpired.Session().get_credentials().get_frozen_credentials()
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", frozen.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", frozen.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", frozen.token)
    assert unexpired.Session().horizon().until is not None  # unknown, or what the cache says that kept it
    with pytest.raises(unexpired.HorizonTooShort, match="This Session cannot be kept in credentials for 6h") as caught:
        unexpired.Session(for_=timedelta(hours=6))
    assert caught.value.cause == "static-env-session"
    assert "without for_" in str(caught.value)
    assert frozen.secret_key not in str(caught.value)


def test_a_session_that_outlasts_the_program_needs_no_renewal(sandbox_profile, monkeypatch):
    assert unexpired.Session(for_=60).status().expires_at is not None


def test_what_is_no_duration_is_said(sandbox_profile):
    with pytest.raises(unexpired.ConfigurationError, match="no duration"):
        unexpired.Session(for_="forever")
