"""A permission set of IAM Identity Center, with the sign-in that ``aws sso login`` keeps in ``~/.aws/sso/cache``.

Two forms: a profile that names an ``[sso-session]`` (its sign-in renews itself by a refresh token while that lives),
and the legacy form with ``sso_start_url`` in the profile (its sign-in ends, and a person signs in again).

SDKs and Tools Reference Guide, "IAM Identity Center credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html

Renews: the sign-in makes new sessions, and renews itself where the profile names an ``[sso-session]``.
Ends: the sign-in, or the client's registration where a refresh token renews the sign-in.
Extend: ``aws sso login``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.cli_cache_name import sso_cache_name
from unexpired.sources.aws.cli_entry import CliEntry, shared_entry
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.outlook import moment_in
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.sign_in import signed_in
from unexpired.sources.aws.sign_in_cache import read_entry, sso_entry_path
from unexpired.sources.aws.sso_portal import living_sign_in, role_credentials

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

_OF_THE_PROFILE = ("sso_account_id", "sso_role_name")
_OF_THE_SESSION = ("sso_start_url", "sso_region")


@dataclass(frozen=True)
class Sso:
    """An account and a permission set of it.

    Attributes:
        settings: the profile's ``sso_*`` settings, its ``[sso-session]``'s among them.
        lookup: whose profile.
    """

    settings: tuple[tuple[str, str], ...]
    lookup: Lookup
    name = "sso"
    shareable = True

    @property
    def key(self) -> str:
        """Start address or session, account and permission set."""
        return digest(
            self.name, settings=dict(self.settings), endpoints=self.lookup.endpoint_inputs("sso", "sso_oidc") or None
        )

    @property
    def sso_session(self) -> str | None:
        """The ``[sso-session]``'s name; None in the legacy form."""
        return dict(self.settings).get("sso_session")

    @property
    def start_url(self) -> str:
        """Where the person signs in."""
        return dict(self.settings)["sso_start_url"]

    @property
    def named_in_cli_cache(self) -> str:
        """What the AWS CLI calls this session in its cache."""
        return sso_cache_name(dict(self.settings))

    @property
    def made_of(self) -> str:
        """All of the settings."""
        return digest(self.name, settings=dict(self.settings))

    @property
    def cli_entry(self) -> CliEntry | None:
        """The AWS CLI's entry for the same session, where it can be no other's."""
        same = {name: value for name, value in self.settings if name in _OF_THE_PROFILE}
        return shared_entry(self, self.lookup, same, lambda content: content.get("ProviderType") == "sso")

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        location = self.lookup.config.location(self.lookup.profile_name)
        sign_in = self.sso_session or self.start_url
        return (Step(self.name, profile=self.lookup.profile_name, location=location, sign_in=sign_in),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The sign-in, which ends, or renews itself while its refresh token and its client's registration live."""
        entry = read_entry(sso_entry_path(self.sso_session or self.start_url))
        profile, extend = self.lookup.profile_name, (self.lookup.command("aws sso login"),)
        make = partial(Link, "sso-session", cause="sso-session-expired", extend=extend, profile=profile)
        until, registered = moment_in(entry, "expiresAt"), moment_in(entry, "registrationExpiresAt")
        if until is None or not entry.get("accessToken"):
            sign_in = make(until=outlook.now, why="nobody is signed in: the cache has no usable entry for it")
        elif self.sso_session and entry.get("refreshToken") and registered and registered > outlook.now:
            why = (
                "the refresh token renews the sign-in while this client is registered, "
                "unless the administrator's limit for sign-ins comes first"
            )
            sign_in = make(until=registered, why=why)
        else:
            sign_in = make(until=until, why="the sign-in ends then, and has no refresh token that could renew it")
        return (sign_in, Link(self.name, None, why="sessions are made anew with the sign-in", profile=profile))

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A new session of the permission set; a person at the terminal is offered to sign in where that is needed.

        Raises:
            PersonNeeded: the sign-in has lapsed, or was never made, and nobody has made one now.
            RenewalRefused, SourceUnavailable, ConfigurationError: see the error's cause.
        """
        return signed_in(self._fetched, self.lookup, prompter)

    def _fetched(self) -> Credentials:
        settings = dict(self.settings)
        entry = living_sign_in(
            self.lookup, sso_session=self.sso_session, start_url=self.start_url, region=settings["sso_region"]
        )
        return role_credentials(self.lookup, entry, settings)


def find(lookup: Lookup) -> Sso | None:
    """A section with ``sso_account_id`` or ``sso_role_name``.

    Raises:
        ConfigurationError: something of it is missing, twice there with different values, or in no section.
    """
    section = lookup.section
    if not any(setting in section for setting in _OF_THE_PROFILE):
        return None
    settings = _settings(lookup, section)
    required = (*_OF_THE_PROFILE, *_OF_THE_SESSION)
    missing = [setting for setting in required if not settings.get(setting)]
    if missing:
        raise _invalid(lookup, f"has no {' and no '.join(missing)}")
    known = (*required, "sso_session")
    return Sso(tuple((setting, settings[setting]) for setting in known if setting in settings), lookup)


def _settings(lookup: Lookup, section: dict[str, Any]) -> dict[str, Any]:
    name = section.get("sso_session")
    if name is None:
        return section
    if name not in lookup.config.sso_sessions:
        raise _invalid(lookup, f"names the sso_session {name!r}, which has no section [sso-session {name}]")
    of_session = lookup.config.sso_sessions[name]
    for setting, value in of_session.items():
        if section.get(setting, value) != value:
            raise _invalid(lookup, f"and its [sso-session {name}] have different values of {setting}")
    return {**section, **of_session}


def _invalid(lookup: Lookup, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The profile {lookup.profile_name!r} {what}",
        next_steps=lookup.command("aws configure sso"),
        link="sso",
    )


ABOUT = About(
    title="IAM Identity Center",
    found="a profile with `sso_session`, or the older `sso_start_url`",
    renews=(
        "the portal, with the sign-in of `aws sso login`; `sso_session`: the sign-in renews itself too, by "
        "its refresh token"
    ),
    ends=("`sso_session`: the client's registration or the administrator's limit; the older form: the sign-in itself"),
    extend="`aws sso login --profile PROFILE`, also in another terminal while a job runs",
)

CHAIN = {40: find}
