"""What becomes of the credentials that a session already has when it is attached: they are the source from then on.

Where nothing has been resolved yet, the session's profile is the source (and its sessions are shared with other
processes). Otherwise the object in the session is asked, since only it knows where it came from:

- explicit keys are given again, and again: they cannot be renewed, and the error says so when they are refused;
- a ``RefreshableCredentials``, also one made by hand after the recipes that set ``botocore_session._credentials``, is
  asked through its own refresh function. botocore's cached fetchers (assume role, web identity, SSO) hand a refused set
  back for as long as it has 15 minutes left (``CachedCredentialFetcher``), so these are asked behind their cache;
- keys that botocore read from the environment or a file are read again from there.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from botocore.credentials import CachedCredentialFetcher, RefreshableCredentials

from unexpired.engine.credentials import Credentials, parse_timestamp
from unexpired.engine.errors import PersonNeeded, SourceUnavailable
from unexpired.engine.horizon import Link
from unexpired.sources.aws.outlook import static_link
from unexpired.sources.aws.plan import Step

if TYPE_CHECKING:
    import botocore.session

    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook
    from unexpired.sources.aws.plan import PlannedSource

EXPLICIT = "explicit"  # botocore's word for keys that were passed as arguments


def source_of(session: botocore.session.Session) -> PlannedSource | None:
    """The source that the session's own credentials make; None where its profile says it all."""
    # The attribute is private and the recipes set it; there is no other place where they could be found.
    held = getattr(session, "_credentials", None)
    if isinstance(held, RefreshableCredentials):
        return Refreshable(held)
    if held is not None and held.method == EXPLICIT:
        account_id = getattr(held, "account_id", None)
        return Given(Credentials(held.access_key, held.secret_key, held.token, account_id=account_id, source=EXPLICIT))
    return None


class Given:
    """Keys that somebody passed. There is nowhere to ask for newer ones."""

    name = EXPLICIT
    shareable = False

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        parts = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token or "")
        self.key = hashlib.sha256("\0".join((EXPLICIT, *parts)).encode()).hexdigest()

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - the protocol's
        """The same keys."""
        return self._credentials

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - a copy has no other end than its own
        """A long-term key never ends; a session's end is unknown, unless a cache of the CLI's has it."""
        keys = self._credentials
        is_session = keys.session_token is not None
        return (
            static_link(
                self.name,
                keys.access_key_id,
                session=is_session,
                cause="frozen-credentials",
                where="the program's arguments",
            ),
        )


class Refreshable:
    """A ``RefreshableCredentials`` of botocore's, asked for a new set each time."""

    shareable = False

    def __init__(self, credentials: RefreshableCredentials) -> None:
        self.name = str(credentials.method).replace("-", "_")
        # Two sessions of one process that hold one object share its renewals; it lives as long as the refresher does.
        self.key = f"{id(credentials):x}"
        self._credentials = credentials

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A new set from the object's own refresh function.

        Raises:
            PersonNeeded: it would ask for an MFA code, and nobody is there.
            SourceUnavailable: it gave half a set.
        """
        held: Any = self._credentials
        refresh = held._refresh_using  # noqa: SLF001 - the name since 2013, also create_from_metadata's argument
        fetcher: Any = getattr(refresh, "__self__", None)
        if issubclass(type(fetcher), CachedCredentialFetcher):
            if prompter is None and "SerialNumber" in getattr(fetcher, "_assume_kwargs", {}):
                raise PersonNeeded(
                    "Assuming the role again needs an MFA code",
                    next_steps="renew it from a terminal: make the next call there",
                    cause="mfa-cannot-renew",
                    link=self.name,
                )
            return self._from_response(fetcher._get_credentials())  # noqa: SLF001 - what lies behind the cache
        return self._from_metadata(refresh())

    def plan(self) -> tuple[Step, ...]:
        """One step: what lies behind it, only the object knows."""
        return (Step(self.name, location=type(self._credentials).__name__),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - nothing is known of the object
        """Unknown: what its refresh function needs cannot be seen from here."""
        return (
            Link(self.name, "unknown", why="the session's own credentials object renews, and does not say how long"),
        )

    def _from_response(self, response: dict[str, Any]) -> Credentials:
        keys = response["Credentials"]
        return Credentials(
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys["SessionToken"],
            expires_at=parse_timestamp(keys["Expiration"]),
            account_id=keys.get("AccountId"),
            source=self.name,
        )

    def _from_metadata(self, metadata: dict[str, Any] | None) -> Credentials:
        try:
            found = metadata or {}
            return Credentials(
                found["access_key"],
                found["secret_key"],
                found.get("token"),
                expires_at=parse_timestamp(found["expiry_time"]) if found.get("expiry_time") else None,
                account_id=found.get("account_id"),
                source=self.name,
            )
        except (KeyError, ValueError) as error:
            raise SourceUnavailable(
                f"The session's own refresh function ({self.name}) gave no usable credentials",
                why=f"missing or unreadable: {error.args[0] if isinstance(error, KeyError) else 'expiry_time'}",
                next_steps="return access_key, secret_key, token and expiry_time from it",
                link=self.name,
            ) from None
