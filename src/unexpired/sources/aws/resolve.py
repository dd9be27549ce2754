"""The door to the sources: who makes the sessions of a profile, of a role, or of this environment."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError
from unexpired.sources.assume_role import AssumeRole
from unexpired.sources.aws.chain import first, nothing_found
from unexpired.sources.aws.lookup import Lookup, Scope
from unexpired.sources.aws.mfa import MfaDevice
from unexpired.sources.aws.role import Role, policy_text
from unexpired.sources.aws.shared_config import (
    CONFIG_FILE_VARIABLE,
    CREDENTIALS_FILE_VARIABLE,
    PROFILE_VARIABLES,
    load_shared_config,
)
from unexpired.sources.github_actions import GithubActions, in_a_job
from unexpired.sources.session_token import SessionToken
from unexpired.sources.web_identity import WebIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unexpired.sources.aws.plan import PlannedSource
    from unexpired.sources.aws.shared_config import SharedConfig

# What AssumeRoleWithWebIdentity takes of AssumeRole's parameters, and GetSessionToken.
_FOR_WEB_IDENTITY = {"session_name", "duration_seconds", "policy", "policy_arns"}
_FOR_SESSION_TOKEN = {"mfa_serial", "duration_seconds"}
_OF_A_USER = ("static_profile", "environment")


def source_for(
    *,
    profile_name: str | None = None,
    role_arn: str | None = None,
    role_session_name: str | None = None,
    external_id: str | None = None,
    duration_seconds: int | None = None,
    source_profile: str | None = None,
    serial_number: str | None = None,
    tags: Mapping[str, str] | None = None,
    transitive_tag_keys: Sequence[str] = (),
    policy: str | Mapping[str, Any] | None = None,
    policy_arns: Sequence[str] = (),
    source_identity: str | None = None,
    region_name: str | None = None,
    endpoint_url: str | None = None,
    botocore_session: Any = None,
    base: PlannedSource | None = None,
    environ: Mapping[str, str] = os.environ,
    shared_config: SharedConfig | None = None,
) -> PlannedSource:
    """The source of a profile's sessions, or of a role's.

    - Nothing given: what botocore's chain of providers would take, here and now.
    - ``profile_name``: that profile; the environment's keys are set aside, as boto3 does.
    - ``role_arn``: that role, assumed with ``source_profile`` if given, else with ``profile_name``, else with what the
      chain takes. The other role parameters go with it.
      In a job of GitHub Actions that may have OIDC tokens, ``role_arn`` without a profile is assumed with one of those.
    - Role parameters without ``role_arn``: they replace those of the role that the profile names. ``serial_number`` for
      a user's own key makes a session of it, with MFA (GetSessionToken).

    Reads the shared files and the environment, once; asks no network and runs no program.

    Args:
        profile_name: as in ``--profile``; also the one whose Region, endpoint, proxy and retry settings hold.
        role_arn: ``arn:aws:iam::123456789012:role/NAME``.
        role_session_name: what CloudTrail shows; ``unexpired-USER`` when None.
        external_id: what the role's owner wants to hear.
        duration_seconds: 900 to the role's ``MaxSessionDuration``; STS's hour when None.
        source_profile: the profile that assumes ``role_arn``.
        serial_number: the MFA device; a person is then asked, where one is there.
        tags: session tags.
        transitive_tag_keys: those of them that a role assumed with this one inherits.
        policy: a session policy, as JSON or as a mapping.
        policy_arns: managed session policies.
        source_identity: who is behind it, for CloudTrail.
        region_name: of the STS that is asked, ahead of every setting.
        endpoint_url: of the STS that is asked, ahead of every setting.
        botocore_session: takes its profile, Region, files and default client configuration, where they are not given.
        base: assumes ``role_arn``, in place of what would be found.
        environ: what names files, profiles, tokens and endpoints. botocore itself reads this process's own.
        shared_config: the shared files, read already (for a program with thousands of roles); None reads them.

    Raises:
        ConfigurationError: what is named does not exist, cannot be understood, or makes no sense together.
    """
    lookup = _lookup(profile_name, region_name, endpoint_url, botocore_session, environ, config=shared_config)
    parameters: dict[str, Any] = {
        "session_name": role_session_name,
        "external_id": external_id,
        "duration_seconds": duration_seconds,
        "mfa_serial": serial_number,
        "policy": policy_text(policy),
        "policy_arns": tuple(policy_arns),
        "tags": tuple(sorted((tags or {}).items())),
        "transitive_tag_keys": tuple(transitive_tag_keys),
        "source_identity": source_identity,
    }
    given = {name: value for name, value in parameters.items() if value}
    if role_arn is not None:
        base_lookup = lookup
        if source_profile is not None:
            lookup.config.profile(source_profile)
            base_lookup = replace(lookup, profile_name=source_profile, scope="profile")
        elif base is None and in_a_job(lookup) and not given.keys() - _FOR_WEB_IDENTITY:
            return GithubActions(Role(role_arn, **given), lookup)
        return AssumeRole(Role(role_arn, **given), base or _found(base_lookup), lookup)
    if source_profile is not None:
        raise ConfigurationError(
            f"source_profile {source_profile!r} is given, but no role_arn to assume with it",
            next_steps=f"give the role too, or ask for the profile itself: --profile {source_profile}",
        )
    source = _found(lookup)
    return _changed(source, given, lookup) if given else source


def _lookup(
    profile_name: str | None,
    region_name: str | None,
    endpoint_url: str | None,
    botocore_session: Any,
    environ: Mapping[str, str],
    *,
    config: SharedConfig | None,
) -> Lookup:
    client_config = None
    if botocore_session is not None:
        of_session = botocore_session.instance_variables()
        profile_name = profile_name or of_session.get("profile")
        region_name = region_name or of_session.get("region")
        client_config = botocore_session.get_default_client_config()
        files = {CONFIG_FILE_VARIABLE: "config_file", CREDENTIALS_FILE_VARIABLE: "credentials_file"}
        named = {variable: of_session[name] for variable, name in files.items() if of_session.get(name)}
        environ = {**environ, **named} if named else environ
    config = config or load_shared_config(environ)
    scope: Scope = "default" if profile_name is None else "profile"
    # As in botocore, a variable that is set and blank names no profile that could exist.
    named_in_environment = next((environ[name] for name in PROFILE_VARIABLES if name in environ), None)
    name = profile_name if profile_name is not None else named_in_environment
    if name is not None:
        config.profile(name)
    return Lookup(
        config=config,
        environ=environ,
        profile_name=name if name is not None else "default",
        scope=scope,
        session_profile=profile_name,
        settings_profile=name if name is not None else "default",
        region_name=region_name,
        endpoint_url=endpoint_url,
        client_config=client_config,
    )


def _found(lookup: Lookup) -> PlannedSource:
    source = first(lookup)
    if source is None:
        raise nothing_found(lookup)
    return source


def _changed(source: PlannedSource, given: Mapping[str, Any], lookup: Lookup) -> PlannedSource:
    """The source of a profile's role, with some of the role's parameters replaced.

    Raises:
        ConfigurationError: it is no role, or one that takes other parameters. A policy or an external id that was
            silently dropped would give more than was asked for.
    """
    if isinstance(source, AssumeRole):
        return AssumeRole(replace(source.role, **given), source.base, lookup)
    if isinstance(source, (WebIdentity, GithubActions)) and not given.keys() - _FOR_WEB_IDENTITY:
        return replace(source, role=replace(source.role, **given))
    if source.name in _OF_A_USER and "mfa_serial" in given and not given.keys() - _FOR_SESSION_TOKEN:
        device = MfaDevice(given["mfa_serial"], lookup.section.get("mfa_process"))
        return SessionToken(source, device, given.get("duration_seconds"), lookup)
    names = ", ".join(sorted(given))
    raise ConfigurationError(
        f"Given for a role, but there is no role to assume that takes it: {names}",
        why=f"the sessions come from the {source.name} source",
        next_steps="name the role too (role_arn), or leave the parameters out",
    )
