"""Tells a person that only a person can continue: somebody has to sign in, or will have to before long.

Once for each occasion. A hundred roles behind one sign-in are one occasion, and what is over (a role is renewed, an end
is put off) can come again. Nothing that is said holds a secret: it is made of names, causes and commands.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from unexpired.agent.notices.ways import deliver
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.credentials import timestamp
from unexpired.engine.duration import written
from unexpired.engine.errors import PersonNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unexpired.agent.config import Notify
    from unexpired.engine.events import RenewalDetails
    from unexpired.engine.horizon import Horizon

Kind = Literal["person-needed", "horizon-ends"]

# Roles that share a sign-in fail within moments of each other, and are one notice.
_GATHER_SECONDS = 3.0
_ROLES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said.

    Attributes:
        kind: ``person-needed``: nothing is renewed until somebody does something; ``horizon-ends``: that will come.
        roles: whose.
        what, why: sentences.
        commands: what to type, most useful first.
        cause: the slug of the cause, or None.
        until: when it comes to that, aware UTC, or None.
    """

    kind: Kind
    roles: tuple[str, ...]
    what: str
    why: str
    commands: tuple[str, ...]
    cause: str | None
    until: datetime | None = None

    @property
    def title(self) -> str:
        """A few words."""
        named = ", ".join(self.roles[:_ROLES_NAMED])
        more = f" and {len(self.roles) - _ROLES_NAMED} more" if len(self.roles) > _ROLES_NAMED else ""
        said = "needs you to sign in" if self.kind == "person-needed" else "will need you to sign in"
        return f"unexpired {said}: {named}{more}"

    @property
    def body(self) -> str:
        """The sentence, and the first command."""
        return f"{self.what}. {self.commands[0]}" if self.commands else f"{self.what}."

    def to_json(self) -> dict[str, Any]:
        """What a webhook is posted; ``text`` is what chat services show."""
        return {
            "version": 1,
            "event": self.kind,
            "roles": list(self.roles),
            "what": self.what,
            "why": self.why,
            "commands": list(self.commands),
            "cause": self.cause,
            "until": timestamp(self.until) if self.until else None,
            "text": f"{self.title}\n{self.body}",
        }


class Notices:
    """Knows what has been said. Safe from any thread; saying is done on a thread of its own.

    Args:
        settings: ``[notify]``; may be replaced at any time.
        on_failure: told when nobody could be reached, with the reason.
        environ: for the desktop's programs.
        clock: injected by tests.
    """

    def __init__(
        self,
        settings: Notify,
        *,
        on_failure: Callable[[str], None] = lambda _reason: None,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.settings = settings
        self.on_failure = on_failure
        self._environ = environ
        self._clock = clock
        # What is waited for, and by which roles: said once, until no role waits for it any more.
        self._open: dict[tuple[Kind, str], set[str]] = {}
        self._waiting: deque[Notice] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def renewal(self, role: str, details: RenewalDetails) -> None:
        """The agent's hook: an event of a role's renewals."""
        if details.kind == "renewed":
            self._over("person-needed", role)
        elif isinstance(details.error, PersonNeeded):
            error = details.error
            steps = error.next_steps
            self._say(Notice("person-needed", (role,), error.what, error.why, steps, error.cause))

    def looked(self, role: str, found: Horizon, wanted_seconds: float | None) -> None:
        """A role's horizon was looked at.

        Args:
            role: its name.
            found: how long it goes on renewing.
            wanted_seconds: ``for``; None where nobody has asked for a warning.
        """
        now = moment(self._clock.wall())
        limit = found.limited_by
        if wanted_seconds is None or limit is None or found.covers(now, wanted_seconds):
            self._over("horizon-ends", role)
        elif isinstance(found.until, datetime):
            left, wanted = found.until - now, written(timedelta(seconds=wanted_seconds))
            ends = f"ends in {written(left)}" if left > timedelta() else "has ended"
            what = f"{limit.link} {ends}, and {wanted} are wanted"
            self._say(Notice("horizon-ends", (role,), what, limit.why, limit.extend, limit.cause, found.until))

    def forget(self, role: str) -> None:
        """A role is served no more."""
        self._over("person-needed", role)
        self._over("horizon-ends", role)

    def close(self) -> None:
        """Say nothing any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _say(self, notice: Notice) -> None:
        about = _about(notice)
        with self._changed:
            waits = self._open.setdefault(about, set())
            first = not waits
            waits.update(notice.roles)
            if self._closed or not (first or any(_about(other) == about for other in self._waiting)):
                return
            self._waiting.append(notice)
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell, name="unexpired-notices", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _over(self, kind: Kind, role: str) -> None:
        with self._changed:
            for about in [about for about in self._open if about[0] == kind]:
                self._open[about].discard(role)
                if not self._open[about]:
                    del self._open[about]

    def _tell(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                over = self._clock.monotonic() + _GATHER_SECONDS
                while not self._closed and (left := over - self._clock.monotonic()) > 0:
                    self._clock.wait(self._changed, left)
                if self._closed:
                    return
                gathered, self._waiting = list(self._waiting), deque()
            for notice in _merged(gathered):
                reason = deliver(notice.title, notice.body, notice.to_json(), self.settings, self._environ)
                if reason:
                    self.on_failure(reason)


def _about(notice: Notice) -> tuple[Kind, str]:
    """What makes two notices the same occasion: that one command ends both."""
    return notice.kind, notice.commands[0] if notice.commands else notice.what


def _merged(notices: list[Notice]) -> list[Notice]:
    merged: dict[tuple[Kind, str], Notice] = {}
    for notice in notices:
        known = merged.setdefault(_about(notice), notice)
        merged[_about(notice)] = replace(known, roles=tuple(dict.fromkeys((*known.roles, *notice.roles))))
    return list(merged.values())
