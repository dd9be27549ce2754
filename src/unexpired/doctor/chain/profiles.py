"""What a profile can hold beside static keys and roles: web identity, sign-ins, a process.

Sources: botocore's ``AssumeRoleWithWebIdentityProvider``, ``SSOProvider`` with ``SSOTokenProvider``, ``LoginProvider``,
``ProcessProvider``. botocore finds some of this out only when the first request needs credentials; here it is found out
at once, from what lies on the disk.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from unexpired.causes._chain import Step
from unexpired.causes._files import Place
from unexpired.doctor.chain.scene import Broken, NotAsked, Offer
from unexpired.doctor.seal import OUR_PROCESS, shown
from unexpired.engine.credentials import timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.causes._evidence import SignIn
    from unexpired.causes._files import Profile, Setting
    from unexpired.doctor.chain.scene import Scene

_WEB_IDENTITY_VARIABLES = {
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
    "role_arn": "AWS_ROLE_ARN",
}
# STS's default (API reference, AssumeRoleWithWebIdentity, DurationSeconds); botocore has no setting for it.
_WEB_IDENTITY_SECONDS = 3600

_SSO_PROFILE_SETTINGS = ("sso_role_name", "sso_account_id")
_SSO_SETTINGS = ("sso_start_url", "sso_region")


def web_identity(scene: Scene, name: str, *, with_environment: bool) -> Offer | NotAsked | None:
    """``web_identity_token_file`` and ``role_arn``: each from its variable, or else from the profile.

    A variable that is set to nothing counts: it hides the profile's setting, and the provider is passed over.
    """
    profile = scene.files.profiles.get(name)

    def found(key: str) -> tuple[str | None, Place | None]:
        variable = _WEB_IDENTITY_VARIABLES[key]
        if with_environment and variable in scene.environ:
            return scene.environ[variable], Place(variable)
        setting = profile.settings.get(key) if profile else None
        return (None, None) if setting is None else (setting.value, setting.place)

    path, path_place = found("web_identity_token_file")
    if not path or path_place is None:
        if not with_environment and scene.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE") and name == scene.profile:
            return NotAsked("AWS_WEB_IDENTITY_TOKEN_FILE is set, but a profile named explicitly sets it aside")
        return None
    role_arn, _ = found("role_arn")
    if not role_arn:
        raise Broken(
            "partial-credentials", "A web-identity token file is configured, but no role to assume with it.", path_place
        )
    token = scene.token(path)
    if token.state != "read":
        what = "does not exist" if token.state == "absent" else "cannot be read"
        raise Broken(
            "web-identity-token-expired", f"The web-identity token file {shown(token.place.path)} {what}.", path_place
        )
    if token.expires_at is not None and token.expires_at <= scene.now:
        raise Broken(
            "web-identity-token-expired",
            f"The web-identity token in {shown(token.place.path)} lapsed at {timestamp(token.expires_at)}.",
            token.place,
        )
    owner = None if path_place.line == 0 else name
    step = Step(
        "web_identity",
        profile=owner,
        location=token.place.path,
        place=path_place,
        role_arn=role_arn,
        duration_seconds=_WEB_IDENTITY_SECONDS,
    )
    location = path_place.path
    return Offer((step,), location, f"{shown(role_arn)} with the token in {shown(token.place.path)}", owner)


def sso(scene: Scene, name: str) -> Offer | None:
    """A sign-in at IAM Identity Center: ``sso_session``, or the older form with its own ``sso_start_url``."""
    profile = scene.files.profiles.get(name)
    if profile is None or all(key not in profile.settings for key in _SSO_PROFILE_SETTINGS):
        return None
    session = profile.get("sso_session")
    settings = _sso_settings(scene, profile, session)
    missing = [key for key in (*_SSO_PROFILE_SETTINGS, *_SSO_SETTINGS) if key not in settings]
    if missing:
        raise Broken(
            "partial-credentials",
            f"Profile {shown(name)} signs in at IAM Identity Center, but lacks {', '.join(missing)}.",
            profile.place,
        )
    start_url = settings["sso_start_url"].value
    key = start_url if session is None else session
    sign_in = _usable_sign_in(scene, key, start_url, renewable=session is not None)
    role = f"{shown(settings['sso_role_name'].value)} in {shown(settings['sso_account_id'].value)}"
    step = Step(
        "sso",
        profile=name,
        location=sign_in.place.path,
        place=settings["sso_account_id" if "sso_account_id" in profile.settings else "sso_role_name"].place,
        sign_in=key,
    )
    return Offer((step,), scene.files.config.path, f"{role}, signed in at {shown(start_url)}", name)


def _sso_settings(scene: Scene, profile: Profile, session: str | None) -> Mapping[str, Setting]:
    if session is None:
        return profile.settings
    section = scene.files.sso_sessions.get(session)
    if section is None:
        raise Broken(
            "config-invalid",
            f"Profile {shown(profile.name)} names the sso-session {shown(session)}, which is not there.",
            profile.settings["sso_session"].place,
        )
    for key, setting in section.settings.items():
        own = profile.settings.get(key)
        if own is not None and (own.value, own.sealed) != (setting.value, setting.sealed):
            raise Broken(
                "config-invalid",
                f"Profile {shown(profile.name)} and its sso-session {shown(session)} disagree about {shown(key)}.",
                own.place,
            )
    # The token is asked for with what stands in the [sso-session] itself (SSOTokenProvider._load_sso_config).
    missing = [key for key in _SSO_SETTINGS if key not in section.settings]
    if missing:
        raise Broken(
            "partial-credentials", f"The sso-session {shown(session)} lacks {', '.join(missing)}.", section.place
        )
    return {**profile.settings, **section.settings}


def _usable_sign_in(scene: Scene, key: str, start_url: str, *, renewable: bool) -> SignIn:
    """The cached sign-in, found by the SHA-1 of the session's name, or of the start address in the older form."""
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
    found = next((entry for entry in scene.sso_cache if entry.name == digest), None)
    if found is None or found.state != "read" or found.missing:
        elsewhere = [
            entry
            for entry in scene.sso_cache
            if entry.name != digest
            and entry.start_url == start_url
            and entry.expires_at
            and entry.expires_at > scene.now
        ]
        what = "is not signed in" if found is None else "has a sign-in that cannot be read"
        raise Broken(
            "sso-cache-mismatch" if elsewhere else "sso-session-expired",
            f"{shown(key)} {what}: ~/.aws/sso/cache has no usable {digest}.json"
            + (f" (but {elsewhere[0].place.path}, for the same start address)." if elsewhere else "."),
            found.place if found else None,
        )
    assert found.expires_at is not None  # noqa: S101 - what "read" promises
    if found.expires_at <= scene.now and not (renewable and found.renewable):
        raise Broken(
            "sso-session-expired",
            f"The sign-in {shown(key)} lapsed at {timestamp(found.expires_at)}; only a person can renew it.",
            found.place,
        )
    return found


