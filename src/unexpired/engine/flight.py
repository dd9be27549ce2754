"""One renewal under way, which any number of callers may await; and what is made of its result."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.engine.clock import Clock, moment, seconds
from unexpired.engine.credentials import Credentials, masked, timestamp
from unexpired.engine.errors import (
    ConfigurationError,
    InternalError,
    PersonNeeded,
    RenewalRefused,
    SourceUnavailable,
    UnexpiredError,
)

if TYPE_CHECKING:
    from unexpired.engine.events import CausedBy
    from unexpired.engine.policy import FailureKind
    from unexpired.engine.refusals import Refusals

# Whose lapsed session is which cause; any other issuer's is put down to the clock that compares.
_LAPSED_CAUSE = {
    "process": "process-without-expiration",
    "callback": "process-without-expiration",
    "explicit": "frozen-credentials",  # botocore's word for keys that were passed to a session
    "container": "metadata-stale",
    "instance": "metadata-stale",
    "environment": "static-env-session",
    "static_profile": "static-profile-session",
}
_RENEWED_BY_HAND = {
    "environment": ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, and name a profile that renews",),
    "static_profile": ("replace the pasted session by a profile that renews",),
}
"""What to do first where the lapsed session is a copy, which no waiting and no clock brings back."""


class Flight:
    """A renewal that has begun. Lands once, with a session or with an error, and then releases everybody."""

    def __init__(self, caused_by: CausedBy) -> None:
        self.caused_by: CausedBy = caused_by
        self._condition = threading.Condition()
        self._landed = False
        self._credentials: Credentials | None = None
        self._error: UnexpiredError | None = None

    def land(self, credentials: Credentials | None, error: UnexpiredError | None = None) -> None:
        """Release everybody who waits."""
        with self._condition:
            self._credentials, self._error, self._landed = credentials, error, True
            self._condition.notify_all()

    def wait(self, clock: Clock, timeout: float) -> bool:
        """Wait for the landing, at most ``timeout`` seconds; whether it came."""
        give_up_at = clock.monotonic() + timeout
        with self._condition:
            while not self._landed:
                remaining = give_up_at - clock.monotonic()
                if remaining <= 0:
                    return False
                clock.wait(self._condition, remaining)
            return True

    def result(self) -> Credentials:
        """What a landed flight brought.

        Raises:
            UnexpiredError: each caller gets a copy, since a raised exception collects its own traceback.
        """
        if self._credentials is not None:
            return self._credentials
        raise self._error.copy() if self._error else InternalError("A renewal landed with nothing")

    @property
    def failed(self) -> bool:
        """Whether it landed without a session."""
        return self._landed and self._credentials is None


def still_under_way(source: str, waited_seconds: float) -> SourceUnavailable:
    """What a caller is told who waited as long as can be asked of it."""
    return SourceUnavailable(
        f"No session from the {source} source after {waited_seconds:.0f} s",
        why="its issuer has not answered yet, and the renewal is still under way",
        next_steps="check that the endpoint can be reached: unexpired doctor",
        link=source,
    )


def admitted(credentials: Credentials, now: float, refused: Refusals) -> Credentials:
    """A session that a source gave, if it may be handed on; stamped with the moment it was received.

    Raises:
        SourceUnavailable: it had lapsed already.
        RenewalRefused: it is one that a service has refused: the source has nothing newer.
    """
    source, key_id = credentials.source, masked(credentials.access_key_id)
    if credentials.expires_at is not None and seconds(credentials.expires_at) <= now:
        raise SourceUnavailable(
            f"The {source} source gave {key_id}, which lapsed at {timestamp(credentials.expires_at)}",
            why=f"this machine's clock says {timestamp(moment(now))}",
            next_steps=(*_RENEWED_BY_HAND.get(source, ()), "unexpired doctor", "compare the clock with `date -u`"),
            cause=_LAPSED_CAUSE.get(source, "clock-skew"),
            link=source,
        )
    if credentials.access_key_id in refused:
        raise RenewalRefused(
            f"The {source} source gave {key_id} again, which a service has refused as expired",
            why="the source has nothing newer",
            next_steps="renew it where it comes from, or use a profile that can be renewed (role_arn, SSO)",
            cause=_LAPSED_CAUSE.get(source),
            link=source,
        )
    return credentials if credentials.issued_at else replace(credentials, issued_at=moment(now))


def failure_kind(error: UnexpiredError) -> FailureKind:
    """Whether asking again can help, only a person can, or only somebody's change of the configuration or the role."""
    if isinstance(error, PersonNeeded):
        return "person"
    return "refused" if isinstance(error, (RenewalRefused, ConfigurationError)) else "unavailable"


def wrapped(error: BaseException, source: str) -> UnexpiredError:
    """What the engine reports for an exception that a source should not have let through."""
    if isinstance(error, UnexpiredError):
        return error
    if not isinstance(error, Exception):  # KeyboardInterrupt, SystemExit: on their way past us; others still wait
        return SourceUnavailable(f"The renewal from the {source} source was interrupted", link=source)
    # The class alone: the message of an unknown exception may quote what it was given.
    wrapper = InternalError(
        f"The {source} source raised {type(error).__name__}",
        next_steps="run it again with --debug, or with logging on, and report it",
        link=source,
    )
    wrapper.__cause__ = error
    return wrapper
