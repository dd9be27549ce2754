"""STS itself: the operations that issue sessions, with AWS's limits, defaults and refusals.

moto's STS says yes to everything and forgets to end what it issued; so these operations are ours. The rest of the
service (``DecodeAuthorizationMessage``, ``GetAccessKeyInfo``) is passed on to moto.

Source: the STS API reference, page by operation; the chained hour: IAM user guide, "Role chaining".
"""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from unexpired.sandbox import identities, parameters, trust
from unexpired.sandbox.wire import Answer, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.identities import Caller, Role
    from unexpired.sandbox.mfa import OneTimeCodes
    from unexpired.sandbox.sessions import Session, Sessions
    from unexpired.sandbox.settings import Settings
    from unexpired.sandbox.web_identity import IdentityProvider

UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
"""Operations that carry their own proof instead of a signature."""

MIN_ROLE_S = 900
MAX_ROLE_S = 43_200
CHAINED_S = 3600
"""A role assumed with a role's session: one hour at most, whatever the role allows."""

DEFAULT_ROLE_S = 3600
DEFAULT_USER_S = 43_200
MAX_USER_S = 129_600

_WHOLE_SECONDS_FROM_S = 60
"""Lifetimes from here on end on a whole second, as STS's do. Shorter ones, unknown to AWS, keep milliseconds."""

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

_Fields = dict[str, "str | _Fields"]


