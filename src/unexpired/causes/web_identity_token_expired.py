"""The OIDC token has lapsed, so the role cannot be assumed again.

## What happened

The role is assumed with a web identity: a token from Kubernetes, GitHub, GitLab or another OIDC issuer, in a file or
a variable. Tokens are short (five minutes to a day). This one was past its `exp` when it was sent to STS: the file
was not rotated, was copied, or the program keeps the text that it read at its start. A file that is not there, or may
not be read (a container's user without `fsGroup`), ends the same way.

## Why AWS says this

STS verifies the token of `AssumeRoleWithWebIdentity` like any relying party: signature, audience, and `exp`. Past it,
STS answers *ExpiredTokenException: Token expired: current date/time … must be before the expiration date/time …*. EKS
Pod Identity checks the pod's token the same way and says it through the container endpoint.

## How to recognise it

    An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: Token expired:
        current
    date/time 1624482533 must be before the expiration date/time 1624482335
    WebIdentityErr: failed to retrieve credentials caused by: ExpiredTokenException: …
    WebIdentityErr: unable to read file at /var/run/secrets/eks.amazonaws.com/serviceaccount/token
    Received non 200 response 400 from container metadata: … (ExpiredTokenException): The token included in the
        request is expired

## Cure

Let the token be asked for again each time: mount a projected service-account token, do not copy it; upgrade an SDK
that keeps the first token; in CI fetch a new token from the issuer when the role is renewed. Not done by `--fix`: the
token is the issuer's.

## Confirm

`doctor` reads the token file and compares its `exp` with the clock and with the file's age.

## Sources

- [API reference: AssumeRoleWithWebIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)
- [IAM roles for service accounts](https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html)
- [boto/botocore#3117: a rotated pod-identity token is not re-read](https://github.com/boto/botocore/issues/3117)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import SESSION_EXPIRED
from unexpired.causes._proofs import broken, moment
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The token file is missing or past its ``exp``. Its age says whether anybody renews it."""
    also = tuple(
        f"{token.place} was last written at {moment(token.changed_at)}"
        for token in evidence.tokens.values()
        if token.changed_at is not None and token.expires_at is not None and token.expires_at <= evidence.now
    )
    return broken(evidence, CAUSE, also=also)


CAUSE = Cause(
    slug="web-identity-token-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="STS was given an OIDC token that was past its end.",
            text=(
                "must be before the expiration date/time",
                "must be before expiration date/time",
                "token expired: current date/time",
                "token is expired: current date/time",
                "expiredtokenexception ‥ token too old",
                "the web identity token that was passed is expired",
                "web identity token … expired",
                "webidentitytoken … expired",
                "webidentityerr … expiredtoken",
                "invalid login token. token expired",
                "webidentityerr … token expired",
                "webidentityerr … is expired",
                "expired … assumerolewithwebidentity … get a new identity token",
                "get a new identity token from the identity provider",
            ),
            unless=("assumerolewithsaml",),
        ),
        Sign(
            confidence=0.93,
            why=(
                "Assuming the role with a web identity failed because something had expired, and it sends nothing but "
                "the token."
            ),
            answer=SESSION_EXPIRED,
            calling=("assumerolewithwebidentity",),
        ),
        Sign(
            confidence=0.95,
            why="The token handed to the container's credential endpoint has expired.",
            text=(
                "container metadata … expiredtoken",
                "container metadata … token is expired",
                "container metadata … token has expired",
                "container metadata … service account token failed",
                "container metadata … token included in the request is expired",
                "eks-auth … expiredtoken",
                "assumeroleforpodidentity … expired",
            ),
        ),
        Sign(
            confidence=0.7,
            why="An identity token was refused as expired while a role was being assumed with it.",
            text=(
                "web_identity … token expired",
                "webidentity … token verification failed: token expired",
                "assume_role_web_identity … token expired",
                "assume_role_web_identity … expired",
                "oidc token … expired … |sts|",
                "oidc token … expired … assumerole",
                "assume role … oidc token … expired",
                "id token … expired … assumerole",
                "aws_web_identity_token_file … expired",
                "eks.amazonaws.com/serviceaccount/token … expired",
                "service account token has expired … |sts|",
            ),
        ),
        Sign(
            confidence=0.8,
            why="The role is named, and the token that goes with it is not in its file, or may not be read there.",
            text=(
                "serviceaccount/token: no such file",
                "no such file or directory: /var/run/secrets/eks.amazonaws.com",
                "unable to read file at /var/run/secrets",
                "serviceaccount/token: permission denied",
                "permission denied: /var/run/secrets/eks.amazonaws.com",
                "aws_web_identity_token_file … no such file",
                "aws_web_identity_token_file … does not exist",
                "web identity token file … not found",
                "webidentityerr: unable to read file",
                "token_file_web_identity_credentials.js … opensync",
                "opensync … tokenfilewebidentitycredentials",
                "failed to retrieve jwt from provide source",
            ),
        ),
        Sign(
            confidence=0.55,
            why="The identity provider refused its own token: it has lapsed or was revoked.",
            text=("idprejectedclaim", "idp rejected claim"),
        ),
        Sign(
            confidence=0.28,
            why="The text speaks of a web identity and of a failure in one breath.",
            text=failing("web identity", "webidentity", "web_identity"),
            beside=AWS,
            unless=NOT_CREDENTIALS,
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=(
                "eks.amazonaws.com/serviceaccount",
                "pods.eks.amazonaws.com",
                "token.actions.githubusercontent.com",
                "aws_web_identity_token_file",
                "id-token: write",
            ),
            weight=0.6,
            why="The token's issuer stands in the text.",
        ),
        Clue(text=("keycloak", "vault login", "gcloud"), weight=-0.4),
    ),
    cure=Cure(
        summary="Have the token issued anew, and let it be read again at every renewal.",
        commands=by_platform(
            posix=(
                "kubectl rollout restart deployment/NAME",
                'ls -l "$AWS_WEB_IDENTITY_TOKEN_FILE"',
                "unexpired horizon --for 6h",
            ),
            cmd=(
                "kubectl rollout restart deployment/NAME",
                "dir %AWS_WEB_IDENTITY_TOKEN_FILE%",
                "unexpired horizon --for 6h",
            ),
            powershell=(
                "kubectl rollout restart deployment/NAME",
                "Get-Item $env:AWS_WEB_IDENTITY_TOKEN_FILE",
                "unexpired horizon --for 6h",
            ),
        ),
    ),
    prove=prove,
)
