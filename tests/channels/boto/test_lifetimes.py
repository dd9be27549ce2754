"""Programs that live longer than their sessions: many of them, an outage of STS, and children."""

from __future__ import annotations

import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import botocore.session
import pytest

import unexpired
from unexpired import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.testing import FakeClock, Sandbox

BUCKET = "bucket"
REGION = "us-east-1"


@pytest.mark.clients
@pytest.mark.sandbox(lifetime=3)
def test_a_program_that_hammers_a_service_across_many_short_sessions_never_fails(session, s3, sandbox, issued):
    """Seven real seconds; the sessions last three, and STS takes 0.3 s to give the next one."""
    sandbox.slow(0.3, "sts", "AssumeRole")
    signed_late = []

    def note_lapsed(request, **_):
        used = session.get_credentials().remembered(request.context["unexpired_key_id"])
        if used.expires_at.timestamp() <= time.time():
            signed_late.append(request)

    s3.meta.events.register_last("request-created", note_lapsed)
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
    began, until = time.monotonic(), time.monotonic() + 7
    requests = count()

    def hammer(_):
        while time.monotonic() < until:
            assert s3.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"x"
            next(requests)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hammer, range(8)))
    took = time.monotonic() - began
    assert next(requests) > 100
    assert not signed_late
    assert issued() <= took / (3 * 0.6) + 2  # renewed when 60 to 70 % of a life have gone
    assert session.status().failures == 0


@pytest.mark.sandbox(lifetime=900)
def test_fifteen_minute_sessions_cost_one_call_for_two_hundred_requests(s3, issued):
    """Botocore's own asks before each of them: 15 minutes is its window."""
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
    for _ in range(200):
        s3.get_object(Bucket=BUCKET, Key="key")["Body"].read()
    assert issued() == 1


class TestWhileStsIsDown:
    @pytest.fixture
    def clock(self):
        return FakeClock()

    @pytest.fixture
    def sandbox(self, clock):
        with Sandbox(clock=clock) as running:
            yield running

    @pytest.fixture
    def failed(self):
        """Set once a renewal has failed."""
        return threading.Event()

    @pytest.fixture
    def session(self, clock, assume, failed):
        source = unexpired.Session(source=assume, store="memory").refresher.source
        hooks = (lambda details: failed.set() if details.kind == "renewal_failed" else None,)
        refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock), draw=lambda: 0.5, hooks=hooks)
        return unexpired.Session(source=refresher, region_name=REGION, botocore_session=botocore.session.Session())

    def test_what_is_left_of_a_session_is_used_to_its_end_without_a_wait(self, session, s3, sandbox, clock, failed):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
        before = _seconds_a_request(s3)
        attempts = sandbox.count("sts", "AssumeRole")
        with sandbox.fail(500, "sts"):
            clock.advance(3600 - 500)
            during = _seconds_a_request(s3)
            assert failed.wait(60)
        assert not [r for r in sandbox.requests if r.service == "s3" and not r.accepted]
        assert sandbox.count("sts", "AssumeRole") - attempts <= 1  # the clock stands still: one attempt, then its pause
        assert during < before * 3  # a wait would be hundreds of times that; `bench` measures what is left of it
        assert session.status().longest_wait_seconds == 0
        assert session.status().last_error is not None

    def test_past_its_end_the_caller_is_told_and_the_end_of_the_outage_is_noticed(self, session, s3, sandbox, clock):
        s3.put_object(Bucket=BUCKET, Key="key", Body=b"x")
        with sandbox.fail(500, "sts"):
            clock.advance(hours=2)
            with pytest.raises(unexpired.UnexpiredError):
                s3.get_object(Bucket=BUCKET, Key="key")
        clock.advance(minutes=3)
        assert s3.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"x"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_children_renew_by_themselves(session, s3, connect, issued):
    """Three at once, forked while other threads of the parent are busy with the same session."""
    stop = threading.Event()

    def keep_busy():
        while not stop.is_set():
            session.get_credentials().get_frozen_credentials()

    busy = [threading.Thread(target=keep_busy) for _ in range(2)]
    for thread in busy:
        thread.start()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os._exit(_survives(connect(session, "s3")))
        children.append(child)
    try:
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    finally:
        stop.set()
        for thread in busy:
            thread.join()
    assert codes == [0, 0, 0]
    assert issued() == 4  # the parent's, and one for each child, which share no store here


def _survives(client) -> int:
    """In a child: make a request that is refused as expired. The status that it exits with."""
    try:
        client.meta.events.register("before-send.s3", _refuse_once())
        client.list_buckets()
    except BaseException:  # noqa: BLE001 - the parent sees the status only
        return 1
    return 0


def _refuse_once():
    """Answer the next request as S3 answers a session that has lapsed."""
    from botocore.awsrequest import AWSResponse

    asked = count()

    class Raw:
        def stream(self, *_args, **_kwargs):
            yield b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"

    def refuse(request, **_):
        if next(asked) == 0:
            return AWSResponse(request.url, 400, {"content-type": "application/xml"}, Raw())
        return None

    return refuse


def _seconds_a_request(s3) -> float:
    """The lower quartile of a hundred: what a request takes when the machine does nothing else."""
    took = []
    for _ in range(100):
        began = time.perf_counter()
        s3.get_object(Bucket=BUCKET, Key="key")["Body"].read()
        took.append(time.perf_counter() - began)
    return statistics.quantiles(took, n=4)[0]
