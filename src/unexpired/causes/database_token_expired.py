"""The database's IAM token has lapsed.

## What happened

The password of a database login was a token made by IAM (RDS, Aurora, Redshift, ElastiCache, MemoryDB). It is good
for fifteen minutes, or until the session that signed it ends if that is sooner. A pool opened a new connection with
an old one, or somebody pasted it too late.

## Why AWS says this

The token is a presigned request; the database checks it only when a connection is opened. Open connections live on,
new ones are refused, with the database's own words for a wrong password.

## How to recognise it

    FATAL: PAM authentication failed for user "app"                               (PostgreSQL)
    Access denied for user 'app'@'10.0.0.1' (using password: YES)                 (MySQL, with IAM authentication)
    WRONGPASS invalid username-password pair or user is disabled                  (ElastiCache, MemoryDB)

## Cure

Make a token for every new connection, in the pool's own hook; do not keep it. The same words come when the policy
lacks `rds-db:connect` or TLS is off. Not done by `--fix`: it is the pool's configuration.

## Confirm

`doctor` shows how long the session that signs still lasts; a token can live no longer.

## Sources

- [IAM database authentication for RDS](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html)
- [Authenticating with IAM in ElastiCache](https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html)
- [GetClusterCredentials of Redshift](https://docs.aws.amazon.com/redshift/latest/mgmt/generating-user-credentials.html)
- [aws/aws-sdk-js-v3#8047: the token ends with its session](https://github.com/aws/aws-sdk-js-v3/issues/8047)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._proofs import lapsed_bearers

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_HOSTS = (
    "rds.amazonaws.com",
    "|rds|",
    "aurora",
)
"""Databases that may take a token, and may as well take a password."""

_IAM = (
    "generate-db-auth-token",
    "generate_db_auth_token",
    "iam auth",
    "iam database",
    "iam_auth",
    "rds_iam",
    "rds-db:connect",
    "auth token",
    "|authtoken|",
    "authtoken(",
    "awsauthenticationplugin",
    "iam token",
    "action=connect&user=",
    "x-amz-security-token",
    "cache.amazonaws.com",
    "elasticache",
    "memorydb",
    "redshift",
)


def prove(evidence: Evidence) -> Finding | None:
    """A password variable or file holds an authentication token that has lapsed."""
    seen = lapsed_bearers(evidence, "database")
    return CAUSE.found("error", "proven", seen) if seen else None


CAUSE = Cause(
    slug="database-token-expired",
    family="other",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.9,
            why="PostgreSQL on RDS checks IAM tokens through PAM, and refused this one.",
            text=(
                "pam authentication failed for user",
                "pam authentication failed for",
                "pam_authenticate failed",
            ),
            unless=("sshd", "sudo:"),
        ),
        Sign(
            confidence=0.85,
            why="PostgreSQL refused the sign-in, and on RDS only IAM tokens go through PAM.",
            text=("pam authentication failed",),
            beside=("|28000|", "|auth.c|", "auth_failed", "postgres", "|pq:", "psql", "rds.amazonaws"),
            reach=200,
            unless=("sshd", "sudo:"),
        ),
        Sign(
            confidence=0.75,
            why="The database refused an IAM token as a password.",
            text=(
                "access denied for user",
                "wrongpass",
                "password authentication failed for user",
                "authentication failed for user",
                "er_access_denied_error",
                "password authentication failed",
                "noauth",
            ),
            beside=_IAM,
        ),
        Sign(
            confidence=0.6,
            why="MySQL on RDS refuses an IAM token with the words for a wrong password.",
            text=("access denied for user", "er_access_denied_error"),
            beside=_HOSTS,
        ),
        Sign(
            confidence=0.9,
            why="The database's token is said to have lapsed.",
            text=(
                "|rds| … auth token … expired",
                "|rds| … token … expired",
                "db auth token … expired",
                "|iam token … expired … |rds|",
                "|iam auth token … expired",
                "|iam authentication token … expired",
                "database token … expired",
                "redshift … temporary … password … expired",
                "temporary credentials … redshift … expired",
                "getclustercredentials … expired",
                "elasticache … token … expired",
            ),
            unless=(
                "s3serviceexception",
                "the provided token has expired",
                "security token included in the request is expired",
            ),
        ),
    ),
    clues=(
        Clue(
            text=("@after-15m", "15 minutes", "15m", "900 seconds"),
            weight=0.8,
            why="A quarter of an hour is the life of such a token.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Make a new token for every new connection.",
        commands=everywhere(
            "aws rds generate-db-auth-token --hostname HOST --port 5432 --username USER --region REGION --profile "
            "PROFILE"
        ),
    ),
    prove=prove,
)
