"""A Python callable of the user's: whatever it returns is a session.

::

    def from_our_broker() -> dict:
        answer = requests.get(BROKER).json()
        return {"access_key": …, "secret_key": …, "token": …, "expiry_time": "2026-11-21T18:00:00Z"}

    session = unexpired.Session(source=from_our_broker)

Renews: the callable is called again.
Ends: unknown: only the callable knows.
Extend: whatever the callable needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, parse_timestamp
from unexpired.engine.errors import ConfigurationError, SourceUnavailable, UnexpiredError
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.plan import Step

if TYPE_CHECKING:
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook

# The three spellings in use: STS's answers and credential_process, botocore's refresh_using, and keyword arguments.
_NAMES = {
    "access_key_id": ("AccessKeyId", "access_key", "aws_access_key_id"),
    "secret_access_key": ("SecretAccessKey", "secret_key", "aws_secret_access_key"),
    "session_token": ("SessionToken", "token", "Token", "aws_session_token"),
    "expires_at": ("Expiration", "expiry_time", "expires_at"),
    "account_id": ("AccountId", "account_id", "aws_account_id"),
}

Given = Credentials | Mapping[str, Any]


@dataclass(frozen=True)
class Callback:
    """A callable, asked for each session.

    Attributes:
        function: takes nothing; returns :class:`Credentials`, or a mapping with the names of an STS answer
            (``AccessKeyId`` …, also inside ``Credentials``) or of botocore's metadata (``access_key`` …). Called on
            whatever thread renews; may block.
        key_name: tells it from other callables where sessions are shared; None keeps them in this process.
    """

    function: Callable[[], Given]
    key_name: str | None = None
    name = "callback"

    @property
    def shareable(self) -> bool:
        """Only under a name: two callables cannot be told apart otherwise."""
        return self.key_name is not None

    @property
    def key(self) -> str:
        """By the name that it was given."""
        return digest(self.name, key_name=self.key_name or f"{id(self.function):x}")

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (Step(self.name, location=getattr(self.function, "__qualname__", type(self.function).__name__)),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - nothing is known of a callable
        """Unknown: what the callable needs cannot be seen from here."""
        why = f"{self.plan()[0].location}() is the program's own; only it knows how long it can go on"
        return (Link(self.name, "unknown", why=why),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - it may ask by itself
        """What the callable returns now.

        Raises:
            UnexpiredError: whatever of ours it raises.
            SourceUnavailable: it raised something else.
            ConfigurationError: it returned something else.
        """
        try:
            given = self.function()
        except UnexpiredError:
            raise
        except Exception as error:
            # The class alone: the message may quote what it was given.
            raise SourceUnavailable(
                f"{self.plan()[0].location}() raised {type(error).__name__}",
                next_steps="see the traceback: run with --debug, or log `error.__cause__`",
                link=self.name,
            ) from error
        return _credentials(given)


def _credentials(given: Given) -> Credentials:
    if isinstance(given, Credentials):
        return given
    if not isinstance(given, Mapping):
        raise _unusable(f"it returned {type(given).__name__}, which is neither Credentials nor a mapping")
    inner = given.get("Credentials", given)
    found = {ours: next((inner[name] for name in names if inner.get(name)), None) for ours, names in _NAMES.items()}
    try:
        end = None if found["expires_at"] is None else parse_timestamp(found["expires_at"])
    except ValueError as error:
        raise _unusable(f"its end is {error}") from error
    return Credentials(
        str(found["access_key_id"] or ""),
        str(found["secret_access_key"] or ""),
        found["session_token"],
        end,
        account_id=found["account_id"],
        source="callback",
    )


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(
        "The callback gave no credentials",
        why=why,
        next_steps="return {'AccessKeyId': …, 'SecretAccessKey': …, 'SessionToken': …, 'Expiration': …}",
        link="callback",
    )


ABOUT = About(
    title="A Python callable",
    found="`unexpired.Session(source=function)`",
    renews="calling it before the end that it named",
    ends="what it needs itself",
    extend="have it name an end (`Expiration`)",
)

CHAIN: Mapping[int, Any] = {}
