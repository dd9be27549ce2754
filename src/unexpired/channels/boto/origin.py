"""Where a boto session's credentials come from: one decision, with every case written down.

==========================================  ================================================================
what was given                              the source
==========================================  ================================================================
``source=``                                 that, and nothing beside it
keys, or credentials that the session has   those (see ``takeover``)
``role_arn=`` beside them                   the role, assumed with those
a profile, a role, or nothing               what botocore's chain would take (``sources.source_for``)
... and there is nothing to take            looked for again when a request needs it, as boto3 does
==========================================  ================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.channels.boto import takeover
from unexpired.engine.errors import ConfigurationError
from unexpired.sources import source_for
from unexpired.sources.callback import Callback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter, Source

# Parameters that only a role of their own can take, so that none is dropped in silence beside other credentials.
_ROLE_ARN = "role_arn"


def source_of(
    session: Any, given: Source | Callable[[], Credentials | Mapping[str, Any]] | None, role: Mapping[str, Any]
) -> Source:
    """The source of a session. Asks nobody for credentials.

    Args:
        session: botocore's.
        given: what the caller named outright.
        role: the parameters of :func:`unexpired.sources.source_for` that the caller gave; no None among them.

    Raises:
        ConfigurationError: what was given excludes each other, does not exist, or makes no sense.
    """
    if given is not None:
        refuse_beside(role, "a source")
        return Callback(given) if callable(given) else given
    held = takeover.source_of(session)
    if held is not None:
        if not role:
            return held
        if _ROLE_ARN not in role or "source_profile" in role:
            refuse_beside(role, "explicit keys or credentials of the session's own")
        return source_for(botocore_session=session, base=held, **role)
    try:
        return source_for(botocore_session=session, **role)
    except ConfigurationError as error:
        if error.cause != "no-credentials":
            raise
        return NothingYet(session, role)


class NothingYet:
    """No credentials were there when the session was made: they are looked for when a request needs some.

    boto3 makes clients without credentials too: for public buckets, and in programs that sign in later.
    """

    name = "none"
    shareable = False

    def __init__(self, session: Any, role: Mapping[str, Any]) -> None:
        self._session = session
        self._role = role
        self.key = f"{id(session):x}"

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A session from whatever is there by now.

        Raises:
            ConfigurationError: there is still nothing.
        """
        return source_for(botocore_session=self._session, **self._role).fetch(prompter)


def refuse_beside(role: Mapping[str, Any], what: str) -> None:
    """Nothing may be given beside something that already says where sessions come from.

    Raises:
        ConfigurationError: a role, or parameters of one, were given all the same.
    """
    if role:
        raise ConfigurationError(
            f"{what[0].upper()}{what[1:]} and {', '.join(sorted(role))} exclude each other",
            why="it is not clear which of them should make the session",
            next_steps="give one of them; a role that a source of your own assumes belongs into that source",
        )