def login(scene: Scene, name: str) -> Offer | None:
    """A console sign-in (``aws login``). botocore needs its ``crt`` extra for it; the report names it regardless."""
    profile = scene.files.profiles.get(name)
    session = profile.get("login_session") if profile else None
    if profile is None or session is None:
        return None
    digest = hashlib.sha256(session.encode()).hexdigest()
    found = next((entry for entry in scene.login_cache if entry.name == digest), None)
    if found is None or found.state != "read" or found.missing:
        what = "has no cached sign-in" if found is None else "has a cached sign-in that cannot be used"
        missing = f": it lacks {', '.join(found.missing)}" if found and found.missing else ""
        raise Broken(
            "login-session-expired",
            f"The login session of profile {shown(name)} {what}{missing}.",
            found.place if found else profile.settings["login_session"].place,
        )
    if found.expires_at is not None and found.expires_at <= scene.now and not found.renewable:
        raise Broken(
            "login-session-expired",
            f"The login session of profile {shown(name)} lapsed at {timestamp(found.expires_at)}; nothing renews it.",
            found.place,
        )
    step = Step(
        "login",
        profile=name,
        location=found.place.path,
        place=profile.settings["login_session"].place,
        sign_in=session,
        keys=found.keys,
    )
    return Offer((step,), scene.files.config.path, f"signed in as {shown(session)}", name)


def process(scene: Scene, name: str) -> Offer | None:
    """``credential_process``. It is not run here: it may ask, spend money, or say something new each time."""
    profile = scene.files.profiles.get(name)
    setting = profile.settings.get("credential_process") if profile else None
    if setting is None:
        return None
    if not setting.value:
        what = "is blank" if setting.blank else "has a quote that is not closed"
        raise Broken("config-invalid", f"The credential_process of profile {shown(name)} {what}.", setting.place)
    step = Step("process", profile=name, location=setting.place.path, place=setting.place)
    return Offer((step,), setting.place.path, f"runs {shown(setting.value.partition(' ')[0])}", name)


def behind(scene: Scene, name: str) -> str | None:
    """The profile that our own ``unexpired credential-process`` is asked for by this one; None for other programs."""
    profile = scene.files.profiles.get(name)
    setting = profile.settings.get("credential_process") if profile else None
    asked = setting.value.removeprefix(OUR_PROCESS) if setting and setting.value.startswith(OUR_PROCESS) else None
    return asked if asked in scene.files.profiles else None