class Sts:
    """Answers STS calls whose signature has already been checked."""

    def __init__(self, sessions: Sessions, settings: Settings, codes: OneTimeCodes, provider: IdentityProvider) -> None:
        self._sessions = sessions
        self._settings = settings
        self._codes = codes
        self._provider = provider
        self._signed = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
            "GetSessionToken": self._get_session_token,
            "GetFederationToken": self._get_federation_token,
        }

    def knows(self, operation: str) -> bool:
        """Is this operation answered here, and not by moto?"""
        return operation in self._signed or operation in UNSIGNED

    def answer(
        self, operation: str, form: Mapping[str, str], caller: Caller | None, now: float, request_id: str
    ) -> bytes:
        """The XML document that answers a call.

        Args:
            operation: The call's ``Action``.
            form: Its parameters.
            caller: Who signed it; None for the unsigned operations.
            now: Seconds since the epoch.
            request_id: To be repeated in the answer.

        Raises:
            RefusedError: The call is not granted.
        """
        if operation == "AssumeRoleWithWebIdentity":
            fields = self._assume_role_with_web_identity(form, now)
        elif caller is None or operation not in self._signed:
            message = f"The sandbox does not issue sessions by {operation}."
            raise RefusedError(Answer(400, "InvalidAction", message))
        else:
            fields = self._signed[operation](form, caller, now)
        return (
            f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{_xml(fields)}</{operation}Result>'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
        ).encode()

    def _assume_role(self, form: Mapping[str, str], caller: Caller, now: float) -> _Fields:
        role_arn, name = parameters.required(form, "RoleArn"), parameters.session_name(form)
        external_id = parameters.external_id(form)
        mfa_at = self._proven_mfa(form, caller, now)
        asked = parameters.duration_s(form, MIN_ROLE_S, MAX_ROLE_S)
        role = identities.find_role(role_arn)
        context = _context(caller, name, external_id, mfa_at, now)
        if role is None or not trust.allows(
            role.trust_policy,
            action="sts:AssumeRole",
            principals=caller.principals,
            account_id=caller.account_id,
            context=context,
        ):
            # AWS does not tell a missing role from a closed one.
            raise _denied(caller.arn, "sts:AssumeRole", role_arn)
        chained = caller.session is not None and caller.session.kind == "assumed-role"
        return self._assumed(role, name, now, self._role_end(now, asked, role, chained=chained))

    def _assume_role_with_web_identity(self, form: Mapping[str, str], now: float) -> _Fields:
        role_arn, name = parameters.required(form, "RoleArn"), parameters.session_name(form)
        asked = parameters.duration_s(form, MIN_ROLE_S, MAX_ROLE_S)
        claims = self._provider.claims(parameters.required(form, "WebIdentityToken"), now)
        issuer = str(claims["iss"]).partition("://")[2]
        role = identities.find_role(role_arn)
        account_id = role.account_id if role else ""
        provider = f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"
        context = {f"{issuer}:{claim}".lower(): str(claims[claim]) for claim in ("sub", "aud")}
        context["sts:rolesessionname"] = name
        if role is None or not trust.allows(
            role.trust_policy,
            action="sts:AssumeRoleWithWebIdentity",
            principals=(),
            account_id="",
            provider=provider,
            context=context,
        ):
            raise RefusedError(Answer(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"))
        return {
            **self._assumed(role, name, now, self._role_end(now, asked, role, chained=False)),
            "SubjectFromWebIdentityToken": str(claims["sub"]),
            "Audience": str(claims["aud"]),
            "Provider": provider,
        }

    def _get_caller_identity(self, _form: Mapping[str, str], caller: Caller, _now: float) -> _Fields:
        return {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account_id}

    def _get_session_token(self, form: Mapping[str, str], caller: Caller, now: float) -> _Fields:
        if caller.session is not None:
            message = "Cannot call GetSessionToken with session credentials"
            raise RefusedError(Answer(403, "AccessDenied", message))
        mfa_at = self._proven_mfa(form, caller, now)
        asked = parameters.duration_s(form, MIN_ROLE_S, MAX_USER_S)
        session = self._sessions.issue(
            account_id=caller.account_id,
            arn=caller.arn,
            user_id=caller.user_id,
            kind="session-token",
            issued_at=now,
            expires_at=self._end(now, asked, DEFAULT_USER_S, MAX_USER_S),
            mfa_at=mfa_at,
        )
        return {"Credentials": _credentials(session)}

    def _get_federation_token(self, form: Mapping[str, str], caller: Caller, now: float) -> _Fields:
        if caller.session is not None:
            message = "Cannot call GetFederationToken with session credentials"
            raise RefusedError(Answer(403, "AccessDenied", message))
        name = parameters.required(form, "Name")
        asked = parameters.duration_s(form, MIN_ROLE_S, MAX_USER_S)
        arn = f"arn:aws:sts::{caller.account_id}:federated-user/{name}"
        session = self._sessions.issue(
            account_id=caller.account_id,
            arn=arn,
            user_id=f"{caller.account_id}:{name}",
            kind="federated",
            issued_at=now,
            expires_at=self._end(now, asked, DEFAULT_USER_S, MAX_USER_S),
        )
        return {
            "Credentials": _credentials(session),
            "FederatedUser": {"Arn": arn, "FederatedUserId": session.user_id},
            "PackedPolicySize": "0",
        }

    def _role_end(self, now: float, asked: int | None, role: Role, *, chained: bool) -> float:
        if chained and asked is not None and asked > CHAINED_S:
            raise parameters.invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
        if asked is not None and asked > role.max_session_s:
            raise parameters.invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        cap = min(role.max_session_s, CHAINED_S) if chained else role.max_session_s
        return self._end(now, asked, DEFAULT_ROLE_S, cap)

    def _end(self, now: float, asked: int | None, default_s: int, cap_s: int) -> float:
        lifetime = self._settings.granted_s(asked, default_s, cap_s)
        end = now + lifetime
        return float(math.floor(end)) if lifetime >= _WHOLE_SECONDS_FROM_S else math.floor(end * 1000) / 1000

    def _proven_mfa(self, form: Mapping[str, str], caller: Caller, now: float) -> float | None:
        # Only GetSessionToken's sessions carry MFA on; a role's session has none, even if MFA opened it.
        serial, given = form.get("SerialNumber"), form.get("TokenCode")
        if serial is None and given is None:
            return caller.session.mfa_at if caller.session else None
        seed = identities.mfa_seed(caller.user_name or "", serial or "", caller.account_id)
        if caller.session is not None or seed is None or not self._codes.accept(seed, given or ""):
            message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
            raise RefusedError(Answer(403, "AccessDenied", message))
        return now

    def _assumed(self, role: Role, name: str, now: float, expires_at: float) -> _Fields:
        arn = f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{name}"
        session = self._sessions.issue(
            account_id=role.account_id,
            arn=arn,
            user_id=f"{role.unique_id}:{name}",
            role_arn=role.arn,
            kind="assumed-role",
            issued_at=now,
            expires_at=expires_at,
        )
        return {
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": arn},
            "Credentials": _credentials(session),
            "PackedPolicySize": "0",
        }


def _context(caller: Caller, name: str, external_id: str | None, mfa_at: float | None, now: float) -> dict[str, str]:
    # A long-term key without MFA leaves aws:MultiFactorAuthPresent absent; a session always has it, true or false.
    context = {"sts:rolesessionname": name, "aws:principalarn": caller.principals[-1]}
    if external_id is not None:
        context["sts:externalid"] = external_id
    if caller.user_name is not None:
        context["aws:username"] = caller.user_name
    if mfa_at is not None or caller.session is not None:
        context["aws:multifactorauthpresent"] = "true" if mfa_at is not None else "false"
    if mfa_at is not None:
        context["aws:multifactorauthage"] = str(int(now - mfa_at))
    return context


def _credentials(session: Session) -> _Fields:
    end = datetime.fromtimestamp(session.expires_at, timezone.utc)
    precision = "milliseconds" if end.microsecond else "seconds"
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": end.replace(tzinfo=None).isoformat(timespec=precision) + "Z",
    }


def _xml(fields: _Fields) -> str:
    return "".join(
        f"<{name}>{escape(value) if isinstance(value, str) else _xml(value)}</{name}>" for name, value in fields.items()
    )


def _denied(arn: str, action: str, resource: str) -> RefusedError:
    message = f"User: {arn} is not authorized to perform: {action} on resource: {resource}"
    return RefusedError(Answer(403, "AccessDenied", message))
