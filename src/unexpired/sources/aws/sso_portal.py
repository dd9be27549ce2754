"""The two calls of IAM Identity Center: renew a sign-in, and make a permission set's session with it.

OIDC API Reference, "CreateToken"; Portal API Reference, "GetRoleCredentials". botocore has both in one provider, which
takes any refusal of a refresh token, also for a server's error, for the end of the sign-in.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import SYSTEM_CLOCK, moment
from unexpired.engine.credentials import Credentials, parse_timestamp, timestamp
from unexpired.engine.errors import PersonNeeded, UnexpiredError
from unexpired.sources.aws.failures import Attempt, explained, explaining
from unexpired.sources.aws.provided import botocore_session
from unexpired.sources.aws.sign_in_cache import (
    Entry,
    SignInCache,
    read_entry,
    renewing,
    sso_cache_directory,
    sso_entry_path,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from unexpired.sources.aws.lookup import Lookup

_log = logging.getLogger("unexpired")

# botocore's window (tokens.SSOTokenProvider._REFRESH_WINDOW): the CLI and boto3 renew then, too.
_RENEW_BEFORE_END = timedelta(minutes=15)
_FOR_RENEWAL = ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")


def living_sign_in(lookup: Lookup, *, sso_session: str | None, start_url: str, region: str) -> Entry:
    """The sign-in, renewed if it is about to end and can be.

    Args:
        lookup: whose profile.
        sso_session: the ``[sso-session]``'s name; None in the legacy form, which nothing renews.
        start_url: where the person signs in.
        region: of IAM Identity Center.

    Raises:
        PersonNeeded: there is none, or it has lapsed for good.
        SourceUnavailable: it has lapsed, and who would renew it cannot be reached.
    """
    path = sso_entry_path(sso_session or start_url)
    entry = read_entry(path)
    if sso_session is not None and _renewal_due(entry):
        with renewing(path, lookup.environ):
            entry = read_entry(path)
            if _renewal_due(entry):
                entry = _renewed(lookup, path, entry, region)
    if not entry.get("accessToken"):
        raise _person_needed(lookup, "You are not signed in to IAM Identity Center", f"{path} has no sign-in")
    until = _moment(entry, "expiresAt")
    if until is None or until <= _now():
        ended = f"it ended at {timestamp(until)}" if until else f"{path} does not say when it ends"
        raise _person_needed(lookup, "The IAM Identity Center sign-in has lapsed", ended)
    return entry


def role_credentials(lookup: Lookup, entry: Entry, settings: Mapping[str, str]) -> Credentials:
    """A permission set's session.

    Raises:
        PersonNeeded: the sign-in was ended before its time.
        RenewalRefused, SourceUnavailable: see the error's cause.
    """
    with explaining(Attempt("sso", lookup)):
        client = _client(lookup, "sso", settings["sso_region"])
        answer = client.get_role_credentials(
            roleName=settings["sso_role_name"], accountId=settings["sso_account_id"], accessToken=entry["accessToken"]
        )
        issued = answer["roleCredentials"]
        return Credentials(
            issued["accessKeyId"],
            issued["secretAccessKey"],
            issued["sessionToken"],
            parse_timestamp(issued["expiration"] / 1000),  # "The date … in epoch time, in milliseconds"
            account_id=settings["sso_account_id"],
            source="sso",
        )


def _renewal_due(entry: Entry) -> bool:
    until, registered = _moment(entry, "expiresAt"), _moment(entry, "registrationExpiresAt")
    now = _now()
    can_be = all(entry.get(field) for field in _FOR_RENEWAL) and registered is not None and registered > now
    return can_be and (until is None or until - now < _RENEW_BEFORE_END)


def _renewed(lookup: Lookup, path: Path, entry: Entry, region: str) -> Entry:
    """The sign-in with new tokens, kept in its file; or the old one, while it lives, if it cannot be renewed.

    Raises:
        UnexpiredError: it has lapsed, too.
    """
    try:
        answer = _client(lookup, "sso-oidc", region).create_token(
            grantType="refresh_token",
            clientId=entry["clientId"],
            clientSecret=entry["clientSecret"],
            refreshToken=entry["refreshToken"],
        )
        until = _now() + timedelta(seconds=answer["expiresIn"])
        new = {**entry, "accessToken": answer["accessToken"], "expiresAt": timestamp(until)}
    except Exception as error:
        meanwhile = read_entry(path)
        if meanwhile.get("refreshToken") not in (None, entry["refreshToken"]):
            return meanwhile  # somebody without our lock (the CLI) was quicker, and spent the token we tried
        explanation: UnexpiredError = explained(error, Attempt("sso", lookup))
        lives_until = _moment(entry, "expiresAt")
        if lives_until is None or lives_until <= _now():
            raise explanation from error
        _log.warning("the IAM Identity Center sign-in lives until %s, but: %s", timestamp(lives_until), explanation)
        return entry
    if answer.get("refreshToken"):
        new["refreshToken"] = answer["refreshToken"]
    SignInCache(sso_cache_directory())[path.stem] = new
    return new


def _client(lookup: Lookup, service: str, region: str) -> Any:
    from botocore import UNSIGNED
    from botocore.config import Config

    return botocore_session(lookup).create_client(
        service, region_name=region, config=Config(signature_version=UNSIGNED, region_name=region)
    )


def _person_needed(lookup: Lookup, what: str, why: str) -> PersonNeeded:
    return PersonNeeded(
        what, why=why, next_steps=lookup.command("aws sso login"), cause="sso-session-expired", link="sso"
    )


def _moment(entry: Entry, field: str) -> datetime | None:
    try:
        return parse_timestamp(entry[field])
    except (KeyError, ValueError):
        return None


def _now() -> datetime:
    # The machine's own: it is what wrote the file, and what every other reader of it goes by.
    return moment(SYSTEM_CLOCK.wall())
