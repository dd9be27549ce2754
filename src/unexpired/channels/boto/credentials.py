"""What botocore signs with: a credentials object that asks the refresher each time, and remembers what it gave.

botocore freezes the credentials of a client for every request it signs (``RequestSigner.get_auth_instance``), so this
is where a renewed session reaches clients that exist. It is a plain ``Credentials``, not a ``RefreshableCredentials``:
that one decides for itself when to renew, and makes a caller wait (botocore, ``credentials.py``, ``_refresh``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.credentials
from botocore.credentials import CredentialProvider, ReadOnlyCredentials

from unexpired.channels.boto.boundary import as_retrieval_error
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from datetime import datetime

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.refresher import Refresher

METHOD = "unexpired"

# Sets remembered by their key id, so that a late refusal is known for what it is. A request lives for minutes; a
# session for at least 900 s outside tests.
_REMEMBERED = 16
# botocore before 1.35 has no account_id among them.
_WITH_ACCOUNT_ID = "account_id" in ReadOnlyCredentials._fields


class RenewingCredentials(botocore.credentials.Credentials):
    """One refresher's session, in the shape that botocore asks for. Safe for threads and across ``fork``.

    Reading ``access_key``, ``secret_key`` and ``token`` one after the other may straddle a renewal, as with botocore's
    own: whoever needs the three together calls :meth:`get_frozen_credentials`, and does not keep the copy.

    Attributes:
        refresher: whose session it is.
        method: ``"unexpired"``, where botocore names the provider that was used.
    """

    def __init__(self, refresher: Refresher) -> None:
        # botocore's __init__ is not run: it would store one set in attributes that are properties here.
        self.refresher = refresher
        self.method = METHOD
        self._fresh = refresher.credentials
        self._frozen: tuple[Credentials | None, ReadOnlyCredentials | None] = (None, None)
        self._handed_out: tuple[Credentials, ...] = ()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The set to sign one request with. Blocks only when none is in hand that could carry one.

        Raises:
            RenewalError, ConfigurationError: no session could be had; also botocore's ``CredentialRetrievalError``.
        """
        try:
            credentials = self._fresh()
        except UnexpiredError as error:
            raise as_retrieval_error(error) from error.__cause__
        frozen_from, frozen = self._frozen
        if frozen_from is credentials and frozen is not None:
            return frozen
        return self._freeze(credentials)

    def remembered(self, key_id: str | None) -> Credentials | None:
        """The set with this access key id, if it was handed out here lately."""
        # The current one first: it is there even if two threads that froze different sets at once lost one of the
        # tuple.
        current = self._frozen[0]
        if current is not None and current.access_key_id == key_id:
            return current
        return next((set_ for set_ in self._handed_out if set_.access_key_id == key_id), None)

    @property
    def access_key(self) -> str:  # type: ignore[override]  # not for setting
        """The access key id of a fresh session."""
        return str(self.get_frozen_credentials().access_key)

    @property
    def secret_key(self) -> str:  # type: ignore[override]  # not for setting
        """The secret access key of a fresh session."""
        return str(self.get_frozen_credentials().secret_key)

    @property
    def token(self) -> str | None:  # type: ignore[override]  # not for setting
        """The session token of a fresh session; None for a long-term key."""
        return self.get_frozen_credentials().token

    @property
    def account_id(self) -> str | None:
        """Twelve digits, or None where the source does not know. botocore asks when an endpoint depends on it."""
        return getattr(self.get_frozen_credentials(), "account_id", None)

    # What programs peek at in botocore's RefreshableCredentials, where an honest answer is cheap.

    @property
    def _expiry_time(self) -> datetime | None:
        """The end of the session in hand, aware UTC; None when it has none or none is in hand. Renews nothing."""
        return self.refresher.status().expires_at

    def refresh_needed(self, refresh_in: float | None = None) -> bool:  # noqa: ARG002 - botocore's signature
        """Never: whoever asks for the credentials gets fresh ones, and need not do anything for it."""
        return False

    def _freeze(self, credentials: Credentials) -> ReadOnlyCredentials:
        fields: tuple[Any, ...] = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
        if _WITH_ACCOUNT_ID:
            fields += (credentials.account_id,)
        frozen = ReadOnlyCredentials(*fields)
        # Remembered before it is handed out: a refusal can only come after.
        self._handed_out = (*self._handed_out[1 - _REMEMBERED :], credentials)
        self._frozen = (credentials, frozen)
        return frozen


class RenewingProvider(CredentialProvider):
    """Puts our credentials before everything else in a session's chain. Loading asks nobody for a session."""

    METHOD = METHOD
    CANONICAL_NAME = METHOD

    def __init__(self, credentials: RenewingCredentials) -> None:
        super().__init__()
        self.credentials = credentials

    def load(self) -> RenewingCredentials:
        """The credentials, which are resolved when a request is signed."""
        return self.credentials
