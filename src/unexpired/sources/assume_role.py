"""A role, assumed with the credentials of another source; chains of any length.

The call is ours rather than botocore's provider's, which knows no tags and no policy, asks a terminal for MFA codes
from whatever thread it is on, and silently drops what it cannot read. Rules that bite here:

- a role that a role assumes gets an hour at the most, whatever its ``MaxSessionDuration`` (IAM User Guide, "Role
  chaining"): more is asked for as an hour, and said once;
- a profile may name itself as its source, for the keys in its own section; any other way back to a profile already
  visited is a loop (SDKs and Tools Reference Guide, "Assume role credential provider");
- keys in a source profile win over a ``role_arn`` beside them, except in the profile that was asked for.

Renews: the role is assumed anew with its base, for up to 12 hours at a time; one hour where the base is a role
    itself.
Ends: its base; at an MFA device with no ``mfa_process``, the session in hand.
Extend: what extends the base; for MFA, ``mfa_process`` in the profile.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError, RenewalRefused
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.cli_cache_name import role_cache_name
from unexpired.sources.aws.cli_entry import CliEntry, of_a_session, shared_entry
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.kept import Kept
from unexpired.sources.aws.mfa import mfa_link
from unexpired.sources.aws.plan import PlannedSource, Step
from unexpired.sources.aws.refusals import exceeds_chained_hour
from unexpired.sources.aws.role import (
    CHAINED_DURATION_SECONDS,
    DEFAULT_DURATION_SECONDS,
    Role,
    role_from_section,
)
from unexpired.sources.aws.shared_config import unknown_profile
from unexpired.sources.aws.sts import sts_call
from unexpired.sources.static_profile import has_static_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter, Store
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

_log = logging.getLogger("unexpired")

# Whose sessions are a role's, so that a role assumed with them is chained.
_ROLE_SESSIONS = (
    "assume_role",
    "web_identity",
    "github_actions",
    "sso",
    "roles_anywhere",
    "container",
    "instance",
)

# SDKs and Tools Reference Guide, "credential_source": case matters to botocore.
_CREDENTIAL_SOURCES = {"Environment": "environment", "EcsContainer": "container", "Ec2InstanceMetadata": "instance"}


class AssumeRole:
    """One link of a chain: a role, and the source that assumes it.

    Args:
        role: what is asked for.
        base: who asks.
        lookup: whose Region, endpoint and proxy settings the call has.
    """

    name = "assume_role"
    shareable = True

    def __init__(self, role: Role, base: PlannedSource, lookup: Lookup) -> None:
        self.role = role
        self.lookup = lookup
        self.base: PlannedSource = Kept(base) if base.shareable and not isinstance(base, Kept) else base
        self._clamped = False
        if base.name in _ROLE_SESSIONS and (role.duration_seconds or 0) > CHAINED_DURATION_SECONDS:
            self._clamp()

    @property
    def key(self) -> str:
        """Every parameter of the role, the base's key, and what decides which STS answers."""
        return digest(self.name, role=self.role.parameters(), base=self.base.key, sts=self.lookup.sts_inputs())

    @property
    def named_in_cli_cache(self) -> str | None:
        """What the AWS CLI calls this profile's session in its cache; None where no profile says all of it."""
        role = self.role
        if role.profile is None or role.policy or role.policy_arns or role.tags or role.source_identity:
            return None
        return role_cache_name(role)

    @property
    def made_of(self) -> str:
        """The base."""
        return self.base.key

    @property
    def cli_entry(self) -> CliEntry | None:
        """The AWS CLI's entry for the same session, where it can be no other's."""
        role = self.role

        def fits(content: Mapping[str, Any]) -> bool:
            # A token's session has this name as well, where it has no other parameters.
            with_token = "SubjectFromWebIdentityToken" in content
            return not with_token and of_a_session(content, role_arn=role.arn, session_name=role.session_name)

        return shared_entry(self, self.lookup, {"role_arn": role.arn}, fits)

    def lend(self, store: Store) -> None:
        """Let what is below share its sessions, too: see :class:`~unexpired.sources.aws.kept.Kept`."""
        if isinstance(self.base, Kept):
            self.base.lend(store)

    def plan(self) -> tuple[Step, ...]:
        """The base's steps, and this one."""
        role = self.role
        step = Step(
            self.name,
            profile=role.profile,
            role_arn=role.arn,
            external_id=role.external_id,
            mfa_serial=role.mfa_serial,
            duration_seconds=role.duration_seconds or DEFAULT_DURATION_SECONDS,
        )
        return (*self.base.plan(), step)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The base's links; the person who types an MFA code, if one must; and the role, which is assumed anew."""
        role, base = self.role, self.base.links(outlook)
        chained = self.base.name in _ROLE_SESSIONS
        seconds = role.duration_seconds or DEFAULT_DURATION_SECONDS
        why = "a role that a role assumes: an hour at the most, and then anew" if chained else "assumed anew"
        link = Link(
            self.name,
            None,
            why=why,
            session_seconds=min(seconds, CHAINED_DURATION_SECONDS) if chained else seconds,
            profile=role.profile,
        )
        device = mfa_link(role.device, self.key, outlook, self.lookup, profile=role.profile)
        return (*base, *device, link)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A new session of the role.

        Args:
            prompter: asks for the MFA code where the role needs one.

        Raises:
            PersonNeeded: an MFA code is needed and nobody is there, or the base needs a person.
            RenewalRefused, SourceUnavailable, ConfigurationError: see the error's cause.
        """
        base = self.base.fetch(prompter)
        try:
            return self._assume(base, prompter)
        except RenewalRefused:
            # What was kept may have been revoked, or refused for its age: once more with a new one.
            if isinstance(self.base, Kept) and self.base.forget(base):
                return self._assume(self.base.fetch(prompter), prompter)
            raise

    def _assume(self, base: Credentials, prompter: Prompter | None) -> Credentials:
        with explaining(Attempt(self.name, self.lookup, self.role.arn, base)):
            try:
                return self._call(base, prompter)
            except Exception as error:
                if self._clamped or not exceeds_chained_hour(error):
                    raise
        self._clamp()
        return self._assume(base, prompter)

    def _call(self, base: Credentials, prompter: Prompter | None) -> Credentials:
        parameters = self.role.parameters()
        if self.role.device is not None:
            parameters["TokenCode"] = self.role.device.code(self.role.arn, prompter, link=self.name)
        return sts_call("assume_role", parameters, self.lookup, signed_with=base, kind=self.name)

    def _clamp(self) -> None:
        _log.warning(
            "%s: sessions of %s s were asked for, but a role that a role assumes gets %d s at the most "
            "(role-chaining-limit): asking for that, and renewing more often",
            self.role.arn,
            self.role.duration_seconds,
            CHAINED_DURATION_SECONDS,
        )
        self._clamped = True
        self.role = replace(self.role, duration_seconds=CHAINED_DURATION_SECONDS)


def find(lookup: Lookup) -> AssumeRole | None:
    """A section with ``role_arn`` (and no token file, which makes it ``web_identity``'s).

    Raises:
        ConfigurationError: it has no source, two of them, one that does not exist, or a loop of them.
    """
    section = lookup.section
    if "role_arn" not in section or "web_identity_token_file" in section:
        return None
    if lookup.scope == "source_profile" and has_static_keys(section):
        return None
    role = role_from_section(section, lookup.profile_name)
    return AssumeRole(role, _base(lookup, section), lookup)


def _base(lookup: Lookup, section: dict[str, Any]) -> PlannedSource:
    profile = lookup.profile_name
    source_profile, credential_source = section.get("source_profile"), section.get("credential_source")
    if source_profile is not None and credential_source is not None:
        raise ConfigurationError(
            f"The profile {profile!r} has both source_profile and credential_source",
            why="the role can be assumed with one of them only",
            next_steps=f"remove one: edit {lookup.config.location(profile)}",
            link="assume_role",
        )
    if source_profile is not None:
        return _base_of_profile(lookup, section, source_profile)
    if credential_source is not None:
        return _base_of_credential_source(lookup, credential_source)
    raise ConfigurationError(
        f"The profile {profile!r} has a role_arn, but nothing to assume it with",
        why="it names neither source_profile nor credential_source",
        next_steps=(
            f"add a line to it: source_profile = PROFILE (edit {lookup.config.location(profile)})",
            "or, where the machine has a role of its own: credential_source = Ec2InstanceMetadata",
        ),
        cause="partial-credentials",
        link="assume_role",
    )


def _base_of_profile(lookup: Lookup, section: dict[str, Any], name: str) -> PlannedSource:
    from unexpired.sources.aws.chain import first, nothing_found  # the chain knows this file

    profile, config = lookup.profile_name, lookup.config
    if name not in config.profiles:
        error = unknown_profile(name, tuple(config.profiles), (config.config_file, config.credentials_file))
        error.what = f"The source_profile {name!r} of the profile {profile!r} does not exist"
        raise error
    itself = name == profile and not lookup.visited and has_static_keys(section)
    if name in (*lookup.visited, profile) and not itself:
        way = " → ".join((*lookup.visited, profile, name))
        raise ConfigurationError(
            f"The source profiles of {(*lookup.visited, profile)[0]!r} lead in a circle: {way}",
            why="each is to be assumed with the next, and none has credentials of its own",
            next_steps=f"let one of them name a profile with credentials (edit {config.location(profile)})",
            link="assume_role",
        )
    base_lookup = lookup.for_source_profile(name)
    base = first(base_lookup)
    if base is None:
        raise nothing_found(base_lookup)
    return base


def _base_of_credential_source(lookup: Lookup, name: str) -> PlannedSource:
    kind = _CREDENTIAL_SOURCES.get(name)
    if kind is None:
        raise ConfigurationError(
            f"The credential_source {name!r} of the profile {lookup.profile_name!r} is not known",
            why=f"there are {', '.join(_CREDENTIAL_SOURCES)}, spelt like this",
            next_steps=f"correct it: edit {lookup.config.location(lookup.profile_name)}",
            link="assume_role",
        )
    from importlib import import_module

    # Named outright, so neither a profile nor the environment's other variables are looked at.
    base: PlannedSource | None = import_module(f"unexpired.sources.{kind}").find(replace(lookup, scope="default"))
    if base is None:
        raise ConfigurationError(
            f"The profile {lookup.profile_name!r} takes its credentials from {name}, which has none here",
            next_steps="unexpired doctor",
            cause="no-credentials",
            link=kind,
        )
    return base


ABOUT = About(
    title="A role",
    found="a profile with `role_arn` and `source_profile` or `credential_source`; or `role_arn` given outright",
    renews="STS `AssumeRole`, with whatever its base is; chains of any length",
    ends=(
        "whatever ends its base; a device with `mfa_serial`: the session in hand, unless `mfa_process` prints "
        "the code. A role that a role assumes is renewed every hour"
    ),
    extend="what extends its base; `mfa_process = PROGRAM` in the profile",
)

CHAIN = {20: find}
