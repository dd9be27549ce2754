"""AWS cannot verify the identity provider's token.

## What happened

A web identity was presented to STS, and the account has no such OIDC provider, cannot fetch the provider's keys, or
the provider entry does not list the token's audience.

## Why AWS says this

The token's `iss` must be registered in IAM as an identity provider, with its `aud` among the client ids; STS fetches
the issuer's keys over the internet to check the signature. Each of the three can fail, and each has its own words
under *InvalidIdentityToken*.

## How to recognise it

    InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc.eks.…
    InvalidIdentityToken: Couldn't retrieve verification key from your identity provider, please reference
        AssumeRoleWithWebIdentity documentation for requirements
    InvalidIdentityToken: Incorrect token audience
    OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint

## Cure

Register the provider (for EKS: `eksctl utils associate-iam-oidc-provider`), add the audience, make the issuer's
`/.well-known/openid-configuration` reachable. A key that could not be fetched once may be there the next time: retry.
Not done by `--fix`: it changes the account.

## Confirm

`doctor` reads `iss` and `aud` of the token file and prints them beside the role's.

## Sources

- [API reference: AssumeRoleWithWebIdentity, errors](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)
- [Create an OIDC identity provider](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html)
- [IAM OIDC provider for a cluster](https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Answer, Cause, Cure, Sign, everywhere
from unexpired.causes._cures import opening
from unexpired.causes._proofs import answered, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_REJECTED = Answer(
    codes=("InvalidIdentityToken", "InvalidIdentityTokenException", "IDPRejectedClaim", "IDPCommunicationError")
)


def prove(evidence: Evidence) -> Finding | None:
    """STS could not verify the token's issuer. What the token claims stands beside the refusal."""
    also = tuple(
        f"{token.place} says iss {token.issuer or '-'}, aud {token.audience or '-'}, sub {token.subject or '-'}"
        for token in evidence.tokens.values()
        if token.is_jwt
    )
    return answered(evidence, CAUSE, also=also) or _no_token(evidence)


def _no_token(evidence: Evidence) -> Finding | None:
    """What is used begins with a file that holds something else than the one form of token that STS takes."""
    base = plan(evidence)[:1]
    if not base or base[0].kind != "web_identity":
        return None
    token = next((token for token in evidence.tokens.values() if token.place.path == base[0].location), None)
    if token is None or token.state != "read" or token.is_jwt:
        return None
    cure = Cure("Have the identity provider write its token there.", opening(token.place.path))
    return CAUSE.found("error", "likely", (f"{token.place} holds no JSON Web Token, and STS takes nothing else",), cure)


CAUSE = Cause(
    slug="identity-provider-unverified",
    family="denied",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.96,
            why="STS says what it could not verify about the identity provider.",
            text=(
                "retrieve verification key from your identity provider",
                "couldnt retrieve verification key",
                "could not retrieve verification key",
                "unable to retrieve verification key",
                "certificate doesnt match configured thumbprint",
                "provider certificate … thumbprint",
                "the web identity token provided could not be validated",
                "provided token could not be validated",
                "provided web identity token could not be validated",
                "web identity token that was passed could not be validated",
                "idpcommunicationerror",
                "issuer … is not registered",
                "missing a required claim",
                "response signature invalid",
            ),
        ),
        Sign(
            confidence=0.88,
            why="No identity provider is registered in the account for the issuer of the token.",
            text=("no openidconnect provider found", "no openid connect provider found"),
        ),
        Sign(
            confidence=0.8,
            why="The token's audience is not among those registered for its provider.",
            text=("incorrect token audience", "token audience … not allowed", "invalid audience … assumerole"),
        ),
        Sign(
            confidence=0.9,
            why="A Cognito identity pool would not take the provider's token.",
            text=("invalid login token", "token is not from a supported provider"),
            unless=("token expired", "is expired"),
        ),
        Sign(confidence=0.7, why="STS would not take the identity token.", answer=_REJECTED),
    ),
    cure=Cure(
        summary="Register the issuer and its audience in IAM, and make its keys reachable.",
        commands=everywhere(
            "aws iam list-open-id-connect-providers",
            "eksctl utils associate-iam-oidc-provider --cluster CLUSTER --approve",
        ),
    ),
    prove=prove,
)
