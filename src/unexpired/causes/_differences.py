"""Where botocore and the other SDKs read one configuration differently: each difference is a sentence with its place.

What the others do is AWS's own description of the files (AWS SDKs and Tools Reference Guide, "Shared config and
credentials files", and the parser tests that AWS keeps for its SDKs), and for the order of providers what was measured
with JS v3, C++ (pyarrow) and Rust's object_store. Only what bears on the profile that is asked for is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.causes._evidence import Evidence
    from unexpired.causes._files import Profile, SharedFile

# A name of other signs is ignored, section and all, by whoever keeps to AWS's description.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\-/.%@:+ ]+\Z")

_CREDENTIAL_SETTINGS = frozenset(
    {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "role_arn", "source_profile"),
        *("credential_source", "mfa_serial", "external_id", "role_session_name", "web_identity_token_file"),
        *("credential_process", "sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name"),
        *("login_session", "duration_seconds"),
    }
)
# What other SDKs look at only after a profile's static keys.
_AFTER_KEYS = {
    "web_identity": "web_identity_token_file",
    "sso": "sso_account_id",
    "process": "credential_process",
}

_BLANK_VARIABLES = {
    "AWS_PROFILE": "botocore looks for a profile without a name",
    "AWS_DEFAULT_PROFILE": "botocore looks for a profile without a name",
    "AWS_CONFIG_FILE": "botocore reads no config file",
    "AWS_SHARED_CREDENTIALS_FILE": "botocore reads no credentials file",
    "AWS_ROLE_ARN": "botocore raises where there is a token file",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "botocore does not look into the profile for one",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "botocore asks an address without a path",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "botocore raises",
}


def differences(evidence: Evidence) -> tuple[str, ...]:
    """Every difference that bears on this machine's chain."""
    return (
        *_in_variables(evidence),
        *(told for file in (evidence.config, evidence.credentials) for told in _in_file(file)),
        *_two_defaults(evidence),
        *(told for profile in used_profiles(evidence) for told in _in_profile(profile)),
        *_in_order(evidence),
    )


def blank_variables(evidence: Evidence) -> tuple[str, ...]:
    """The variables that are set to nothing and make a difference."""
    return tuple(name for name in _BLANK_VARIABLES if name in evidence.environment.blank)


def used_profiles(evidence: Evidence) -> tuple[Profile, ...]:
    """The profile that is asked for, and those that it takes its base from."""
    used: dict[str, Profile] = {}
    name: str | None = evidence.chain.profile or "default"
    while name is not None and name in evidence.profiles and name not in used:
        used[name] = evidence.profiles[name]
        name = used[name].get("source_profile")
    return tuple(used.values())


def _in_variables(evidence: Evidence) -> Iterator[str]:
    environment = evidence.environment
    variables = environment.variables
    for name in blank_variables(evidence):
        yield f"{name} is set to nothing: {_BLANK_VARIABLES[name]}; other SDKs take it for unset"
    default, named = variables.get("AWS_DEFAULT_PROFILE"), variables.get("AWS_PROFILE")
    if default and default != named:
        other = f"takes {named}, which AWS_PROFILE names" if named else "knows only AWS_PROFILE"
        yield f"AWS_DEFAULT_PROFILE names {default}: botocore takes that; every other SDK {other}"
    if environment.keys is not None and not environment.keys.secret:
        yield "AWS_ACCESS_KEY_ID is set without its secret: botocore stops there; other SDKs ask the next source"
    if environment.keys is not None and named:
        yield f"both keys and AWS_PROFILE ({named}) are set: botocore takes the keys; JS takes the profile"
    if environment.security_token and environment.security_token != environment.session_token:
        yield "AWS_SECURITY_TOKEN is set: botocore takes it before AWS_SESSION_TOKEN; other SDKs do not know it"
    problem = evidence.chain.problem
    unknown = named and evidence.chain.profile == named and named not in evidence.profiles
    if problem and problem.cause == "profile-not-found" and unknown:
        yield f"profile {named} is missing: botocore stops there; JS, C++ and Rust ask the next source"


def _in_file(file: SharedFile) -> Iterator[str]:
    others = {
        "duplicate-section": "other SDKs merge the two sections",
        "duplicate-setting": "other SDKs take the last of the two",
        "byte-order-mark": "not every SDK does, and no editor shows it",
        "not-a-setting": "JS passes over the line",
        "no-section": "JS passes over the line",
    }
    for fault in file.faults[:5]:
        if fault.kind in others:
            yield f"{fault.place} {fault.said}: botocore refuses the file; {others[fault.kind]}"
    if file.inherited and file.sections:
        place = file.inherited[0].place
        yield f"{place} stands under [DEFAULT]: botocore sees it in every profile; other SDKs in none"


def _two_defaults(evidence: Evidence) -> Iterator[str]:
    if all(profile.name != "default" for profile in used_profiles(evidence)):
        return
    places = {section.name: section.place for section in evidence.config.sections}
    plain = places.get("default")
    prefixed = next((place for name, place in places.items() if name.split() == ["profile", "default"]), None)
    if plain and prefixed and plain.line > prefixed.line:
        yield f"{plain} is [default], {prefixed} [profile default]: botocore takes what comes later; others the second"


def _in_profile(profile: Profile) -> Iterator[str]:
    if not _PLAIN_NAME.match(profile.name):
        yield f"{profile.place} has a name of other than letters, digits and _-/.%@:+ : other SDKs ignore the profile"
    for setting in profile.settings.values():
        if setting.key not in _CREDENTIAL_SETTINGS:
            continue
        if setting.comment:
            yield f"{setting.place} ends in a comment: botocore takes it for a part of {setting.key}; others cut it off"
        if setting.colon:
            yield f"{setting.place} sets {setting.key} with a colon: botocore reads it; other SDKs want '='"
        if setting.indented:
            yield f"{setting.place} indents {setting.key}: botocore reads it; others take it for the line above's"
        if setting.blank:
            yield f"{setting.place} sets {setting.key} to nothing: botocore takes it as set; others as not there"
    yield from _half_pairs(profile)
    seconds = profile.settings.get("duration_seconds")
    if seconds is not None and not seconds.value.strip().isdigit():
        yield f"{seconds.place} is no number: botocore asks for the default instead; others need not"


def _half_pairs(profile: Profile) -> Iterator[str]:
    key_id, secret = (profile.settings.get(key) for key in ("aws_access_key_id", "aws_secret_access_key"))
    if secret is not None and key_id is None:
        yield f"{secret.place} has a secret without a key id: botocore passes over it; by AWS's rules it is an error"
    has_keys = key_id is not None and secret is not None
    if not has_keys or ("role_arn" in profile.settings and "source_profile" in profile.settings):
        return
    in_credentials = profile.credentials is not None and "aws_access_key_id" in profile.credentials.settings
    for source, setting in _AFTER_KEYS.items():
        if setting in profile.settings and not (source == "process" and in_credentials):
            yield (
                f"{profile.place} has both keys and {setting}: botocore takes {source}; "
                "other SDKs take a profile's keys first"
            )


def _in_order(evidence: Evidence) -> Iterator[str]:
    winner = evidence.chain.winner
    keys = evidence.chain.of("static_profile")
    if winner is not None and winner.source == "web_identity" and winner.profile is None and keys.state == "shadowed":
        yield f"AWS_WEB_IDENTITY_TOKEN_FILE wins over the keys in {keys.location}; JS and C++ take the file's keys"
