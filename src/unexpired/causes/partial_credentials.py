"""A provider has only part of what it needs.

## What happened

A key id without its secret, a secret without its key id, a `role_arn` without a source, or a variable that is set but
empty. The SDK found the beginning of something and stops there.

## Why AWS says this

AWS is not asked. The SDKs treat a half-filled provider as a mistake rather than as an empty one, and most of them do
not go on to the next.

## How to recognise it

    Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY
    EmptyStaticCreds: static credentials are empty
    Access key cannot be null      /      Secret access key cannot be blank

In CI it is nearly always a secret that is not available to this job: a pull request from a fork, another environment,
a protected variable.

## Cure

Give it the missing part, or take the whole away. Not done by `--fix`: the missing part is a secret.

## Confirm

`doctor` names the provider and the setting that is missing or empty.

## Sources

- [Environment variables of the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html)
- [Credential provider chain](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, by_platform
from unexpired.causes._cures import KEY_VARIABLES, opening, unsetting
from unexpired.causes._files import Place
from unexpired.causes._proofs import broken

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_TOGETHER = (
    KEY_VARIABLES,
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
)
"""Variables of which one is nothing without the others."""


def prove(evidence: Evidence) -> Finding | None:
    """A source has part of what it needs: it stops the chain, is passed over, or signs with nothing."""
    finding = broken(evidence, CAUSE, _cure(evidence.chain.problem.place if evidence.chain.problem else None))
    if finding is not None:
        return finding
    seen, place = [], None
    environment = evidence.environment
    if environment.keys is None and environment.secret is not None:
        seen.append("AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID: SDKs pass the environment over")
        place = Place("AWS_SECRET_ACCESS_KEY")
    profile = evidence.profiles.get(evidence.chain.profile)
    if profile is not None:
        key_id, secret = profile.settings.get("aws_access_key_id"), profile.settings.get("aws_secret_access_key")
        if key_id is None and secret is not None:
            seen.append(f"{secret.place} is a secret without its aws_access_key_id: SDKs pass it over")
            place = place or secret.place
        blank = [setting for setting in (key_id, secret) if setting is not None and setting.blank]
        seen += [f"{setting.place} sets {setting.key} to nothing" for setting in blank]
        place = place or (blank[0].place if blank else None)
    if not seen:
        return None
    winner = evidence.chain.winner
    uses_it = winner is not None and winner.source == "static_profile" and "to nothing" in seen[-1]
    return CAUSE.found("error" if uses_it or winner is None else "warning", "proven", tuple(seen), _cure(place))


def _cure(place: Place | None) -> Cure | None:
    """The cure for the file, or the variables, in which half of it stands."""
    if place is None:
        return None
    if place.line:
        return replace(CAUSE.cure, commands=opening(place.path))
    group = next((group for group in _TOGETHER if place.path in group), (place.path,))
    return replace(CAUSE.cure, commands=unsetting(*group))


_NAMES = ("aws_access_key_id", "aws_secret_access_key", "awsaccesskeyid", "awssecretaccesskey")
_LACKS = (
    "not found",
    "not set",
    "not defined",
    "not provided",
    "not specified",
    "doesnt exist",
    "does not exist",
    "is missing",
    "is empty",
    "is required",
    "is undefined",
    "must be set",
)
_LACKING = (
    *(phrase for name in _NAMES for lack in _LACKS for phrase in (f"{name}| ‥ {lack}", f"{lack}: {name}|")),
    *(f"missing ‥ {name}|" for name in (*_NAMES, "access_key_id", "secret_access_key")),
)
"""A setting's name and what a tool that wants it says of it, before any SDK is asked."""

CAUSE = Cause(
    slug="partial-credentials",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="The SDK names what is missing.",
            text=(
                "keyerror: aws_access_key_id",
                "keyerror: aws_secret_access_key",
                "partial credentials found in",
                "partialcredentialserror",
                "partial credentials",
                "emptystaticcreds",
                "static credentials are empty",
                "envsecretnotfound",
                "aws_secret_access_key not found in environment",
                "access key cannot be null",
                "access key id cannot be blank",
                "access key id cannot be empty",
                "secret key cannot be null",
                "secret access key cannot be blank",
                "secret access key cannot be empty",
                "awsaccesskeyid cannot be null",
                "missing required … aws_secret_access_key",
                "aws_secret_access_key … is missing",
                "aws_secret_access_key must be",
                "aws_access_key_id must be",
                "secretaccesskey is missing",
                "shared credentials … did not contain aws_",
                "sharedcredsaccesskey",
                "secret key or session token is unset",
                "access key or secret key is unset",
                "sharedcredssecret",
                "source_profile does not have credentials",
                "no credentials present in ini profile",
                "did not contain aws_secret_access_key",
                "aws_access_key_id … set but … aws_secret_access_key",
                "access_key_id and secret_access_key must",
                "must provide both access_key",
                "both access_key and secret",
                "role_arn … without … source_profile",
                "role_arn … neither … source_profile",
                "requires source_profile or credential_source",
                "source_profile or credential_source",
                "contains role_arn but",
                "incomplete aws credentials",
                "profile ‥ is missing required property",
                "must specify both ‥ key",
                "incomplete … aws_secret_access_key",
                "invalid … missing aws_access_key_id",
            ),
            unless=("contains both",),
        ),
        Sign(
            confidence=0.6,
            why="The request was signed with an empty key id.",
            text=(
                "non-empty access key (akid) must be provided",
                "a non-empty access key",
                "credential=/20",
                "empty access key",
                "authorization header is invalid -- one and only one",
                "the credential is mal-formed; expecting",
            ),
        ),
        Sign(
            confidence=0.75,
            why="The role was to be assumed with something that is empty or too short to be it.",
            text=(
                "parameter validation failed … webidentitytoken",
                "parameter validation failed … rolearn",
                "parameter validation failed … samlassertion",
                "parameter validation failed … principalarn",
                "minimum field size of … assumerole",
                "missing required field … assumerole",
                "missing required parameter ‥ webidentitytoken",
                "missing required parameter ‥ rolearn",
                "missing required parameter ‥ samlassertion",
            ),
        ),
        Sign(
            confidence=0.6,
            why="The tool wants the key by its name, and was not given it.",
            text=_LACKING,
            beside=("error", "fail", "fatal", "exception", "panic"),
            reach=300,
            unless=("fall back", "falling back", "fallback", "instance profile", "iam role", "dry run"),
            last_resort=True,
        ),
    ),
    cure=Cure(
        summary="Give the provider the missing part, or take the rest away.",
        commands=by_platform(
            posix=("env | cut -d= -f1 | grep ^AWS_", "aws configure list"),
            cmd=("aws configure list",),
            powershell=("Get-ChildItem Env:AWS_* | Select-Object Name", "aws configure list"),
        ),
    ),
    prove=prove,
)
