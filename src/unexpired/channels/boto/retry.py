"""What happens when a service refuses a request because its credentials have lapsed: renew, sign again, send again.

Four of botocore's events do it, in legacy, standard and adaptive mode alike:

- ``before-call`` makes a body that begins at an offset safe to send twice (see ``body``);
- ``request-created``, after the signer, notes which key signed;
- ``needs-retry`` judges the answer, and returning 0 there makes botocore rewind the body and sign anew;
- ``creating-client-class`` lets a failure that stays name its cause (see ``naming``).

``needs-retry`` knows no limit of its own, it ignores ``max_attempts``, so the limit is here: two renewals a request. A
source whose new sessions are refused as well is held back by the refresher (``engine/refusals``), across requests.

Out of reach, because no request of ours is refused there: a response body that has begun to arrive, a presigned URL in
somebody else's hands, and clients that existed before ``attach``.
"""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any

from unexpired.channels.boto import body, naming
from unexpired.channels.boto.verdict import Verdict, is_error, judge, lapsed_by_record
from unexpired.engine.clock import SYSTEM_CLOCK, Clock
from unexpired.engine.credentials import Credentials, masked
from unexpired.engine.errors import RenewalRefused, UnexpiredError

if TYPE_CHECKING:
    from unexpired.channels.boto.credentials import RenewingCredentials

_KEY_ID = "unexpired_key_id"
_RENEWALS = "unexpired_renewals"
_RESENDABLE = "unexpired_resendable"

# One for a session that was revoked or lapsed on the way, one more for a renewal that lost a race with a revocation.
_MOST_RENEWALS = 2
# A HEAD answered 400 may have nothing to do with credentials (a wrong encryption key): find out this often, no more.
# What is fruitless once costs a renewal every ten minutes, and one request more.
_DOUBT_PAUSE_SECONDS = 600.0
_DOUBT_WAIT_SECONDS = 60.0
_DOUBTED_KEPT = 16


