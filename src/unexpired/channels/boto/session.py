"""``Session`` and ``attach``: boto3 sessions whose credentials renew themselves and whose refused requests survive.

::

    session = unexpired.Session(profile_name="etl")  # a boto3.Session: clients, resources, paginators, waiters …
    unexpired.attach(existing_session)  # the same for one that exists

Making one asks nobody for credentials: the first request does. From then on they are renewed behind the program's back,
at two thirds of their life, once for all sessions of a process and, through the store, for all processes of a user.

Clients that were made before ``attach`` keep the credentials object that they were given, as boto3 means them to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

import boto3

from unexpired.channels.boto import takeover
from unexpired.channels.boto.credentials import RenewingCredentials, RenewingProvider
from unexpired.channels.boto.retry import RetriesRefused
from unexpired.channels.shared import default_store, shared_refresher
from unexpired.engine.errors import ConfigurationError
from unexpired.engine.refresher import Refresher

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    import botocore.session

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.events import EventHook
    from unexpired.engine.policy import RefreshPolicy
    from unexpired.engine.protocols import Source, Store
    from unexpired.engine.status import RefresherStatus

    # What a session can be told to come from.
    Origin = Source | Callable[[], Credentials] | Refresher

AnySession = TypeVar("AnySession", bound="boto3.Session | botocore.session.Session")


class Session(boto3.Session):
    """A ``boto3.Session`` with credentials that stay fresh.

    Args:
        aws_access_key_id, aws_secret_access_key, aws_session_token, aws_account_id: explicit keys, as in boto3. Nothing
            can renew them: they are used as they are, and when a service refuses them the error says so.
        region_name, botocore_session, profile_name: as in boto3. Credentials that the botocore session has already are
            taken over (see ``takeover``).
        source: where sessions come from, in place of the above: a :class:`~unexpired.engine.protocols.Source`; a
            function that takes nothing and returns ``unexpired.Credentials``; or a ``Refresher`` of your own, which
            then decides alone (``store``, ``policy`` and ``hooks`` are its affair).
        store: ``"shared"`` with the other processes of this user, ``"memory"`` for this process alone, or a store.
        policy: when to renew.
        hooks: called with every :class:`~unexpired.engine.events.RenewalDetails`.

    Raises:
        ConfigurationError: arguments that exclude each other; a profile that makes no sense.
        botocore.exceptions.ProfileNotFound: as boto3.
    """

    def __init__(  # noqa: PLR0917 - boto3.Session has these seven in this order
        self,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        region_name: str | None = None,
        botocore_session: botocore.session.Session | None = None,
        profile_name: str | None = None,
        aws_account_id: str | None = None,
        *,
        source: Origin | None = None,
        store: Store | Literal["shared", "memory"] = "shared",
        policy: RefreshPolicy | None = None,
        hooks: tuple[EventHook, ...] = (),
    ) -> None:
        explicit: dict[str, Any] = {
            "aws_access_key_id": aws_access_key_id,
            "aws_secret_access_key": aws_secret_access_key,
            "aws_session_token": aws_session_token,
        }
        if aws_account_id is not None:  # boto3 before 1.35 does not know it
            explicit["aws_account_id"] = aws_account_id
        super().__init__(
            **explicit, region_name=region_name, botocore_session=botocore_session, profile_name=profile_name
        )
        self._renewing = _empower(self._session, source, store=store, policy=policy, hooks=hooks)

    @property
    def refresher(self) -> Refresher:
        """What renews: ``.renew()`` makes a new session now, ``.close()`` stops renewing in the background."""
        return self._renewing.refresher

    def status(self) -> RefresherStatus:
        """The session in hand, when it is renewed next, and the last failure. Never waits, holds no secret."""
        return self.refresher.status()


@overload
def attach(
    session: AnySession,
    *,
    source: Origin | None = ...,
    store: Store | Literal["shared", "memory"] = ...,
    policy: RefreshPolicy | None = ...,
    hooks: tuple[EventHook, ...] = ...,
) -> AnySession: ...


@overload
def attach(
    session: None = None,
    *,
    source: Origin | None = ...,
    store: Store | Literal["shared", "memory"] = ...,
    policy: RefreshPolicy | None = ...,
    hooks: tuple[EventHook, ...] = ...,
) -> boto3.Session: ...


def attach(
    session: boto3.Session | botocore.session.Session | None = None,
    *,
    source: Origin | None = None,
    store: Store | Literal["shared", "memory"] = "shared",
    policy: RefreshPolicy | None = None,
    hooks: tuple[EventHook, ...] = (),
) -> boto3.Session | botocore.session.Session:
    """Give a session that exists renewing credentials; clients made from it afterwards have them, and the retry.

    Clients made before keep theirs. A session is attached once: a second call changes nothing.

    Args:
        session: boto3's or botocore's; None for boto3's default session, which ``boto3.client`` and ``boto3.resource``
            use.
        source: as for :class:`Session`; without one, the session's own credentials or its profile are the source (see
            ``takeover``).
        store: as for :class:`Session`.
        policy: as for :class:`Session`.
        hooks: as for :class:`Session`.

    Returns:
        The same session. What renews it: ``session.get_credentials().refresher``.

    Raises:
        ConfigurationError: the session's profile makes no sense, or it is attached already and arguments are given.
    """
    chosen = _default_session() if session is None else session
    inner: Any = getattr(chosen, "_session", chosen)  # a boto3 session is a thin one around botocore's
    _empower(inner, source, store=store, policy=policy, hooks=hooks)
    return chosen


def _default_session() -> boto3.Session:
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    return session  # type: ignore[no-any-return]  # boto3 says that it may be None


def _empower(
    session: Any,
    source: Origin | None,
    *,
    store: Store | Literal["shared", "memory"],
    policy: RefreshPolicy | None,
    hooks: tuple[EventHook, ...],
) -> RenewingCredentials:
    """Put renewing credentials before everything else in the session's chain, and the retry on its events."""
    chain = session.get_component("credential_provider").providers
    attached = next((provider for provider in chain if isinstance(provider, RenewingProvider)), None)
    if attached is not None:
        if source is not None or policy is not None or hooks or store != "shared":
            raise ConfigurationError(
                "This session renews already, and other arguments would not be heard",
                next_steps="attach it once, or make another unexpired.Session",
            )
        return attached.credentials
    if isinstance(source, Refresher):
        refresher = source
    else:
        kept_in = default_store() if store == "shared" else None if store == "memory" else store
        refresher = shared_refresher(_source(session, source), store=kept_in, policy=policy, hooks=tuple(hooks))
    credentials = RenewingCredentials(refresher)
    # At 0 rather than before "env": with an explicit profile botocore's chain has no "env".
    chain.insert(0, RenewingProvider(credentials))
    session._credentials = None  # noqa: SLF001 - what was resolved before is the source now; the chain gives ours
    RetriesRefused(credentials).register(session.get_component("event_emitter"))
    return credentials


def _source(session: Any, source: Source | Callable[[], Credentials] | None) -> Source:
    """Where this session's credentials come from."""
    if callable(source):
        return takeover.Called(source)
    chosen = source or takeover.source_of(session)
    if chosen is None:
        raise ConfigurationError("This session has no source", next_steps="pass source=")
    return chosen
