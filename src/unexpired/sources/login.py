"""The console sign-in of ``aws login``, kept in ``~/.aws/login/cache`` and renewed by its refresh token.

botocore does the exchange (and needs ``botocore[crt]`` for it); it writes the new token into the same cache.

AWS CLI User Guide, "Sign in through the AWS CLI":
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html

Renews: the sign-in's refresh token.
Ends: the sign-in, after twelve hours at the most.
Extend: ``aws login``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.errors import PersonNeeded
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import claims_of, digest
from unexpired.sources.aws.outlook import moment_in
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.provided import fetched
from unexpired.sources.aws.sign_in import signed_in
from unexpired.sources.aws.sign_in_cache import login_entry_path, read_entry, renewing

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

# SDKs and Tools Reference Guide, "Login credentials provider": refreshed "as needed up to 12 hours".
LONGEST_SIGN_IN_HOURS = 12


@dataclass(frozen=True)
class Login:
    """A profile's ``login_session``. Its session is in the CLI's own cache already, so it is not shared again."""

    login_session: str
    lookup: Lookup
    name = "login"
    shareable = False

    @property
    def key(self) -> str:
        """By the signed-in identity's ARN."""
        return digest(self.name, login_session=self.login_session)

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        location = self.lookup.config.location(self.lookup.profile_name)
        return (Step(self.name, profile=self.lookup.profile_name, location=location, sign_in=self.login_session),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The sign-in: renewed by its refresh token for twelve hours at the most, counted from when it was made."""
        entry = read_entry(login_entry_path(self.login_session, self.lookup.environ))
        profile, extend = self.lookup.profile_name, (self.lookup.command("aws login"),)
        make = partial(Link, "login-session", cause="login-session-expired", extend=extend, profile=profile)
        if not entry.get("accessToken"):
            return (make(until=outlook.now, why="nobody is signed in: the cache has no entry for it"),)
        if not entry.get("refreshToken"):
            until = moment_in(entry["accessToken"], "expiresAt")
            return (make(until=until or "unknown", why="the sign-in has no refresh token"),)
        # botocore leaves the idToken as it was when it exchanges the refresh token, so this is the sign-in's moment.
        made_at = claims_of(str(entry.get("idToken", ""))).get("iat")
        if not isinstance(made_at, (int, float)):
            return (
                make(until="unknown", why="the sign-in lasts twelve hours at the most, and does not say since when"),
            )
        until = parse_timestamp(made_at) + timedelta(hours=LONGEST_SIGN_IN_HOURS)
        return (make(until=until, why="a sign-in renews itself for twelve hours at the most"),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """The cached session while more than 15 minutes of it are left, else a new one.

        A person at the terminal is offered to sign in where that is needed.

        Raises:
            PersonNeeded: the sign-in has lapsed, or was never made, and nobody has made one now.
            RenewalRefused, SourceUnavailable, ConfigurationError: see the error's cause.
        """
        return signed_in(self._renewed, self.lookup, prompter)

    def _renewed(self) -> Credentials:
        path = login_entry_path(self.login_session, self.lookup.environ)
        with renewing(path, self.lookup.environ):
            before = read_entry(path)
            try:
                return self._fetched()
            except PersonNeeded:
                # The CLI, which does not know our lock, may have been quicker and spent the refresh token we tried.
                if read_entry(path).get("refreshToken") in (None, before.get("refreshToken")):
                    raise
                return self._fetched()

    def _fetched(self) -> Credentials:
        gone = f"The profile {self.lookup.profile_name!r} has no login_session any more"
        return fetched(self.lookup, self.name, gone=gone, next_steps=self.lookup.command("aws login"))


def find(lookup: Lookup) -> Login | None:
    """A section with ``login_session``."""
    login_session = lookup.section.get("login_session")
    return Login(login_session, lookup) if login_session is not None else None


ABOUT = About(
    title="A console sign-in",
    found="a profile with `login_session` (`aws login`); needs `botocore[crt]`",
    renews="AWS Sign-In, by the sign-in's refresh token, every fifteen minutes",
    ends="twelve hours after the sign-in",
    extend="`aws login --profile PROFILE`, also in another terminal while a job runs",
)

CHAIN = {60: find}
