"""One set of AWS credentials, as it was issued: frozen, comparable, and silent about its secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import NoReturn

from unexpired.engine.errors import ConfigurationError

_VISIBLE = 4
_SHORTEST_SHOWN = 12


def masked(access_key_id: str | None) -> str:
    """An access key id as it may be shown: ``ASIA…MPLE``, ``****`` when shorter than twelve characters, ``-`` for None.

    The id is not a secret (AWS prints it in CloudTrail), but enough of it to recognise is enough.
    """
    if access_key_id is None:
        return "-"
    if len(access_key_id) < _SHORTEST_SHOWN:
        return "****"
    return f"{access_key_id[:_VISIBLE]}…{access_key_id[-_VISIBLE:]}"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A key pair, with its token and its end if it is a session.

    Attributes:
        access_key_id: ``AKIA…`` for a long-term key, ``ASIA…`` for a session (IAM User Guide, "unique identifiers").
        secret_access_key: never shown, never logged.
        session_token: None for a long-term key.
        expires_at: aware UTC; None where the issuer named no end.
        account_id: twelve digits, or None where unknown.
        source: the name of the file in ``sources/`` that made it.
        issued_at: aware UTC, when we received it; None where unknown (read from somebody else's file).
        extended: it is past the end that it was issued with, and its issuer (AWS's metadata endpoints, in an outage)
            goes on serving it; ``expires_at`` is when to look again, and the services decide.

    Raises:
        ConfigurationError: half a key pair, or a time without a zone.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expires_at: datetime | None = None
    account_id: str | None = None
    source: str = "callback"
    issued_at: datetime | None = None
    extended: bool = False

    def __post_init__(self) -> None:
        if not self.access_key_id or not self.secret_access_key:
            missing = "access key id" if not self.access_key_id else "secret access key"
            raise ConfigurationError(
                f"The {self.source} source gave half a key pair: its {missing} is empty",
                next_steps="give both, or neither",
                cause="partial-credentials",
            )
        for name in ("expires_at", "issued_at"):
            moment = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ConfigurationError(
                    f"{name} of the {self.source} source's credentials has no time zone",
                    next_steps="use an aware datetime: datetime.now(timezone.utc) + …",
                )

    def remaining(self, now: datetime) -> float | None:
        """Seconds until the end, negative when past it, None when no end is known.

        Args:
            now: an aware datetime.
        """
        return None if self.expires_at is None else (self.expires_at - now).total_seconds()

    def __repr__(self) -> str:
        until = "no known end" if self.expires_at is None else f"until {timestamp(self.expires_at)}"
        state = ", extended" if self.extended else ""
        return f"<Credentials {masked(self.access_key_id)} of {self.source}, {until}{state}>"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        # A pickled copy ends up in a queue, a log or a worker that outlives it: the very fault we exist against.
        message = "Credentials are not pickled: make a Session (or a Refresher) in the process that uses them"
        raise TypeError(message)


def timestamp(moment: datetime) -> str:
    """An aware datetime as AWS writes it in JSON: ``2026-11-21T18:00:00Z`` (ISO 8601, UTC, whole seconds)."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# More digits than a datetime holds (Java's nanoseconds, Go's) are cut: the end moves by less than a microsecond.
_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def parse_timestamp(text: object) -> datetime:
    """The aware UTC moment that an ``Expiration`` names.

    Takes what AWS and its SDKs write (ISO 8601 with ``Z``, an offset, a ``UTC`` suffix as the CLI's SSO cache once did,
    any number of fractional digits), epoch seconds, and a datetime; a time without a zone is UTC, as botocore reads it.

    Raises:
        ValueError: it is none of these, or lies outside the years 1 to 9999.
    """
    if isinstance(text, bool):
        raise ValueError(f"not a time: {text!r}")  # noqa: TRY004 - one error for whatever is not a time
    try:
        if isinstance(text, datetime):
            moment = text
        elif isinstance(text, (int, float)):
            moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=text)
        else:
            plain = str(text).strip().replace("UTC", "+00:00").replace("Z", "+00:00").replace("z", "+00:00")
            plain = _FRACTION.sub(lambda digits: digits.group(1).ljust(7, "0"), plain)
            plain = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", plain)
            moment = datetime.fromisoformat(plain)
        if moment.utcoffset() is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"not a time: {str(text)[:40]!r}") from error
