"""The IAM Identity Center sign-in has lapsed.

## What happened

The profile signs in through IAM Identity Center (SSO). The sign-in is good for as long as the administrator decided
(8 hours unless changed), the role sessions made from it for less. The sign-in itself has now lapsed, so no new role
session can be made, and nobody but you can renew it.

## Why AWS says this

The SDK holds an access token, and with an `sso-session` a refresh token, in `~/.aws/sso/cache`. When the token has
lapsed and the refresh is refused (*InvalidGrantException* from `CreateToken`), or the portal no longer knows the
token (*UnauthorizedException: Session token not found or invalid* from `GetRoleCredentials`), there is nothing left
to renew with.

## How to recognise it

    Error when retrieving token from sso: Token has expired and refresh failed
    The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run
        aws sso login …
    Error loading SSO Token: Token for https://… does not exist
    SSOProviderInvalidToken: the SSO session has expired or is invalid
    operation error SSO: GetRoleCredentials … UnauthorizedException: Session token not found or invalid

## Cure

Sign in again. A person has to: `--fix` does not open a browser. To be asked once a day at most, use the `sso-session`
form with the scope `sso:account:access`, so that the sign-in renews itself until its end, and start long jobs with
`--for`, which asks *before* the job begins.

## Confirm

`doctor` reads the sign-in's cache entry: its end, whether it can be refreshed, and until when.

## Sources

- [Signing in with the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html)
- [IAM Identity Center credential provider](https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html)
- [Session duration of IAM Identity Center](https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html)
- [aws/aws-sdk-js-v3#5724](https://github.com/aws/aws-sdk-js-v3/issues/5724)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import SESSION_EXPIRED
from unexpired.causes._proofs import broken, for_profile
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The cached sign-in is missing or past its end, and what would renew it is not beside it or has lapsed too."""
    return broken(evidence, CAUSE, for_profile(CAUSE.cure, _profile(evidence)))


def _profile(evidence: Evidence) -> str:
    """The profile whose sign-in it is: the chosen one, or the base of its role."""
    name = evidence.chain.profile
    for _ in evidence.profiles:
        profile = evidence.profiles.get(name)
        source = profile.get("source_profile") if profile else None
        if profile is None or "sso_account_id" in profile.settings or not source:
            break
        name = source
    return name


