"""What the engine asks of the rooms around it: a source makes a session, a store shares it, a prompter asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from unexpired.engine.credentials import Credentials


class Prompter(Protocol):
    """Somebody is there to answer. Handed to a source only when a caller is waiting in a terminal.

    Attributes:
        has_run: whether `run` has been called: the person has just signed in, and another sign-in would end no later.
    """

    has_run: bool

    def ask(self, question: str, *, secret: bool = False) -> str:
        """The person's answer to one question (an MFA code)."""

    def tell(self, message: str) -> None:
        """Say something that needs no answer (the address to sign in at)."""

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run a program that talks to the person itself (``aws sso login``); its exit status. Blocks until it ends."""


class Source(Protocol):
    """Where sessions come from. Stateless: every call asks the issuer anew, and nothing is cached on the way.

    Attributes:
        name: the name of its file in ``sources/``; AWS's word for the kind (``assume_role``).
        key: a digest of every input that changes the answer (role, session name, source of the source, endpoint …), so
            that two sources with one key may share one session.
        shareable: whether its sessions may be kept in a store for other processes of the same user. False for what is
            already at hand locally (static keys, a metadata endpoint).
    """

    @property
    def name(self) -> str:
        """The kind, in AWS's word."""

    @property
    def key(self) -> str:
        """What tells it from every other source, as a hexadecimal digest."""

    @property
    def shareable(self) -> bool:
        """Whether other processes may use its sessions."""

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A session from the issuer. Blocks for as long as the network takes; bounded by the source's own time-outs.

        Args:
            prompter: None in the background: a source that needs a person then raises.

        Raises:
            RenewalRefused: asking again cannot help.
            SourceUnavailable: asking again can.
            PersonNeeded: somebody must act, and nobody was there to ask.
            ConfigurationError: what it was told to use does not exist or makes no sense.
        """


class Store(Protocol):
    """Where a session is shared. See ``stores/__init__.py`` for the promises that every implementation keeps."""

    def load(self, key: str) -> Credentials | None:
        """The session kept under a key, or None: absent, unreadable and corrupt are all *absent*."""

    def save(self, key: str, credentials: Credentials) -> None:
        """Keep a session, replacing an older one in one step. Never replaces a later end by an earlier one.

        Raises:
            StoreUnavailable: it could not be kept.
        """

    # A store may offer one method more, found by looking for it: ``for_source(source) -> Store``, the store as one
    # source sees it (the file store then shares with the AWS CLI).

    def lock(self, key: str, arrived: Callable[[], bool]) -> AbstractContextManager[bool]:
        """Be the one that renews: wait until the lock is won, or ``arrived()`` says that somebody else has done it.

        Yields:
            True when the lock was won: look in the store once more before paying. False when it was not needed.

        Raises:
            StoreUnavailable: no lock can be had here.
        """
