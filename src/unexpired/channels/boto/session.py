"""``Session`` and ``attach``: boto3 sessions whose credentials renew themselves and whose refused requests survive.

::

    session = unexpired.Session(profile_name="etl")  # a boto3.Session: clients, resources, paginators, waiters …
    unexpired.attach(existing_session)  # the same for one that exists

Making one asks nobody for credentials: the first request does. From then on they are renewed behind the program's back,
at two thirds of their life, once for all sessions of a process and, through the store, for all processes of a user.

Clients that were made before ``attach`` keep the credentials object that they were given, as boto3 means them to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, overload

import boto3
from botocore.exceptions import ProfileNotFound

from unexpired.channels.boto.boundary import as_profile_not_found
from unexpired.channels.boto.credentials import RenewingCredentials, RenewingProvider
from unexpired.channels.boto.origin import refuse_beside, source_of
from unexpired.channels.boto.retry import RetriesRefused
from unexpired.channels.boto.timing import SignsInTime
from unexpired.channels.foresight import Foresight
from unexpired.channels.on_demand import start_agent_for
from unexpired.channels.preflight import too_short
from unexpired.channels.shared import default_store, shared_refresher
from unexpired.channels.terminal import prompter_at_terminal
from unexpired.engine.duration import parse_duration
from unexpired.engine.errors import ConfigurationError
from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for
from unexpired.sources.aws.horizon import horizon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    import botocore.session

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.events import EventHook
    from unexpired.engine.horizon import Horizon
    from unexpired.engine.policy import RefreshPolicy
    from unexpired.engine.protocols import Source, Store
    from unexpired.engine.status import RefresherStatus

    # What a session can be told to come from.
    Origin = Source | Callable[[], Credentials | Mapping[str, Any]] | Refresher

AnySession = TypeVar("AnySession", bound="boto3.Session | botocore.session.Session")


class Session(boto3.Session):
    """A ``boto3.Session`` with credentials that stay fresh.

    Args:
        aws_access_key_id, aws_secret_access_key, aws_session_token, aws_account_id: explicit keys, as in boto3. Nothing
            can renew them: they are used as they are, and when a service refuses them the error says so.
        region_name, botocore_session, profile_name: as in boto3. Credentials that the botocore session has already are
            taken over (see ``takeover``).
        role_arn: assume this role, with ``source_profile`` if given, else with what the profile, or boto3's chain of
            providers, gives. The other parameters of AssumeRole go with it, or with the role that the profile names.
        role_session_name: what CloudTrail shows; ``unexpired-USER`` by default.
        external_id: what the role's owner wants to hear.
        duration_seconds: 900 to the role's ``MaxSessionDuration``; STS's hour by default.
        source_profile: the profile that assumes ``role_arn``.
        serial_number: the MFA device; its code is asked for where a person sits at a terminal.
        tags, transitive_tag_keys: session tags.
        session_policy, policy_arns: narrow the session; AssumeRole calls the first ``Policy``.
        source_identity: who is behind it, for CloudTrail.
        source: where sessions come from, in place of all of the above: a function that takes nothing and returns
            ``unexpired.Credentials`` or a mapping with the names of an STS answer; a
            :class:`~unexpired.engine.protocols.Source`; or a ``Refresher`` of your own, which then decides alone
            (``store``, ``policy`` and ``hooks`` are its affair).
        store: ``"shared"`` with the other processes of this user, ``"memory"`` for this process alone, or a store.
        policy: when to renew.
        hooks: called with every :class:`~unexpired.engine.events.RenewalDetails`.
        for_: how long the program runs (``"6h"``, a ``timedelta``, seconds). The first session is then made at once,
            and credentials that cannot be kept alive that long are refused here, not hours later.

    Raises:
        HorizonTooShort: see ``for_``. With it also RenewalError: no session could be had.
        ConfigurationError: arguments that exclude each other; a profile that makes no sense.
        botocore.exceptions.ProfileNotFound: as boto3; it is a ``ConfigurationError`` too.
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
        role_arn: str | None = None,
        role_session_name: str | None = None,
        external_id: str | None = None,
        duration_seconds: int | None = None,
        source_profile: str | None = None,
        serial_number: str | None = None,
        tags: Mapping[str, str] | None = None,
        transitive_tag_keys: Sequence[str] | None = None,
        session_policy: str | Mapping[str, Any] | None = None,
        policy_arns: Sequence[str] | None = None,
        source_identity: str | None = None,
        source: Origin | None = None,
        store: Store | Literal["shared", "memory"] = "shared",
        policy: RefreshPolicy | None = None,
        hooks: tuple[EventHook, ...] = (),
        for_: timedelta | str | float | None = None,
    ) -> None:
        explicit: dict[str, Any] = {
            "aws_access_key_id": aws_access_key_id,
            "aws_secret_access_key": aws_secret_access_key,
            "aws_session_token": aws_session_token,
        }
        if aws_account_id is not None:  # boto3 before 1.35 does not know it
            explicit["aws_account_id"] = aws_account_id
        role = {
            "role_arn": role_arn,
            "role_session_name": role_session_name,
            "external_id": external_id,
            "duration_seconds": duration_seconds,
            "source_profile": source_profile,
            "serial_number": serial_number,
            "tags": tags,
            "transitive_tag_keys": transitive_tag_keys,
            "policy": session_policy,
            "policy_arns": policy_arns,
            "source_identity": source_identity,
        }
        try:
            super().__init__(
                **explicit, region_name=region_name, botocore_session=botocore_session, profile_name=profile_name
            )
        except ProfileNotFound as error:
            raise _not_found(error) from None
        self._renewing = _empower(
            self._session,
            source,
            {name: value for name, value in role.items() if value is not None},
            store=store,
            policy=policy,
            hooks=hooks,
        )
        if for_ is not None:
            self._insist(for_ if isinstance(for_, timedelta) else parse_duration(for_), tuple(hooks))

    @property
    def refresher(self) -> Refresher:
        """What renews: ``.renew()`` makes a new session now, ``.close()`` stops renewing in the background."""
        return self._renewing.refresher

    def status(self) -> RefresherStatus:
        """The session in hand, when it is renewed next, and the last failure. Never waits, holds no secret."""
        return self.refresher.status()

    def horizon(self) -> Horizon:
        """Until when the credentials renew with nobody present, and which link ends them. Asks nobody."""
        refresher = self.refresher
        return horizon(refresher.source, store=default_store(), held=refresher.in_hand())

    def _insist(self, keep_for: timedelta, hooks: tuple[EventHook, ...]) -> None:
        """Refuse credentials that cannot be kept alive that long, and say it in time should that change."""
        source = self.refresher.source
        refusal = too_short(
            source,
            self.refresher.credentials(),
            keep_for,
            store=default_store(),
            who="This Session",
            anyway="or make it without for_",
            prompter=self.refresher.prompter,
        )
        if refusal is not None:
            raise refusal
        self._foresight = Foresight(self.refresher, keep_for, store=default_store(), hooks=hooks)
        self._foresight.start()


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
    _empower(inner, source, {}, store=store, policy=policy, hooks=hooks)
    return chosen


