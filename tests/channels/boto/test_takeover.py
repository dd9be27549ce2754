"""A session that exists is given the same powers, whatever credentials it has by then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import boto3
import botocore.session
import pytest
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
    RefreshableCredentials,
)
from botocore.exceptions import ClientError

import unexpired
from unexpired.sources.aws.outlook import Outlook

REGION = "us-east-1"


def plain(**arguments) -> boto3.Session:
    """A boto3 session that shares nothing with others."""
    return boto3.Session(botocore_session=botocore.session.Session(), region_name=REGION, **arguments)


def call_twice(connect, sandbox, session):
    """A request, the end of its session, a request."""
    client = connect(session, "s3")
    client.list_buckets()
    sandbox.revoke()
    client.list_buckets()


@pytest.mark.parametrize("make", [plain, botocore.session.Session], ids=["boto3", "botocore"])
def test_attach_gives_back_the_same_session_renewing(sandbox, connect, assume, issued, make):
    session = make()
    if isinstance(session, botocore.session.Session):
        session.set_config_variable("region", REGION)
        session.client = session.create_client
    assert unexpired.attach(session, source=assume, store="memory") is session
    call_twice(connect, sandbox, session)
    assert issued() == 2
    assert session.get_credentials().refresher.status().renewals == 2


def test_without_a_session_it_is_boto3s_default(monkeypatch, sandbox, assume, issued):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    assert unexpired.attach(source=assume, store="memory") is boto3.DEFAULT_SESSION
    client = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
    client.list_buckets()
    sandbox.revoke()
    client.list_buckets()
    assert issued() == 2


class TestWhatTheSessionHad:
    def test_metadata_of_the_well_known_recipe_is_renewed_by_its_own_function(self, sandbox, connect, assume, issued):
        """``botocore_session._credentials = RefreshableCredentials.create_from_metadata(…)``."""

        def metadata():
            session = assume()
            return {
                "access_key": session.access_key_id,
                "secret_key": session.secret_access_key,
                "token": session.session_token,
                "expiry_time": session.expires_at.isoformat(),
            }

        inner = botocore.session.Session()
        inner._credentials = RefreshableCredentials.create_from_metadata(metadata(), metadata, "sts-assume-role")
        session = boto3.Session(botocore_session=inner, region_name=REGION)
        unexpired.attach(session, store="memory")
        call_twice(connect, sandbox, session)
        assert session.get_credentials().refresher.status().source == "sts_assume_role"
        assert issued() == 3  # the recipe's own first set, and ours

    def test_a_cached_fetcher_does_not_hand_the_refused_set_back(self, sandbox, connect, role, issued):
        key = sandbox.user("bob")
        inner = botocore.session.Session()
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda name, **options: inner.create_client(
                name, region_name=REGION, endpoint_url=sandbox.endpoint_url, **options
            ),
            source_credentials=Credentials(key.access_key_id, key.secret_access_key),
            role_arn=role,
        )
        inner._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        session = boto3.Session(botocore_session=inner, region_name=REGION)
        unexpired.attach(session, store="memory")
        call_twice(connect, sandbox, session)
        assert issued() == 2

    def test_a_cached_fetcher_that_would_ask_for_a_code_needs_a_person(self, role):
        inner = botocore.session.Session()
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=inner.create_client,
            source_credentials=Credentials("AKIAIOSFODNN7EXAMPLE", "secret"),
            role_arn=role,
            extra_args={"SerialNumber": "arn:aws:iam::123456789012:mfa/bob"},
            mfa_prompter=lambda _: pytest.fail("asked in the background"),
        )
        inner._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        session = unexpired.attach(boto3.Session(botocore_session=inner, region_name=REGION), store="memory")
        with pytest.raises(unexpired.PersonNeeded, match="MFA code"):
            session.get_credentials().get_frozen_credentials()

    def test_a_refresh_function_that_gives_half_a_set_is_named(self):
        inner = botocore.session.Session()
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        inner._credentials = RefreshableCredentials("A", "S", "T", end, lambda: {"access_key": "A"}, "custom")
        session = unexpired.attach(boto3.Session(botocore_session=inner, region_name=REGION), store="memory")
        with pytest.raises(unexpired.SourceUnavailable, match="missing or unreadable: secret_key"):
            session.get_credentials().get_frozen_credentials()

    def test_explicit_keys_stay_what_they_are(self, sandbox, connect, assume):
        own = assume()
        session = unexpired.attach(
            plain(
                aws_access_key_id=own.access_key_id,
                aws_secret_access_key=own.secret_access_key,
                aws_session_token=own.session_token,
            ),
            store="memory",
        )
        with pytest.raises(ClientError, match="ExpiredToken") as refused:
            call_twice(connect, sandbox, session)
        assert refused.value.__cause__.cause == "frozen-credentials"

    def test_clients_that_exist_keep_what_they_have(self, sandbox, connect, assume):
        own = assume()
        session = plain(
            aws_access_key_id=own.access_key_id,
            aws_secret_access_key=own.secret_access_key,
            aws_session_token=own.session_token,
        )
        before = connect(session, "s3")
        unexpired.attach(session, source=assume, store="memory")
        sandbox.revoke()
        connect(session, "s3").list_buckets()
        with pytest.raises(ClientError, match="ExpiredToken"):
            before.list_buckets()


def test_the_horizon_of_what_a_session_had_is_known_only_for_a_long_term_key():
    for_ever = unexpired.attach(plain(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret"))
    pasted = unexpired.attach(
        plain(aws_access_key_id="ASIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret", aws_session_token="token")
    )
    inner = botocore.session.Session()
    inner._credentials = RefreshableCredentials("A", "S", "T", datetime.now(timezone.utc), dict, "custom")
    renewing = unexpired.attach(inner)
    ends = [
        session.get_credentials().refresher.source.links(Outlook(now=datetime.now(timezone.utc)))[0]
        for session in (for_ever, pasted, renewing)
    ]
    assert [link.until for link in ends] == [None, "unknown", "unknown"]
    assert [link.cause for link in ends] == [None, "frozen-credentials", None]


def test_a_session_of_aiobotocores_is_turned_down():
    aio = type("AioSession", (botocore.session.Session,), {"__module__": "aiobotocore.session"})()
    with pytest.raises(unexpired.ConfigurationError, match="are awaited"):
        unexpired.attach(aio)


class TestTwice:
    def test_a_second_attach_changes_nothing(self, sandbox, connect, assume, issued):
        session = unexpired.attach(plain(), source=assume, store="memory")
        credentials = session.get_credentials()
        assert unexpired.attach(session) is session
        assert session.get_credentials() is credentials
        call_twice(connect, sandbox, session)
        assert issued() == 2

    def test_a_second_attach_with_other_arguments_is_a_mistake(self, assume):
        session = unexpired.attach(plain(), source=assume, store="memory")
        with pytest.raises(unexpired.ConfigurationError, match="renews already"):
            unexpired.attach(session, source=assume)

    def test_attaching_a_session_of_ours_is_not_needed_and_does_no_harm(self, session):
        assert unexpired.attach(session) is session
