"""Every error that a user of ``unexpired`` can meet.

::

    UnexpiredError
    ├── ConfigurationError      the user's mistake: a profile, a file, an option            exit status 2
    ├── RenewalError            no session could be had                                    exit status 3
    │   ├── RenewalRefused      understood and refused: asking again cannot cure it
    │   ├── SourceUnavailable   network, throttling, 5xx, a hang: asking again may cure it
    │   └── PersonNeeded        somebody must sign in or type an MFA code
    ├── StoreUnavailable        a session cannot be shared; renewing goes on in memory          exit status 3
    ├── HorizonTooShort         the job was asked to run longer than its credentials can    exit status 1
    └── InternalError           our bug: please report it                                  exit status 70

Each says *what happened*, *why*, and *what to do next*, carries the slug of its cause (see ``docs/causes``), and never
holds a secret: whoever raises one passes key ids through :func:`unexpired.engine.credentials.masked`. The CLI prints
these words, Python users catch the same objects.
"""

from __future__ import annotations

import copy
from typing import ClassVar


class UnexpiredError(Exception):
    """The root of the tree.

    Attributes:
        what: one sentence: what happened. Also ``str(error)``'s beginning.
        why: the reason in the words of whoever gave it (a service, the operating system), or ``""``.
        next_steps: what to do, most useful first; a command where one exists.
        cause: the slug of the cause (``"sso-session-expired"``), or None where none is known.
        link: the element of the renewal chain that failed (``"assume_role"``, ``"sso"``), or None.
        exit_code: the status with which a command ends.
    """

    exit_code: ClassVar[int] = 70
    default_cause: ClassVar[str | None] = None

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        next_steps: tuple[str, ...] | str = (),
        cause: str | None = None,
        link: str | None = None,
    ) -> None:
        self.what = what
        self.why = why
        self.next_steps = (next_steps,) if isinstance(next_steps, str) else tuple(next_steps)
        self.cause = cause or self.default_cause
        self.link = link
        super().__init__(what)

    def copy(self) -> UnexpiredError:
        """The same error for one more caller: a raised exception collects a traceback of its own."""
        duplicate = copy.copy(self)
        duplicate.__cause__ = self.__cause__
        return duplicate

    def __str__(self) -> str:
        """*What happened — why — what to do next*, on one line."""
        return " — ".join(part for part in (self.what, self.why, "; ".join(self.next_steps)) if part)


class ConfigurationError(UnexpiredError):
    """A profile, a file or an option says something that cannot be followed."""

    exit_code = 2
    default_cause = "config-invalid"


class RenewalError(UnexpiredError):
    """No session could be had. The subclasses say whether asking again can help."""

    exit_code = 3


class RenewalRefused(RenewalError):
    """The issuer understood and refused (AccessDenied, a deleted role): asking again cannot cure it."""


class SourceUnavailable(RenewalError):
    """The issuer could not be reached or answer (network, throttling, 5xx, a hang): asking again may cure it."""

    default_cause = "sts-unreachable"


class PersonNeeded(RenewalError):
    """Only a person can continue: sign in again, or type an MFA code."""


class StoreUnavailable(UnexpiredError):
    """A store cannot be read, written or locked. The engine reports it once and goes on in memory."""

    exit_code = 3


class HorizonTooShort(UnexpiredError):
    """What was asked to stay alive (``--for``) cannot be kept alive that long with nobody present."""

    exit_code = 1


class InternalError(UnexpiredError):
    """This should never happen. Please report it with the output of the same command under ``--debug``."""
