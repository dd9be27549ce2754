"""Who there is: users, their long-term keys and MFA devices, and roles. The register is moto's IAM.

What a test declares in Python and what a client makes through the IAM API (``create_role``, ``create_access_key``,
``enable_mfa_device``, ``delete_role``) thus mean the same, at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends

from unexpired.sandbox.keys import LongTermKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unexpired.sandbox.sessions import Session

DEFAULT_ACCOUNT = "123456789012"
_PARTITION = "aws"
_REGION = "us-east-1"
DEFAULT_MAX_SESSION_S = 3600
"""``MaxSessionDuration`` of a role that does not say (IAM CreateRole)."""


@dataclass(frozen=True)
class Role:
    """A role as STS sees it.

    Attributes:
        arn: The role's ARN.
        name: Its name, without path.
        unique_id: ``AROA…``.
        account_id: Its account.
        max_session_s: ``MaxSessionDuration``, in seconds.
        trust_policy: The ``AssumeRolePolicyDocument``, parsed.
    """

    arn: str
    name: str
    unique_id: str
    account_id: str
    max_session_s: int
    trust_policy: Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """Who a request comes from, once its key has been found.

    Attributes:
        arn: The ARN that ``GetCallerIdentity`` shows.
        user_id: The unique id it shows.
        account_id: The account.
        secret: What the signature must have been made with. Not shown in ``repr``.
        user_name: For a user and for ``GetSessionToken`` sessions, whose MFA devices count.
        session: The session, None for a long-term key.
    """

    arn: str
    user_id: str
    account_id: str
    secret: str = field(repr=False)
    user_name: str | None
    session: Session | None

    @property
    def principals(self) -> tuple[str, ...]:
        """The ARNs by which a trust policy may name this caller."""
        role_arn = self.session.role_arn if self.session else None
        return (self.arn, role_arn) if role_arn else (self.arn,)


def _iam(account_id: str) -> Any:
    return iam_backends[account_id][_PARTITION]


def create_user(name: str, account_id: str = DEFAULT_ACCOUNT) -> None:
    """Make a user, unless there is one of this name."""
    iam = _iam(account_id)
    if name not in iam.users:
        iam.create_user(_REGION, name)


def create_key(user_name: str, account_id: str = DEFAULT_ACCOUNT) -> LongTermKey:
    """Make an access key of a user. AWS allows two of them per user, and so does this."""
    iam = _iam(account_id)
    key = iam.create_access_key(user_name)
    return LongTermKey(key.access_key_id, key.secret_access_key, user_name, iam.users[user_name].arn)


def create_mfa(user_name: str, account_id: str = DEFAULT_ACCOUNT) -> tuple[str, str]:
    """Make a virtual MFA device and enable it for a user.

    Returns:
        Its serial number (an ARN) and its base-32 seed.
    """
    iam = _iam(account_id)
    device = iam.create_virtual_mfa_device(user_name, "/")
    iam.enable_mfa_device(user_name, device.serial_number, "000000", "000000")
    return str(device.serial_number), str(device.base32_string_seed)


def create_role(
    name: str, policy: Mapping[str, Any], max_session_s: int = DEFAULT_MAX_SESSION_S, account_id: str = DEFAULT_ACCOUNT
) -> str:
    """Make a role with a trust policy; one of the same name is replaced.

    Returns:
        Its ARN.
    """
    iam = _iam(account_id)
    for role in list(iam.get_roles()):
        if role.name == name:
            iam.delete_role(name)
    made = iam.create_role(name, json.dumps(policy), "/", None, "", [], str(max_session_s))
    return str(made.arn)


def trust_policy(
    trusts: Sequence[str] = (), *, external_id: str | None = None, mfa: bool = False, account_id: str = DEFAULT_ACCOUNT
) -> dict[str, Any]:
    """The usual trust policy: these principals may assume the role, on these conditions.

    Args:
        trusts: ARNs, account ids or ``*``; empty for the account itself. An ``http`` address or an ``oidc-provider``
            ARN is a web-identity provider.
        external_id: Require this ``sts:ExternalId``.
        mfa: Require MFA.
        account_id: The role's own account.
    """
    federated = [_provider(each, account_id) for each in trusts if _is_provider(each)]
    named = [each for each in trusts if not _is_provider(each)]
    if not trusts:
        named = [f"arn:aws:iam::{account_id}:root"]
    conditions: dict[str, Any] = {}
    if external_id is not None:
        conditions["StringEquals"] = {"sts:ExternalId": external_id}
    if mfa:
        conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    statements: list[dict[str, Any]] = []
    if named:
        statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}
        statements.append({**statement, "Condition": conditions} if conditions else statement)
    if federated:
        principal = {"Federated": federated}
        statements.append({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"})
    return {"Version": "2012-10-17", "Statement": statements}


def _is_provider(principal: str) -> bool:
    return principal.startswith(("http://", "https://")) or ":oidc-provider/" in principal


def _provider(principal: str, account_id: str) -> str:
    if ":oidc-provider/" in principal:
        return principal
    return f"arn:aws:iam::{account_id}:oidc-provider/{principal.partition('://')[2]}"


def find_role(arn: str) -> Role | None:
    """The role of an ARN, None when there is none (any more)."""
    account_id = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - arn:partition:service:region:account:resource
    if account_id not in iam_backends:
        return None
    for role in _iam(account_id).get_roles():
        if role.arn == arn:
            return Role(
                arn=arn,
                name=role.name,
                unique_id=role.id,
                account_id=account_id,
                max_session_s=int(role.max_session_duration or DEFAULT_MAX_SESSION_S),
                trust_policy=json.loads(role.assume_role_policy_document),
            )
    return None


def find_key(access_key_id: str) -> Caller | None:
    """The owner of a long-term key; None when it is unknown, deleted or inactive."""
    for account_id, account in list(iam_backends.items()):
        iam = account[_PARTITION]
        key = iam.access_keys.get(access_key_id)
        if key is None or key.status != "Active" or key.user_name not in iam.users:
            continue
        user = iam.users[key.user_name]
        return Caller(user.arn, user.id, account_id, key.secret_access_key, user.name, None)
    return None


def any_mfa_seed(serial: str) -> str:
    """The base-32 seed of an MFA device, whosever it is.

    Raises:
        LookupError: There is no such device.
    """
    for account in list(iam_backends.values()):
        device = account[_PARTITION].virtual_mfa_devices.get(serial)
        if device is not None:
            return str(device.base32_string_seed)
    raise LookupError(f"no MFA device {serial!r}")


def mfa_seed(user_name: str, serial: str, account_id: str) -> str | None:
    """The base-32 seed of an MFA device that this user has enabled; None when it is not theirs."""
    iam = _iam(account_id)
    user = iam.users.get(user_name)
    if user is None or serial not in user.mfa_devices:
        return None
    device = iam.virtual_mfa_devices.get(serial)
    return str(device.base32_string_seed) if device is not None else None


def caller_of(session: Session) -> Caller:
    """The caller behind a session."""
    user_name = session.arn.rpartition("/")[2] if session.kind == "session-token" else None
    return Caller(session.arn, session.user_id, session.account_id, session.secret_access_key, user_name, session)