CAUSE = Cause(
    slug="sso-session-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="The SDK says in so many words that the Identity Center sign-in is over.",
            text=(
                "sso session associated with this profile has expired",
                "sso session associated with this profile is invalid",
                "sso session token associated with profile",
                "to refresh this sso session run",
                "the sso session has expired",
                "sso session has expired",
                "sso session is expired",
                "sso session expired",
                "sso session is invalid",
                "ssoproviderinvalidtoken",
                "unauthorizedssotokenerror",
                "unauthorizedssotoken",
                "retrieving token from sso: token has expired",
                "token has expired and refresh failed",
                "sso token has expired",
                "sso token is expired",
                "sso token expired",
                "expired sso token",
                "cached sso token is expired",
                "sso access token has expired",
                "access token … expired … aws sso login",
                "token is expired … aws sso login",
                "expired … run aws sso login",
                "expired … please run aws sso login",
                "expired … use aws sso login",
                "expired … try running aws sso login",
                "login required. … aws sso login",
                "aws sso session expired",
                "aws sso session has expired",
                "aws sso token is invalid",
                "sso token used for this session is unauthorised",
                "sso token error",
                "expired aws sso session",
                "identity center session … expired",
                # .NET starts a new sign-in when the old one is over, which a program without a user is not set up for.
                "ssotokenmanager.generatenewtoken",
                "options property cannot be empty: clientname",
            ),
        ),
        Sign(
            confidence=0.93,
            why="Identity Center no longer accepts the sign-in, and refreshing it was refused.",
            text=(
                "getrolecredentials … session token not found or invalid",
                "session token not found or invalid … getrolecredentials",
                "session token not found or invalid",
                "createtoken … invalidgrantexception",
                "invalidgrantexception … calling the createtoken",
                "sso oidc: createtoken",
                "ssooidc: createtoken",
                "invalidgrantexception … |sso|",
                "failed to refresh cached sso token",
                "unable to refresh sso token",
                "sso token refresh failed",
                "failed to refresh sso",
                "sso token refresh attempt failed",
                "cached sso token … refresh",
                "refresh cached sso token failed",
                "unauthorizedexception … getrolecredentials",
                "getrolecredentials … unauthorizedexception",
                "getrolecredentials … session … expired",
            ),
            unless=(
                "could not connect",
                "no such host",
                "request send failed",
                "rate exceeded",
                "authorization_pending",
                "authorizationpendingexception",
            ),
        ),
        Sign(
            confidence=0.72,
            why=(
                "The profile signs in through Identity Center, and no sign-in was found: it was never made, or has "
                "been cleared."
            ),
            text=(
                "error loading sso token",
                "|sso token … does not exist",
                "|sso token … not found",
                "unable to load sso token",
                "cached sso token is expired, or not present",
                "no valid sso token",
                "|sso session … was not found or is invalid",
                "was not found or is invalid … |sso login",
                "failed to load sso token",
                "failed to read cached sso token",
                "cached sso token file … not found",
                "no access token for … |sso|",
                "ssotokenproviderfailure",
                "tokenretrievalerror",
                "resolving aws credentials or an access token from sso",
                "cached sso credentials returned expired token",
                "cached sso credentials at the given path",
                "ssocredentialsproviderfailure",
                "retrieving token from sso",
                "run aws sso login",
                "run aws-sso login",
                "aws sso login --profile … to",
                "login with aws sso login",
                "using aws sso login",
                "try aws sso login",
                "please login with … aws sso login",
            ),
            unless=("invalid refresh token",),
        ),
        Sign(
            confidence=0.7,
            why="Identity Center's sign-in service takes the grant of this sign-in for none of its own.",
            text=("invalid_grant", "invalid grant provided"),
            beside=("@renewal-host",),
            reach=400,
        ),
        Sign(
            confidence=0.6,
            why="So its sign-in service calls a sign-in, or a registration for one, that it no longer knows.",
            text=(
                "|invalidgrantexception|",
                "invalidclientexception … calling the createtoken",
                "invalidclientexception … calling the startdeviceauthorization",
                "invalidclientexception … client registration",
                "amazon q session has expired",
                "codewhisperer … expired",
                "expired … codewhisperer",
                "expired ‥ builder id",
                "builder id ‥ expired",
                "expiredtokenexception … device code",
            ),
            unless=("oauth2", "keycloak", "league"),
        ),
        Sign(
            confidence=0.2,
            why="A session lapsed in a text that speaks of Identity Center.",
            answer=SESSION_EXPIRED,
            beside=("|sso|", "awsreservedsso", "sso_session", "identity center", "awsapps.com"),
        ),
        Sign(
            confidence=0.35,
            why="No provider had anything, and the profile signs in through Identity Center.",
            text=(
                "unable to locate credentials",
                "could not load credentials from any providers",
                "no valid credential sources",
                "missing credentials in config",
                "could not resolve credentials",
            ),
            beside=(
                "sso_session",
                "sso_start_url",
                "sso-session",
                "aws sso login",
                "sso-credentials",
                "ssocredentials",
            ),
        ),
        Sign(
            confidence=0.28,
            why="The text speaks of the Identity Center sign-in and of a failure in one breath.",
            text=failing("|sso|", "identity center"),
            beside=AWS,
            unless=NOT_CREDENTIALS,
            last_resort=True,
        ),
    ),
    clues=(
        Clue(text=("aws sso login",), weight=0.5),
        Clue(
            text=(
                "sso/cache/… .json: no such file",
                "sso/cache/ … no such file",
                "sso\\cache … no such file",
                "sso\\cache … cannot find",
            ),
            weight=-0.9,
        ),
        Clue(
            text=(
                "successfully logged in",
                "successfully logged into",
                "login succeeded",
                "already logged in",
                "even after aws sso login",
                "after aws sso login",
            ),
            weight=-1.0,
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Sign in again.",
        commands=everywhere("aws sso login --profile PROFILE", "unexpired horizon --profile PROFILE --for 6h"),
    ),
    prove=prove,
)
