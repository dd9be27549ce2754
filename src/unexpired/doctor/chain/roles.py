"""Roles that a profile assumes with the credentials of another: chains, references to itself, loops.

Source: botocore's ``AssumeRoleProvider`` and ``CanonicalNameCredentialSourcer``. The cases:

- ``role_arn`` beside ``web_identity_token_file`` is the web-identity provider's, never this one's;
- exactly one of ``source_profile`` and ``credential_source``;
- a source profile with static keys gives these, and its own role is not looked at; so a profile may name itself;
- a source profile with a role is the next link; one that was visited before is a loop;
- any other source profile is asked as if it were alone, without the environment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes._chain import Step
from unexpired.doctor.chain import machine, profiles, static
from unexpired.doctor.chain.scene import Broken, NotAsked, Offer
from unexpired.doctor.seal import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.causes._files import Place, Profile, Setting
    from unexpired.doctor.chain.scene import Scene

# API reference, AssumeRole, DurationSeconds: what STS takes when nothing is asked for.
DEFAULT_SECONDS = 3600

_NAMED_SOURCES = {
    "Environment": static.environment_as_source,
    "EcsContainer": machine.container,
    "Ec2InstanceMetadata": machine.instance_as_source,
}
# botocore compares these exactly (CanonicalNameCredentialSourcer.is_supported).


def profile_sources() -> tuple[Callable[[Scene, str], Offer | NotAsked | None], ...]:
    """A profile's own sources in botocore's order (``ProfileProviderBuilder.providers``), without the environment."""
    return (
        lambda scene, name: profiles.web_identity(scene, name, with_environment=False),
        profiles.sso,
        static.credentials_file,
        profiles.login,
        process,
        static.config_file,
    )


def assume_role(scene: Scene, name: str) -> Offer | None:
    """The role of a profile, with everything below it."""
    profile = scene.files.profiles.get(name)
    if profile is None or not _has_role(profile):
        return None
    plan = _plan(scene, profile)
    role = plan[-1]
    return Offer(plan, scene.files.config.path if profile.config else scene.files.credentials.path, _told(role), name)


def process(scene: Scene, name: str) -> Offer | NotAsked | None:
    """``credential_process``; where that is our own command, with what it asks below it, as ``sources/process.py``.

    Raises:
        Broken: it cannot be run, or our own would find its profile broken.
    """
    offer, behind = profiles.process(scene, name), profiles.behind(scene, name)
    if offer is None or behind is None:
        return offer
    seen = (*scene.seen_through, name)
    if behind in seen or name in scene.seen_through:
        message = f"The credential_process of profile {shown(name)} asks for itself, by way of {shown(behind)}."
        raise Broken("config-invalid", message, offer.plan[-1].place)
    inside = replace(scene, seen_through=seen)
    asked = (ask(inside, behind) for ask in (assume_role, *profile_sources()))
    made = next((answer for answer in asked if isinstance(answer, Offer)), None)
    return replace(offer, plan=(*made.plan, *offer.plan)) if made else offer


def _told(role: Step) -> str:
    return f"{shown(role.role_arn or '')}{' with an MFA code' if role.mfa_serial is not None else ''}"


def _has_role(profile: Profile) -> bool:
    return "role_arn" in profile.settings and "web_identity_token_file" not in profile.settings


def _has_static_keys(profile: Profile) -> bool:
    return "aws_access_key_id" in profile.settings or "aws_secret_access_key" in profile.settings


def _plan(scene: Scene, profile: Profile) -> tuple[Step, ...]:
    """Down from role to role (somebody's generator may write thousands), to what the last one is assumed with."""
    roles: list[Step] = []
    visited: dict[str, None] = {profile.name: None}
    below: Profile | tuple[Step, ...] = profile
    while not isinstance(below, tuple):
        roles.append(_step(below))
        below = _below(scene, below, visited)
    return (*below, *reversed(roles))


def _below(scene: Scene, profile: Profile, visited: dict[str, None]) -> Profile | tuple[Step, ...]:
    source, named = profile.settings.get("source_profile"), profile.settings.get("credential_source")
    if source is not None and named is not None:
        raise _broken("config-invalid", profile, "has both source_profile and credential_source", named.place)
    if named is not None:
        return _named_source(scene, profile, named.value, named.place)
    if source is not None:
        return _source_profile(scene, profile, source, visited)
    what = "has a role_arn, but neither source_profile nor credential_source"
    raise _broken("partial-credentials", profile, what, profile.settings["role_arn"].place)


def _named_source(scene: Scene, profile: Profile, name: str, place: Place) -> tuple[Step, ...]:
    if name not in _NAMED_SOURCES:
        what = f"names the credential_source {shown(name) or 'of no name'}, which there is not"
        raise _broken("config-invalid", profile, what, place)
    offer = _NAMED_SOURCES[name](scene)
    if offer is None:
        what = f"takes its base from the credential_source {name}, which has nothing"
        raise _broken("no-credentials", profile, what, place)
    return offer.plan


def _source_profile(
    scene: Scene, profile: Profile, setting: Setting, visited: dict[str, None]
) -> Profile | tuple[Step, ...]:
    name, place = setting.value, setting.place
    source = scene.files.profiles.get(name)
    if source is None:
        what = f"names the source_profile {shown(name) or '(blank)'}, which does not exist"
        raise _broken("profile-not-found", profile, what, place)
    if name in visited and (name != profile.name or not _has_static_keys(source)):
        loop = " -> ".join(shown(link) for link in (*list(visited)[list(visited).index(name) :], name))
        raise _broken("config-invalid", profile, f"closes a loop of source profiles: {loop}", place)
    visited[name] = None
    if _has_role(source) and not _has_static_keys(source):
        return source
    offers = (ask(scene, name) for ask in profile_sources())
    offer = next((offer for offer in offers if isinstance(offer, Offer)), None)
    if offer is None:
        half = _has_static_keys(source)
        what = f"takes its base from {shown(name)}, which has {'half a key pair' if half else 'no credentials'}"
        raise _broken("partial-credentials" if half else "config-invalid", profile, what, source.place)
    return offer.plan


def _step(profile: Profile) -> Step:
    role = profile.settings["role_arn"]
    try:
        # botocore: int(duration_seconds), and what is none is as if it were not there.
        seconds = int(profile.get("duration_seconds") or DEFAULT_SECONDS)
    except ValueError:
        seconds = DEFAULT_SECONDS
    return Step(
        "assume_role",
        profile=profile.name,
        location=role.place.path,
        place=role.place,
        role_arn=role.value,
        external_id=profile.get("external_id"),
        mfa_serial=profile.get("mfa_serial"),
        duration_seconds=seconds,
    )


def _broken(cause: str, profile: Profile, what: str, place: Place) -> Broken:
    return Broken(cause, f"Profile {shown(profile.name)} {what}.", place)
