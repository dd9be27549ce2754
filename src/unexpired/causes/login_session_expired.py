"""The console sign-in of `aws login` has lapsed.

## What happened

The profile takes its credentials from a console sign-in (`aws login`, `login_session` in the profile). The SDKs renew
the short credentials every quarter of an hour from a cached refresh token, for twelve hours at the most. That sign-in
is over, was replaced by a newer one, or its refresh token was used by two programs at once.

## Why AWS says this

`CreateOAuth2Token` of the sign-in service refuses the refresh token (*The refresh token has expired*, *The provided
authorization grant is invalid, expired, revoked, or malformed*). botocore turns that into *Your session has expired
or credentials have changed. Please reauthenticate using 'aws login'.*

## How to recognise it

    Your session has expired or credentials have changed. Please reauthenticate using 'aws login'.
    Error loading login session token: Unable to load a existing login session …
    An error occurred (AccessDeniedException) when calling the CreateOAuth2Token operation: The refresh token has
        expired.

## Cure

Sign in again; a person has to, `--fix` cannot. If it lapses after a quarter of an hour, again and again, two programs
are renewing the same sign-in and losing each other's refresh token: let one `unexpired exec` renew for all of them.

## Confirm

`doctor` reads the entry in `~/.aws/login/cache`: its end, and whether its refresh token still works.

## Sources

- [Sign in with console credentials](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html)
- [Login credential provider](https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html)
- [aws/aws-cli#10628: concurrent refresh loses the session](https://github.com/aws/aws-cli/issues/10628)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._proofs import broken, for_profile

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The cached console sign-in is missing, or lacks what would renew it."""
    return broken(evidence, CAUSE, for_profile(CAUSE.cure, evidence.chain.profile))


CAUSE = Cause(
    slug="login-session-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="The SDK says that the console sign-in is over, and how to make a new one.",
            text=(
                "please reauthenticate using aws login",
                "please reauthenticate with aws login",
                "reauthenticate … aws login",
                "loginrefreshrequired",
                "logintokenloaderror",
                "error loading login session token",
                "unable to load a existing login session",
                "unable to load an existing login session",
                "login session has expired",
                "run aws login",
                "running aws login",
                "session has expired … aws login|",
                "use aws login",
                "please login again using aws login",
            ),
            unless=("aws sso login", "az login", "amazon.com/cognito", "unable to locate credentials"),
        ),
        Sign(
            confidence=0.95,
            why="The sign-in service refused to renew the console sign-in.",
            text=(
                "createoauth2token … refresh token has expired",
                "createoauth2token … invalid, expired, revoked",
                "calling the createoauth2token operation",
                "signin: createoauth2token",
                "createoauth2token … accessdenied",
                "createoauth2token … invalid_request",
                "createoauth2token … token_expired",
                "createoauth2token … user_credentials_changed",
                "logininsufficientpermissions",
                "loginauthorizationcodeerror",
            ),
            unless=("could not connect", "no such host"),
        ),
        Sign(
            confidence=0.6,
            why="A cached console sign-in cannot be used any more.",
            text=("login/cache … expired", "login/cache … no such file", "login_session … expired", "aws/login/cache"),
        ),
    ),
    cure=Cure(
        summary="Sign in again.",
        commands=everywhere("aws login --profile PROFILE", "unexpired horizon --profile PROFILE --for 6h"),
    ),
    prove=prove,
)
