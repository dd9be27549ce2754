"""A session of ours is a boto3 session whose credentials stay fresh."""

from __future__ import annotations

import gc
import pickle
import threading
import timeit
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import botocore.credentials
import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError

import unexpired
from unexpired import Credentials, Refresher, RefreshPolicy, Session
from unexpired.engine.policy import Freshness
from unexpired.engine.scheduler import Scheduler
from unexpired.testing import FakeClock

BUCKET = "bucket"


def numbered(clock, lifetime=3600):
    """A source whose sessions are ASIA000000000001, ASIA000000000002, …."""
    count = iter(range(1, 1000))

    def fetch():
        return Credentials(
            f"ASIA{next(count):012}", "secret", "token", expires_at=clock.now() + timedelta(seconds=lifetime)
        )

    return fetch


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def renewed():
    """Set whenever the timed session has been renewed."""
    return threading.Event()


@pytest.fixture
def timed(clock, renewed):
    """A session that lives by the test's clock."""
    source = unexpired.Session(source=numbered(clock), store="memory").refresher.source
    refresher = Refresher(
        source, clock=clock, scheduler=Scheduler(clock), draw=lambda: 0.5, hooks=(lambda _: renewed.set(),)
    )
    return Session(source=refresher, botocore_session=botocore.session.Session())


class TestIsABoto3Session:
    def test_by_type_and_by_what_it_offers(self, session):
        assert isinstance(session, boto3.Session)
        assert session.region_name == "us-east-1"
        assert "s3" in session.get_available_services()

    def test_clients_and_resources_and_presigned_urls_work(self, session, sandbox, s3):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "key"})
        assert urllib.request.urlopen(url).read() == b"x"
        bucket = session.resource("s3", endpoint_url=sandbox.endpoint_url).Bucket(BUCKET)
        assert [entry.key for entry in bucket.objects.all()] == ["key"]
        s3.get_waiter("object_exists").wait(Bucket=BUCKET, Key="key")

    def test_it_takes_boto3s_arguments_in_boto3s_order(self):
        session = Session("AKIAIOSFODNN7EXAMPLE", "secret", "token", "eu-west-1")
        assert session.region_name == "eu-west-1"
        frozen = session.get_credentials().get_frozen_credentials()
        assert (frozen.access_key, frozen.secret_key, frozen.token) == ("AKIAIOSFODNN7EXAMPLE", "secret", "token")

    def test_half_of_the_explicit_keys_is_a_mistake(self):
        with pytest.raises((unexpired.ConfigurationError, BotoCoreError)):
            Session(aws_access_key_id="AKIAIOSFODNN7EXAMPLE").client("s3", region_name="us-east-1")

    def test_an_account_without_keys_is_what_it_is_in_boto3(self):
        try:
            boto3.Session(aws_account_id="123456789012")
        except NoCredentialsError:
            with pytest.raises(NoCredentialsError):
                Session(aws_account_id="123456789012")
        except TypeError:
            pytest.skip("this boto3 does not know accounts")

    def test_explicit_keys_that_are_refused_say_that_nothing_can_renew_them(self, sandbox, assume, connect):
        own = assume()
        session = Session(own.access_key_id, own.secret_access_key, own.session_token, "us-east-1")
        client = connect(session, "s3")
        client.list_buckets()
        sandbox.revoke()
        with pytest.raises(ClientError, match="ExpiredToken") as refused:
            client.list_buckets()
        assert isinstance(refused.value.__cause__, unexpired.RenewalRefused)
        assert refused.value.__cause__.cause == "frozen-credentials"
        assert session.status().source == "explicit"


class TestAsksNobodyBeforeItMust:
    def test_making_a_session_or_a_client_asks_for_no_credentials(self, session, connect, issued):
        connect(session, "s3")
        assert session.status().access_key_id == "-"
        assert issued() == 0

    def test_the_first_request_asks_once_for_all_threads(self, session, connect, issued):
        clients = [connect(session, "s3") for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda client: client.list_buckets(), clients))
        assert issued() == 1


