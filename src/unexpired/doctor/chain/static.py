"""Long-term keys and pasted sessions: in the environment, in the shared files, and in the files of boto 2 and EC2.

Sources: botocore's ``EnvProvider``, ``SharedCredentialProvider``, ``ConfigProvider``, ``OriginalEC2Provider``,
``BotoProvider``. What decides is the key id alone: a secret without one is passed over, a key id without its secret
stops the chain (``PartialCredentialsError``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes._chain import Step
from unexpired.causes._evidence import Keys
from unexpired.causes._files import Place
from unexpired.doctor.chain.scene import Broken, NotAsked, Offer
from unexpired.doctor.ini import read_ini
from unexpired.doctor.paths import read_file
from unexpired.doctor.seal import kind_of, seal, shown
from unexpired.engine.credentials import masked, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from unexpired.causes._files import Section, Setting
    from unexpired.doctor.chain.scene import Scene

# Where tools write the end of a session that they paste: saml2aws, aws-mfa, granted, awsume, aws-vault.
# No SDK reads any of them (boto/botocore#2158).
EXPIRY_SETTINGS = (
    *("x_security_token_expires", "expiration", "aws_expiration", "aws_session_expiration"),
    *("aws_session_token_expiration", "aws_credential_expiration"),
)
# botocore asks for the old name first; other SDKs know only the new one.
TOKEN_SETTINGS = ("aws_security_token", "aws_session_token")


def environment(scene: Scene) -> Offer | NotAsked | None:
    """``AWS_ACCESS_KEY_ID`` and its companions. A blank key id is no key id."""
    keys = scene.environment.keys
    if keys is None:
        return None
    if scene.explicit:
        return NotAsked(f"{keys.key_id} is set, but a profile named explicitly sets the environment's keys aside")
    return _environment(scene, keys)


def environment_as_source(scene: Scene) -> Offer | None:
    """The same, for ``credential_source = Environment``, which no profile sets aside."""
    keys = scene.environment.keys
    return None if keys is None else _environment(scene, keys)


def _environment(scene: Scene, keys: Keys) -> Offer:
    if keys.secret is None:
        raise Broken(
            "partial-credentials",
            "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is "
            + ("blank." if "AWS_SECRET_ACCESS_KEY" in scene.environ else "not."),
            Place("AWS_SECRET_ACCESS_KEY"),
        )
    if scene.environ.get("AWS_CREDENTIAL_EXPIRATION") and keys.expires_at is None:
        raise Broken("config-invalid", "AWS_CREDENTIAL_EXPIRATION is not a time.", Place("AWS_CREDENTIAL_EXPIRATION"))
    step = Step("environment", location="AWS_ACCESS_KEY_ID", place=keys.place, keys=keys)
    return Offer((step,), "AWS_ACCESS_KEY_ID", _described(keys))


def credentials_file(scene: Scene, name: str) -> Offer | None:
    """Static keys under ``[name]`` of the shared credentials file."""
    profile = scene.files.profiles.get(name)
    return _from_section(profile.credentials if profile else None, name, scene.files.credentials.path)


def config_file(scene: Scene, name: str) -> Offer | None:
    """Static keys under ``[profile name]`` of the config file. botocore asks for them last of all profile sources."""
    profile = scene.files.profiles.get(name)
    return _from_section(profile.config if profile else None, name, scene.files.config.path)


def _from_section(section: Section | None, name: str, path: str) -> Offer | None:
    if section is None or "aws_access_key_id" not in section.settings:
        return None
    keys = keys_of(section.settings, name)
    if keys is None:
        place = section.settings["aws_access_key_id"].place
        raise Broken(
            "partial-credentials",
            f"Profile {shown(name)} has an aws_access_key_id, but no aws_secret_access_key.",
            place,
        )
    step = Step("static_profile", profile=name, location=path, place=keys.place, keys=keys)
    return Offer((step,), path, _described(keys), name)


def keys_of(settings: Mapping[str, Setting], profile: str | None) -> Keys | None:
    """The keys that a section holds, blank ones included, or None where one of the two is missing."""
    key_id, secret = settings.get("aws_access_key_id"), settings.get("aws_secret_access_key")
    if key_id is None or secret is None:
        return None
    token = next((settings[name] for name in TOKEN_SETTINGS if name in settings), None)
    end = _expiry(settings)
    # Masking keeps the first four characters, which is what the kind is read from.
    return Keys(
        key_id.place,
        key_id.value or "****",
        kind_of(key_id.value),
        key_id.sealed or seal(""),
        secret=secret.sealed,
        token=token.sealed if token else None,
        expires_at=end[0] if end else None,
        expires_place=end[1] if end else None,
        profile=profile,
    )


def _expiry(settings: Mapping[str, Setting]) -> tuple[datetime, Place] | None:
    for name in EXPIRY_SETTINGS:
        setting = settings.get(name)
        if setting is not None:
            try:
                return parse_timestamp(setting.value), setting.place
            except ValueError:
                continue
    return None


def ec2_file(scene: Scene) -> Offer | None:
    """``AWS_CREDENTIAL_FILE``, of the EC2 tools before 2012. A file that is not there stops the chain."""
    if "AWS_CREDENTIAL_FILE" not in scene.environ:
        return None
    path = scene.environ["AWS_CREDENTIAL_FILE"]
    if path.startswith("~"):
        path = scene.paths.expand(path)
    content = read_file(path)
    if content.state != "read":
        raise Broken(
            "config-invalid",
            f"AWS_CREDENTIAL_FILE names {shown(scene.paths.show(path))}, which cannot be read.",
            Place("AWS_CREDENTIAL_FILE"),
        )
    found = dict(_pairs(content.data.decode("utf-8", "replace")))
    if "AWSAccessKeyId" not in found:
        return None
    return _legacy(scene, path, found["AWSAccessKeyId"], found.get("AWSSecretKey"))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign:
            yield key.strip(), value.strip()


def boto2_file(scene: Scene) -> Offer | None:
    """``[Credentials]`` in ``$BOTO_CONFIG``, or else in ``/etc/boto.cfg`` and ``~/.boto``."""
    named = scene.environ.get("BOTO_CONFIG")
    for written in ("/etc/boto.cfg", "~/.boto") if named is None else (named,):
        path = scene.paths.expand(written)
        content = read_file(path)
        if content.state != "read":
            continue
        raw = read_ini(content.data)
        if raw.faults:
            place = Place(scene.paths.show(path), raw.faults[0].line)
            raise Broken("config-invalid", f"{place} {raw.faults[0].said}.", place)
        for section in raw.sections:
            if section.name == "Credentials" and "aws_access_key_id" in section.settings:
                secret = section.settings.get("aws_secret_access_key")
                key_id = section.settings["aws_access_key_id"].value
                return _legacy(scene, path, key_id, secret.value if secret else None)
    return None


def _legacy(scene: Scene, path: str, key_id: str, secret: str | None) -> Offer:
    place = Place(scene.paths.show(path))
    if secret is None:
        raise Broken("partial-credentials", f"{place} has a key id, but no secret.", place)
    keys = Keys(place, masked(key_id), kind_of(key_id), seal(key_id), secret=seal(secret))
    return Offer((Step("static_profile", location=place.path, place=place, keys=keys),), place.path, _described(keys))


def _described(keys: Keys) -> str:
    if keys.kind == "long-term":
        what = "a long-term key with a session's token" if keys.token else "a long-term key"
    else:
        what = "a session" if keys.token else "a key"
    return f"{keys.key_id}, {what}"
