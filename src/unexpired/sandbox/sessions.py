"""The sessions that the sandbox's STS has issued, alive and dead."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from moto.iam.utils import generate_access_key_id_from_account_id

Ending = Literal["expired", "invalid", "denied"]
"""What a client of a revoked session is told. ``expired`` is what clients meet in the field when a session ends early;
``denied`` is what IAM's "revoke active sessions" does: the session lives on, and an explicit deny stops it."""

_TOKEN_BYTES = 264
_TOKEN_START = "IQoJb3JpZ2luX2Vj"  # noqa: S105 - every real session token begins like this; scanners and redactors look for it
_KEPT = 100_000
"""Sessions remembered. The oldest are forgotten first; their keys are then unknown instead of expired."""


@dataclass(frozen=True)
class Session:
    """A session as issued.

    Attributes:
        access_key_id: ``ASIA…``.
        secret_access_key: Not shown in ``repr``.
        session_token: Not shown in ``repr``.
        account_id: The account it acts in.
        arn: The caller's ARN, for instance ``arn:aws:sts::123456789012:assumed-role/etl/job``.
        user_id: The caller's unique id, ``AROA…:job`` for a role.
        role_arn: The role assumed, None for ``GetSessionToken`` and ``GetFederationToken``.
        kind: Which operation issued it.
        issued_at: Seconds since the epoch, by the sandbox's clock.
        expires_at: The same.
        mfa_at: When MFA was proven for it, None without.
        serial: Counts up over all sessions of a sandbox.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    account_id: str
    arn: str
    user_id: str
    role_arn: str | None
    kind: Literal["assumed-role", "session-token", "federated"]
    issued_at: float
    expires_at: float
    mfa_at: float | None
    serial: int


class Sessions:
    """Issues sessions and finds them again by key id. Safe for threads; nothing blocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, Session] = OrderedDict()
        self._ended: dict[str, Ending] = {}
        self._all_ended: list[tuple[int, str | None, Ending]] = []
        self._serial = 0

    def issue(
        self,
        *,
        account_id: str,
        arn: str,
        user_id: str,
        kind: Literal["assumed-role", "session-token", "federated"],
        issued_at: float,
        expires_at: float,
        role_arn: str | None = None,
        mfa_at: float | None = None,
    ) -> Session:
        """Make a session that lives from ``issued_at`` to ``expires_at``, in seconds since the epoch."""
        with self._lock:
            self._serial += 1
            session = Session(
                access_key_id=generate_access_key_id_from_account_id(account_id, prefix="ASIA", total_length=20),
                secret_access_key=secrets.token_urlsafe(30),
                session_token=_TOKEN_START + secrets.token_urlsafe(_TOKEN_BYTES),
                account_id=account_id,
                arn=arn,
                user_id=user_id,
                role_arn=role_arn,
                kind=kind,
                issued_at=issued_at,
                expires_at=expires_at,
                mfa_at=mfa_at,
                serial=self._serial,
            )
            self._by_key[session.access_key_id] = session
            if len(self._by_key) > _KEPT:
                forgotten, _ = self._by_key.popitem(last=False)
                self._ended.pop(forgotten, None)
        return session

    def find(self, access_key_id: str) -> Session | None:
        """The session of a key id, dead or alive; None when it was never issued here."""
        return self._by_key.get(access_key_id)

    def issued(self) -> tuple[Session, ...]:
        """All sessions remembered, oldest first."""
        with self._lock:
            return tuple(self._by_key.values())

    def revoke(self, *, role_arn: str | None = None, ending: Ending = "expired") -> int:
        """End every session issued so far, of one role or of all.

        Returns:
            How many sessions that touched. Later ones live.
        """
        with self._lock:
            self._all_ended.append((self._serial, role_arn, ending))
            return sum(role_arn in (None, session.role_arn) for session in self._by_key.values())

    def end(self, access_key_id: str, ending: Ending = "expired") -> None:
        """End one session.

        Raises:
            LookupError: No session has this key id.
        """
        with self._lock:
            if access_key_id not in self._by_key:
                raise LookupError(f"no session with the access key id {access_key_id[:4]}…{access_key_id[-4:]}")
            self._ended[access_key_id] = ending

    def ending(self, session: Session) -> Ending | None:
        """How a session was ended before its time, None when it was not."""
        with self._lock:
            single = self._ended.get(session.access_key_id)
            if single is not None:
                return single
            for serial, role_arn, ending in reversed(self._all_ended):
                if session.serial <= serial and role_arn in (None, session.role_arn):
                    return ending
        return None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_key.clear()
            self._ended.clear()
            self._all_ended.clear()
