"""The questions that the gate puts to a request, in order; the first wrong answer refuses it.

1. Is it signed, legibly, and in one way only?
2. Is its time within the clock rule; is a presigned one still (and already) good?
3. Is the key known; does the token belong to it?
4. Is the session alive: not revoked, not lapsed?
5. Is the signature the one that the key's secret makes?
6. Is the body the one that was signed, whole, and of the checksum it claims?

AWS does not publish its order. This one has the properties seen in the field: a bogus key is ``InvalidAccessKeyId``
whatever its signature, a lapsed session is ``ExpiredToken`` rather than a mismatch, and a
clock that is off shows as such.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from unexpired.sandbox import identities, operation, payload, post_policy, signature, signature_v2, sts, wire
from unexpired.sandbox.wire import Answer, Kind, Protocol, RefusedError

if TYPE_CHECKING:
    from unexpired.sandbox.identities import Caller
    from unexpired.sandbox.payload import Body
    from unexpired.sandbox.request import Request
    from unexpired.sandbox.sessions import Session, Sessions
    from unexpired.sandbox.settings import Settings
    from unexpired.sandbox.signature import Signed


class Examination:
    """Examines one request. What has been found out stands in the attributes, also after a refusal.

    Attributes:
        service: Signing name.
        operation: Operation name.
        protocol: How the service words its errors.
        access_key_id: The key that claims to have signed, None without one.
        caller: Who that is, None until known.
        body: The decoded body, None until all questions are answered.
    """

    def __init__(self, request: Request, sessions: Sessions, settings: Settings) -> None:
        self._request = request
        self._sessions = sessions
        self._settings = settings
        self.access_key_id: str | None = None
        self.caller: Caller | None = None
        self.body: Body | None = None
        self._name(operation.unsigned_service(request))

    def run(self, now: float, machine_now: float) -> None:
        """Put all questions.

        Args:
            now: Seconds since the epoch by the clock that sessions live by.
            machine_now: The same by the machine's clock, which clients sign by. The two differ only where a test has
                taken the first into its own hands.

        Raises:
            RefusedError: The first wrong answer.
        """
        signed = self._read()
        if signed is None:
            if self.service == "sts" and self.operation in sts.UNSIGNED:
                return
            raise RefusedError(Kind.MISSING)
        self.access_key_id = signed.access_key_id
        self._name(signed.service)
        self._check_time(signed, machine_now)
        self.caller = self._find(signed)
        if self.caller.session is not None:
            self._check_alive(self.caller.session, now)
        self._check_signature(signed, self.caller.secret, machine_now)

    def _name(self, service: str) -> None:
        self.service = service
        self.operation = operation.name(service, self._request)
        self.protocol = wire.protocol_of(service, self._request)

    def _read(self) -> Signed | None:
        readers = (signature.read, signature_v2.read, post_policy.read)
        return next((signed for read in readers if (signed := read(self._request)) is not None), None)

    def _check_time(self, signed: Signed, now: float) -> None:
        s3 = signed.service == "s3"
        rule = self._settings.s3_clock_rule_s if s3 else self._settings.clock_rule_s
        if signed.expires_at is not None:
            self._check_presigned(signed, signed.expires_at, now, rule)
        elif signed.signed_at is not None and abs(now - signed.signed_at) > rule:
            raise _skewed(signed, signed.signed_at, now, rule, s3=s3)

    @staticmethod
    def _check_presigned(signed: Signed, expires_at: float, now: float, rule: float) -> None:
        if signed.signed_at is not None and signed.signed_at - now > rule:
            raise RefusedError(Answer(403, "AccessDenied", "Request is not valid yet"))
        if now > expires_at:
            if signed.service != "s3":
                raise RefusedError(
                    Kind.CLOCK, f"Signature expired: {_compact(expires_at)} is now earlier than {_compact(now)}"
                )
            fields = {"Expires": _iso(expires_at), "ServerTime": _iso(now)}
            raise RefusedError(Answer(403, "AccessDenied", "Request has expired", fields))

    def _find(self, signed: Signed) -> Caller:
        session = self._sessions.find(signed.access_key_id)
        if session is not None and signed.token is not None:
            if not hmac.compare_digest(signed.token.encode(), session.session_token.encode()):
                raise self._bad_token(signed)
            return identities.caller_of(session)
        caller = identities.find_key(signed.access_key_id)
        # A session's key without its token is unknown, as if it had never been issued.
        if caller is None:
            raise RefusedError(Kind.UNKNOWN_KEY, fields={"AWSAccessKeyId": signed.access_key_id})
        if signed.token is not None:
            raise self._bad_token(signed)
        return caller

    def _check_alive(self, session: Session, now: float) -> None:
        ending = self._sessions.ending(session)
        if ending == "denied":
            message = (
                f"User: {session.arn} is not authorized to perform: {self.service}:{self.operation} "
                "with an explicit deny in an identity-based policy"
            )
            raise RefusedError(Kind.DENIED, message)
        if ending == "invalid":
            raise RefusedError(Kind.INVALID_TOKEN, fields={"Token-0": session.session_token})
        if ending == "expired" or now >= session.expires_at:
            raise RefusedError(Kind.EXPIRED, fields={"Token-0": session.session_token})

    def _check_signature(self, signed: Signed, secret: str, now: float) -> None:
        if signed.policy is not None:
            post_policy.verify(self._request, signed, secret, now)
        elif signed.version == 2:  # noqa: PLR2004 - the signature's version
            signature_v2.verify(self._request, signed, secret)
        else:
            signature.verify(self._request, signed, secret, payload.claimed(self._request, signed))
        if self.protocol is Protocol.S3:
            self.body = payload.decode(self._request, signed, secret)

    @staticmethod
    def _bad_token(signed: Signed) -> RefusedError:
        return RefusedError(Kind.INVALID_TOKEN, fields={"Token-0": signed.token or ""})


def _skewed(signed: Signed, signed_at: float, now: float, rule: float, *, s3: bool) -> RefusedError:
    if s3:
        fields = {
            "RequestTime": signed.stamp,
            "ServerTime": _iso(now),
            "MaxAllowedSkewMilliseconds": str(int(rule * 1000)),
        }
        return RefusedError(Kind.CLOCK, fields=fields)
    minutes = f"{rule / 60:g} min."
    if signed_at < now:
        edge = f"earlier than {_compact(now - rule)} ({_compact(now)} - {minutes})"
        return RefusedError(Kind.CLOCK, f"Signature expired: {signed.stamp} is now {edge}")
    edge = f"later than {_compact(now + rule)} ({_compact(now)} + {minutes})"
    return RefusedError(Kind.CLOCK, f"Signature not yet current: {signed.stamp} is still {edge}")


def _compact(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
