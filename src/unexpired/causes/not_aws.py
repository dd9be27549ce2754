"""The token is another system's, not AWS's.

## What happened

The words are alike (*token has expired*, *signature has expired*, *credentials expired*), but they come from somebody
else: a JSON Web Token of an application, an OAuth provider, Azure, Google Cloud, GitHub, npm, a Kubernetes service
account, a TLS certificate. Renewing AWS credentials will not help.

## Why AWS says this

It does not. AWS's own words are few: *The security token included in the request is expired*, *The provided token has
expired*, *Request has expired*, and the error codes beside them.

## How to recognise it

    jwt.exceptions.ExpiredSignatureError: Signature has expired
    {"error":"invalid_grant","error_description":"Token has been expired or revoked."}
    AADSTS700082: The refresh token has expired due to inactivity.
    npm ERR! code E401
    x509: certificate has expired or is not yet valid

## Cure

Ask the system that is named for a new token or certificate. Nothing to do for `--fix`.

## Confirm

`doctor` shows that the AWS chain is healthy.

## Sources

- [Common errors of AWS services](https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html)
- [RFC 7519: JSON Web Token](https://www.rfc-editor.org/rfc/rfc7519)
- [RFC 6749: OAuth 2.0](https://www.rfc-editor.org/rfc/rfc6749)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._other_systems.clouds import CLOUDS, IBM_SDK, OBJECT_STORES, S3_CODES
from unexpired.causes._other_systems.services import OWN_REGISTRIES, REFUSALS, SERVICES, SYSTEMS
from unexpired.causes._other_systems.tokens import CERTIFICATE, EXPIRED, JWT, OAUTH, REFUSED
from unexpired.causes._surroundings import AWS

_AWS_SPOKE = (
    "expiredtoken",
    "security token included in the request",
    "provided token has expired",
    "assumerole",
    "an error occurred (",
    "operation error s",
)
"""AWS's own words nearby: then a look-alike is not what the text is about."""

_SSO = (
    "aws sso login",
    "aws login",
    "createoauth2token",
    "calling the createtoken",
    "sso oidc",
    "ssooidc",
    "sso/cache",
    "@renewal-host",
)
"""The words of OAuth, spoken by IAM Identity Center or the console's sign-in."""

CAUSE = Cause(
    slug="not-aws",
    family="unrelated",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.9,
            why="These are the words of a JSON Web Token library.",
            text=JWT,
            unless=(
                "assumerolewithwebidentity",
                "assume_role_web_identity",
                "must be before the expiration date/time",
                *_AWS_SPOKE,
            ),
        ),
        Sign(
            confidence=0.9,
            why="These are the words of an OAuth provider.",
            text=OAUTH,
            unless=(*_SSO, "portal.sso", "signin: createoauth2token"),
        ),
        Sign(
            confidence=0.95,
            why="These are the words of another cloud.",
            text=CLOUDS,
            unless=_AWS_SPOKE,
        ),
        Sign(
            confidence=0.8,
            why="The store speaks S3's language, but is another cloud's.",
            text=OBJECT_STORES,
            beside=S3_CODES,
            reach=400,
            unless=("amazonaws", "arn:aws", "botocore", "assumerole"),
        ),
        Sign(
            confidence=0.9,
            why="IBM's copy of the SDK speaks. What it signs with is IBM Cloud's.",
            text=IBM_SDK,
            beside=("credential", *S3_CODES, *REFUSALS),
            reach=400,
        ),
        Sign(
            confidence=0.8,
            why="Vault was asked for a secret, or for its own token, and refused.",
            text=("|auth/token/", "secret data from vault", "/v1/secret/", "/v1/kv/", "/v1/auth/"),
            beside=("error making api request", "code: 400", "code: 403", *REFUSALS),
            reach=300,
            unless=("auth/aws", *_AWS_SPOKE),
        ),
        Sign(
            confidence=0.9,
            why="These are the words of a code host, a package registry or another service.",
            text=SERVICES,
            unless=("git-codecommit", *_AWS_SPOKE),
        ),
        Sign(
            confidence=0.8,
            why="Docker asked a registry of one's own, which knows no login of AWS.",
            text=("no basic auth credentials", "no basic-auth credentials"),
            beside=OWN_REGISTRIES,
            unless=("dkr.ecr", "amazonaws.com", "get-login"),
        ),
        Sign(
            confidence=0.88,
            why="A certificate is meant, not a credential of AWS.",
            text=CERTIFICATE,
        ),
        Sign(
            confidence=0.85,
            why="A Kubernetes service account's own token is meant.",
            text=(
                "unable to authenticate the request",
                "invalid bearer token",
                "service account token has expired",
                "serviceaccount token … expired",
                "token has been invalidated",
                "oidc: token is expired",
                "oidc: verify token",
            ),
            unless=("assumerole", "sts.", "aws-iam-authenticator", "expiredtoken", "eks get-token"),
        ),
        Sign(
            confidence=0.7,
            why="The system that refused is named, and it is not AWS.",
            text=SYSTEMS,
            beside=REFUSALS,
            reach=160,
            unless=(
                *_AWS_SPOKE,
                *_SSO,
                "is forbidden: user",
                "arn:aws",
                "botocore",
                "dkr.ecr",
                "amazonaws",
                "awssdk",
                "com.amazonaws",
            ),
        ),
        Sign(
            confidence=0.55,
            why="A token has expired, and nothing in the text says that it is AWS's.",
            text=EXPIRED,
            unless=(
                "|aws|",
                "amazon",
                "|s3|",
                "|sts|",
                "botocore",
                "boto3",
                "security token",
                "|sso|",
                "dkr.ecr",
                "|ecr|",
                "|rds|",
                "arn:aws",
                "access key",
                *_AWS_SPOKE,
            ),
        ),
        Sign(
            confidence=0.45,
            why="Somebody was refused, and nothing in the text says that it was by AWS.",
            text=REFUSED,
            unless=(
                *AWS,
                *_AWS_SPOKE,
                "aws_",
                "access key",
                "kubectl",
                "found credentials",
                "is forbidden: user",
                "attacker",
                "cve-",
            ),
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=(
                "expiredtoken",
                "security token included in the request",
                "the provided token has expired",
                "botocore.exceptions.clienterror",
                "an error occurred (",
                "arn:aws:sts",
            ),
            weight=-1.5,
        ),
    ),
    cure=Cure(
        summary="Renew the token of the system that is named; AWS has nothing to do with it.",
        commands=everywhere("unexpired doctor --offline"),
    ),
    unprovable="The token is another system's; AWS's files and variables know nothing of it.",
)
