"""Requests signed with the service's time where this machine's clock is off (``sources/aws/skew.py``).

botocore has no setting for that, and its signers read the clock themselves. Four events of a client do it:

- ``before-call`` notes which clock will judge the request;
- ``choose-signer`` takes, where that clock is known to be more than four minutes off, a signer of ours in place of
  botocore's ``v4`` or ``s3v4``: the same one, with the time put right;
- ``needs-retry`` measures by the ``Date`` of an answer (RFC 9110), and has a request that was refused for its time
  signed again, once.

Nothing of botocore's is changed; two names are added to its table of signers. Left alone are presigned URLs and forms,
SigV4a, S3 Express and bearer tokens.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.sources.aws.refusals import is_about_time
from unexpired.sources.aws.signing import STAMP
from unexpired.sources.aws.skew import CLOCKS, TOLERATED_SECONDS, ServiceClocks, clock_of

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDPOINT = "unexpired_endpoint"
_AHEAD = "unexpired_ahead"
_RESENDABLE = "unexpired_resendable"
_OURS = {"v4": "unexpired-v4", "s3v4": "unexpired-s3v4"}
# An answer's time is looked at this often, and whenever a request has been refused: reading one costs microseconds.
_LOOK_SECONDS = 60.0
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class SignsInTime:
    """The handlers of one session. Safe for threads; one object serves all clients of the session.

    Args:
        clocks: the measurements; those of our own calls to STS by default, since AWS's services have one time.
        clock: this machine's.
    """

    def __init__(self, clocks: ServiceClocks = CLOCKS, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clocks = clocks
        self._clock = clock
        self._look_at: dict[str, float] = {}
        self._emitter: Any = None

    def register(self, emitter: Any) -> None:
        """Stand on a session's emitter: clients made from now on copy it."""
        emitter.register_first("before-call", self.note_endpoint)
        emitter.register_first("choose-signer", self.choose)
        emitter.register_first("needs-retry", self.again_in_time)

    @staticmethod
    def note_endpoint(params: dict[str, Any], **_: Any) -> None:
        """Before a request is signed for the first time: whose clock will judge it."""
        parts = urlsplit(params["url"])
        params["context"][_ENDPOINT] = clock_of(f"{parts.scheme}://{parts.netloc}")

    def choose(self, signature_version: Any, context: dict[str, Any], signing_name: str, **_: Any) -> str | None:
        """A signer of ours while the clock is off; None lets botocore choose."""
        endpoint = context.get(_ENDPOINT)
        ahead = context[_AHEAD] = self._clocks.ahead(endpoint) if endpoint else 0.0
        if not ahead or not isinstance(signature_version, str):
            return None
        from botocore.handlers import set_operation_specific_signer

        # What botocore's own handler would say; ours is asked first, and the first answer counts.
        chosen = set_operation_specific_signer(context=context, signing_name=signing_name) or signature_version
        ours = _OURS.get(chosen) if isinstance(chosen, str) else None
        if ours is None:
            context[_AHEAD] = 0.0
            return None
        _add_signers()
        return ours

    def again_in_time(self, response: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        """Measure; and 0 to have a request that was refused for its time signed and sent again, once."""
        context = request_dict["context"]
        endpoint = context.get(_ENDPOINT)
        if response is None or endpoint is None:
            return None
        http, parsed = response
        refused = _CLIENT_ERROR <= http.status_code < _SERVER_ERROR
        now = self._clock.monotonic()
        if not refused and now < self._look_at.get(endpoint, 0.0):
            return None
        self._look_at[endpoint] = now + _LOOK_SECONDS
        self._clocks.observe(endpoint, {name.lower(): value for name, value in http.headers.items()})
        # A HEAD's refusal has no words, so its time has to do.
        if not refused or not (request_dict["method"] == "HEAD" or is_about_time(parsed)):
            return None
        ahead, signed_with = self._clocks.ahead(endpoint), context.get(_AHEAD, 0.0)
        if abs(ahead - signed_with) <= TOLERATED_SECONDS or not context.get(_RESENDABLE, True):
            return None
        return 0


@lru_cache(maxsize=1)
def _add_signers() -> None:
    from botocore import auth

    for theirs, ours in ((auth.SigV4Auth, _OURS["v4"]), (auth.S3SigV4Auth, _OURS["s3v4"])):
        auth.AUTH_TYPE_MAPS[ours] = _in_time(theirs)


def _in_time(theirs: Any) -> Any:
    """One of botocore's signers, with its requests' own correction of the time."""
    canonical_request: Callable[[Any, Any], Any] = theirs.canonical_request

    def corrected(self: Any, request: Any) -> Any:
        # The first thing made after the machine's time has been put into the request, and before it is used.
        stamp = moment(SYSTEM_CLOCK.wall() + request.context.get(_AHEAD, 0.0)).strftime(STAMP)
        request.context["timestamp"] = stamp
        del request.headers["X-Amz-Date"]  # botocore's headers keep what is set twice, twice
        request.headers["X-Amz-Date"] = stamp
        return canonical_request(self, request)

    return type(f"InTime{theirs.__name__}", (theirs,), {"canonical_request": corrected})