class TestRenews:
    def test_a_client_that_exists_signs_with_the_next_session(self, timed, clock):
        credentials = timed.get_credentials()
        assert credentials.access_key == "ASIA000000000001"
        clock.advance(hours=1)
        frozen = credentials.get_frozen_credentials()
        assert frozen.access_key == "ASIA000000000002"
        assert credentials.token == "token"
        assert credentials.secret_key == "secret"

    def test_the_background_renews_before_anybody_must_wait(self, timed, clock, renewed):
        credentials = timed.get_credentials()
        assert credentials.access_key == "ASIA000000000001"
        clock.wait_until_sleeping(1)
        renewed.clear()
        clock.advance(minutes=45)
        assert renewed.wait(30)
        assert timed.status().freshness is Freshness.FRESH
        assert credentials.access_key == "ASIA000000000002"
        assert timed.status().longest_wait_seconds == 0

    def test_the_same_set_is_frozen_once(self, timed):
        credentials = timed.get_credentials()
        assert credentials.get_frozen_credentials() is credentials.get_frozen_credentials()

    def test_what_programs_peek_at_is_true(self, timed, clock):
        credentials = timed.get_credentials()
        assert credentials._expiry_time is None
        credentials.get_frozen_credentials()
        assert credentials._expiry_time == clock.now() + timedelta(hours=1)
        assert credentials.refresh_needed() is False
        assert credentials.method == "unexpired"
        assert credentials.account_id is None

    def test_the_status_shows_no_secret(self, timed):
        timed.get_credentials().get_frozen_credentials()
        shown = repr(timed.status()) + repr(timed.get_credentials()) + repr(timed) + repr(timed.refresher.source)
        assert "secret" not in shown
        assert timed.status().access_key_id == "ASIA…0001"

    def test_an_own_policy_and_own_hooks_are_heard(self, assume, connect):
        events = []
        session = Session(
            source=assume,
            store="memory",
            region_name="us-east-1",
            policy=RefreshPolicy(earliest=0.1, latest=0.2),
            hooks=(events.append,),
        )
        connect(session, "s3").list_buckets()
        assert [event.kind for event in events] == ["renewed"]
        assert session.status().next_renewal < session.status().expires_at - timedelta(minutes=45)


class TestShares:
    def test_two_sessions_of_one_source_have_one_refresher(self, assume, connect, issued):
        first, second = (Session(source=assume, store="memory", region_name="us-east-1") for _ in range(2))
        assert first.refresher is second.refresher
        for session in (first, second):
            connect(session, "s3").list_buckets()
        assert issued() == 1

    def test_another_policy_is_another_refresher(self, assume):
        first = Session(source=assume, store="memory")
        second = Session(source=assume, store="memory", policy=RefreshPolicy(earliest=0.1, latest=0.2))
        assert first.refresher is not second.refresher

    def test_a_refresher_goes_with_its_last_session(self, assume):
        session = Session(source=assume, store="memory")
        gone = threading.Event()
        import weakref

        weakref.finalize(session.refresher, gone.set)
        del session
        gc.collect()
        assert gone.is_set()

    def test_a_store_that_does_not_exist_is_a_mistake_of_configuration(self, assume, monkeypatch):
        monkeypatch.setenv("UNEXPIRED_STORE", "cupboard")
        with pytest.raises(unexpired.ConfigurationError, match="cupboard"):
            Session(source=assume)


class TestWhenNoSessionCanBeHad:
    @pytest.fixture
    def failing(self):
        def fail():
            raise unexpired.SourceUnavailable(
                "STS could not be reached", why="no route", next_steps="look at the network", link="assume_role"
            )

        return Session(source=fail, store="memory", region_name="us-east-1")

    @pytest.mark.parametrize("caught", [unexpired.SourceUnavailable, unexpired.RenewalError, BotoCoreError])
    def test_the_error_is_caught_by_handlers_for_us_and_by_handlers_for_botocore(self, failing, caught):
        with pytest.raises(caught, match="STS could not be reached — no route — look at the network"):
            failing.client("s3").list_buckets()

    def test_it_carries_what_both_carry(self, failing):
        with pytest.raises(CredentialRetrievalError) as failed:
            failing.client("s3").list_buckets()
        assert failed.value.kwargs["provider"] == "assume_role"
        assert failed.value.cause == "sts-unreachable"
        assert failed.value.next_steps == ("look at the network",)
        assert type(failed.value).__name__ == "SourceUnavailable"

    def test_it_travels_between_processes(self, failing):
        with pytest.raises(CredentialRetrievalError) as failed:
            failing.client("s3").list_buckets()
        arrived = pickle.loads(pickle.dumps(failed.value))
        assert isinstance(arrived, CredentialRetrievalError)
        assert isinstance(arrived, unexpired.SourceUnavailable)
        assert str(arrived) == str(failed.value)
        assert vars(arrived) == vars(failed.value)

    def test_reading_one_attribute_says_the_same(self, failing):
        with pytest.raises(unexpired.SourceUnavailable):
            failing.get_credentials().token  # noqa: B018 - the look is the test


def test_a_fresh_set_is_frozen_many_times_faster_than_botocores(timed, clock):
    """The bar is 20; a busy machine is granted half of it."""
    botocores = botocore.credentials.RefreshableCredentials.create_from_metadata(
        {"access_key": "A", "secret_key": "S", "token": "T", "expiry_time": "2099-01-01T00:00:00Z"}, dict, "test"
    )
    real = Session(source=numbered(clock_of_the_machine(), 36_000), store="memory").get_credentials()
    real.get_frozen_credentials()
    botocores_seconds = min(timeit.repeat(botocores.get_frozen_credentials, number=2000, repeat=7))
    our_seconds = min(timeit.repeat(real.get_frozen_credentials, number=2000, repeat=7))
    assert botocores_seconds / our_seconds > 10


def clock_of_the_machine():
    """The system's clock, with the ``now`` that the test's own has."""
    from datetime import datetime, timezone

    class Machine:
        now = staticmethod(lambda: datetime.now(timezone.utc))

    return Machine