class RetriesRefused:
    """The handlers of one session. Safe for threads; one object serves all clients of the session."""

    def __init__(self, credentials: RenewingCredentials, clock: Clock = SYSTEM_CLOCK) -> None:
        self._credentials = credentials
        self._refresher = credentials.refresher
        self._clock = clock
        self._doubted: dict[str, Future[Credentials | None]] = {}
        self._no_doubt_until = float("-inf")

    def register(self, emitter: Any) -> None:
        """Stand on a session's emitter: clients made from now on copy it."""
        emitter.register_first("before-call", self.make_resendable)
        emitter.register_last("request-created", self.note_key)
        emitter.register_first("needs-retry", self.renew_if_expired)
        emitter.register("creating-client-class", naming.add_to_client_class)

    @staticmethod
    def make_resendable(params: dict[str, Any], **_: Any) -> None:
        """Before a request is signed for the first time: see to it that its body can be sent again."""
        params["body"], params["context"][_RESENDABLE] = body.resendable(params["body"])

    @staticmethod
    def note_key(request: Any, **_: Any) -> None:
        """After a request is signed: note by which key. None for one that is not signed, or signed otherwise."""
        authorization = request.headers.get("Authorization") or ""
        if isinstance(authorization, bytes):
            authorization = authorization.decode("latin-1")
        credential = authorization.partition("Credential=")[2]  # SigV4 and SigV4a: Credential=AKID/date/…
        request.context[_KEY_ID] = credential.partition("/")[0] or None

    def renew_if_expired(self, response: Any, operation: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        """0 to have the request signed and sent again, None to leave the answer as it is. Blocks while renewing."""
        if response is None:
            return None
        http, parsed = response
        if not is_error(http.status_code, parsed):
            return None
        context = request_dict["context"]
        used = self._credentials.remembered(context.get(_KEY_ID))
        if used is None:  # unsigned, or signed by keys that are not ours
            return None
        now = self._clock.wall()
        method = request_dict["method"]
        verdict = judge(http.status_code, parsed, operation=operation, method=method, used=used, now=now)
        if verdict is None:
            return None
        try:
            again = self._renewed(verdict, used, context.get(_RENEWALS, 0), _limit(parsed, used, now))
            if again and not context.get(_RESENDABLE, True):
                raise _not_resendable()
        except UnexpiredError as error:
            naming.note_cause(parsed, error)
            return None
        context[_RENEWALS] = context.get(_RENEWALS, 0) + 1
        return 0 if again else None

    def _renewed(self, verdict: Verdict, used: Credentials, renewals: int, limit: int) -> bool:
        """Whether there is another set to sign with. Whoever reports one first renews, the others share the result."""
        if verdict is Verdict.CLOCK:
            raise _clock_is_off(used)
        if verdict is Verdict.PERHAPS:
            return renewals == 0 and self._renewed_on_doubt(used) is not None
        self._refresher.invalidate(used)
        if renewals >= limit:
            raise _refused_again(used, renewals)
        return self._refresher.credentials().access_key_id != used.access_key_id

    def _renewed_on_doubt(self, used: Credentials) -> Credentials | None:
        """Another set than the one that may have been refused, or None where asking for one was fruitless.

        The set is not given up meanwhile: should the renewal fail, it stays in force. All who doubt one set share the
        answer.
        """
        current = self._refresher.credentials()
        if current.access_key_id != used.access_key_id:
            return current
        if used.access_key_id not in self._doubted and self._clock.monotonic() < self._no_doubt_until:
            return None
        mine: Future[Credentials | None] = Future()
        answer = self._doubted.setdefault(used.access_key_id, mine)
        if answer is mine:
            self._no_doubt_until = self._clock.monotonic() + _DOUBT_PAUSE_SECONDS
            self._ask(mine, used)
        try:
            return answer.result(_DOUBT_WAIT_SECONDS)
        except FutureTimeoutError:
            return None

    def _ask(self, answer: Future[Credentials | None], used: Credentials) -> None:
        renewed = None
        try:
            renewed = self._refresher.renew()
        except UnexpiredError:
            pass  # reported by the refresher; the request keeps the answer that it has
        finally:
            other = renewed is not None and renewed.access_key_id != used.access_key_id
            answer.set_result(renewed if other else None)
            for key_id in list(self._doubted)[:-_DOUBTED_KEPT]:
                self._doubted.pop(key_id, None)


def _limit(parsed: dict[str, Any], used: Credentials, now: float) -> int:
    """How many renewals this refusal is worth. ``RequestExpired`` of a set that should be alive may mean the time."""
    in_doubt = parsed["Error"].get("Code") == "RequestExpired" and not lapsed_by_record(parsed, used, now)
    return 1 if in_doubt else _MOST_RENEWALS


def _not_resendable() -> UnexpiredError:
    return UnexpiredError(
        "The credentials were renewed, but this request cannot be sent again",
        why="its body is a stream that cannot be rewound",
        next_steps=("make the call again", "give a body that can seek, or use upload_fileobj, which keeps its parts"),
    )


def _refused_again(used: Credentials, renewals: int) -> RenewalRefused:
    return RenewalRefused(
        f"{masked(used.access_key_id)} was refused as expired, after {renewals} renewal{'s' if renewals > 1 else ''}",
        why=f"the {used.source} source gives sessions that the service will not have",
        next_steps=("compare the clock with `date -u`", "see whether the role's sessions are being revoked"),
        cause="session-revoked",
        link=used.source,
    )


def _clock_is_off(used: Credentials) -> RenewalRefused:
    return RenewalRefused(
        "This machine's clock is more than five minutes off the service's",
        why="a signature is good for five minutes around its time stamp; new credentials would be refused as well",
        next_steps="set the clock: timedatectl set-ntp true",
        cause="clock-skew",
        link=used.source,
    )
