"""What a child inherits, and what not."""

from __future__ import annotations

import pytest

from unexpired.channels.environment import (
    CREDENTIAL_VARIABLES,
    child_environment,
    credential_variables_in,
    region_in_force,
)


@pytest.mark.parametrize("name", CREDENTIAL_VARIABLES)
def test_a_credential_variable_is_taken_out_and_not_left_blank(name):
    assert name not in child_environment({name: "stale", "PATH": "/bin"}, handed={})


def test_what_is_not_about_credentials_stays():
    kept = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
        "AWS_CA_BUNDLE": "/ca.pem",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "9",
        "AWS_PAGER": "",
        "HOME": "/home/ann",
    }
    assert child_environment(kept, handed={}) == kept


def test_what_is_handed_over_is_set_last():
    child = child_environment(
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://old"},
        handed={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://new"},
    )
    assert child["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://new"


def test_the_names_but_not_the_values_of_what_goes_can_be_told():
    inherited = {"AWS_SESSION_TOKEN": "canary", "AWS_PROFILE": "etl", "AWS_REGION": "eu-west-1"}
    assert credential_variables_in(inherited) == ["AWS_PROFILE", "AWS_SESSION_TOKEN"]


@pytest.mark.parametrize(
    ("inherited", "explicit", "expected"),
    [
        pytest.param({}, None, ("of-profile", "of-profile"), id="the profile's, under both names"),
        pytest.param({"AWS_REGION": "a"}, None, ("a", "a"), id="a variable beats the profile"),
        pytest.param({"AWS_DEFAULT_REGION": "b"}, None, ("b", "b"), id="boto3's name is given to the others"),
        pytest.param({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, None, ("a", "b"), id="two that differ stay"),
        pytest.param({"AWS_REGION": "a"}, "asked", ("asked", "asked"), id="--region beats everything"),
        pytest.param({"AWS_REGION": ""}, None, ("of-profile", "of-profile"), id="blank is unset"),
    ],
)
def test_the_region_in_force_has_both_names(inherited, explicit, expected):
    region = explicit or region_in_force(inherited, "of-profile")
    child = child_environment(inherited, handed={}, region=region, explicit_region=explicit is not None)
    assert (child["AWS_REGION"], child["AWS_DEFAULT_REGION"]) == expected


def test_no_region_is_invented():
    assert "AWS_REGION" not in child_environment({}, handed={}, region=region_in_force({}, None))


@pytest.mark.parametrize(
    ("inherited", "expected"),
    [
        pytest.param({}, (None, None), id="no proxy, nothing to do"),
        pytest.param({"NO_PROXY": "corp"}, (None, "corp"), id="a list without a proxy is left alone"),
        pytest.param({"HTTP_PROXY": "p"}, ("127.0.0.1,localhost",) * 2, id="a proxy"),
        pytest.param({"all_proxy": "p"}, ("127.0.0.1,localhost",) * 2, id="a proxy for everything"),
        pytest.param(
            {"http_proxy": "p", "NO_PROXY": "corp"},
            ("corp,127.0.0.1,localhost",) * 2,
            id="a list is given to both names",
        ),
        pytest.param(
            {"http_proxy": "p", "no_proxy": "localhost, 127.0.0.1", "NO_PROXY": "*"},
            ("localhost, 127.0.0.1", "*"),
            id="nothing to add",
        ),
    ],
)
def test_the_door_is_reached_around_a_proxy(inherited, expected):
    child = child_environment(inherited, handed={})
    assert (child.get("no_proxy"), child.get("NO_PROXY")) == expected