def _default_session() -> boto3.Session:
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    return session  # type: ignore[no-any-return]  # boto3 says that it may be None


def _empower(
    session: Any,
    source: Origin | None,
    role: Mapping[str, Any],
    *,
    store: Store | Literal["shared", "memory"],
    policy: RefreshPolicy | None,
    hooks: tuple[EventHook, ...],
) -> RenewingCredentials:
    """Put renewing credentials before everything else in the session's chain, and the retry on its events."""
    if any(kind.__module__.startswith("aiobotocore.") for kind in type(session).__mro__):
        raise ConfigurationError(
            "This is a session of aiobotocore's, and a boto3 channel cannot serve it",
            why="its credentials are awaited, and ours are not",
            next_steps="use boto3, or give the whole program renewing credentials: unexpired exec -- COMMAND",
        )
    chain = session.get_component("credential_provider").providers
    attached = next((provider for provider in chain if isinstance(provider, RenewingProvider)), None)
    if attached is not None:
        if source is not None or role or policy is not None or hooks or store != "shared":
            raise ConfigurationError(
                "This session renews already, and other arguments would not be heard",
                next_steps="attach it once, or make another unexpired.Session",
            )
        return attached.credentials
    if isinstance(source, Refresher):
        refuse_beside(role, "a refresher")
        refresher = source
    else:
        if source is None and not role and store == "shared":
            start_agent_for(session.get_config_variable("profile"))
        kept_in = default_store() if store == "shared" else None if store == "memory" else store
        refresher = shared_refresher(
            source_of(session, source, role),
            store=kept_in,
            policy=policy,
            hooks=tuple(hooks),
            prompter=prompter_at_terminal(),
        )
    credentials = RenewingCredentials(refresher)
    # At 0 rather than before "env": with an explicit profile botocore's chain has no "env".
    chain.insert(0, RenewingProvider(credentials))
    session._credentials = None  # noqa: SLF001 - what was resolved before is the source now; the chain gives ours
    emitter = session.get_component("event_emitter")
    RetriesRefused(credentials).register(emitter)
    SignsInTime().register(emitter)
    return credentials


def _not_found(error: ProfileNotFound) -> Exception:
    """Botocore's error, in our words: they name the profiles that are near."""
    profile = str(error.kwargs.get("profile"))
    try:
        source_for(profile_name=profile)
    except ConfigurationError as ours:
        return as_profile_not_found(ours, profile) if ours.cause == "profile-not-found" else ours
    return error
