"""The SAML assertion was too old when it reached AWS.

## What happened

A login tool or the browser brought an assertion from the identity provider, and more than five minutes passed before
it was exchanged for a session: a slow MFA, a long list of roles, a saved assertion, or a machine whose clock is
behind.

## Why AWS says this

`AssumeRoleWithSAML` takes an assertion once, and within five minutes of its issue (*Token must be redeemed within 5
minutes of issuance*), and not after its own `NotOnOrAfter`. An assertion cannot be renewed, only asked for again.

## How to recognise it

    An error occurred (ExpiredTokenException) when calling the AssumeRoleWithSAML operation: Token must be redeemed
        within 5 minutes of issuance
    Response has expired (Service: AWSSecurityTokenService; … Error Code: ExpiredTokenException)

## Cure

Sign in again, and exchange the assertion at once. Not done by `--fix`: it needs a person. Ask for the longest session
the role allows while you are at it; SAML cannot renew without you.

## Confirm

Where a `credential_process` signs in with SAML, `doctor` runs it and reads what it says.

## Sources

- [API reference: AssumeRoleWithSAML](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html)
- [Troubleshooting SAML 2.0 federation](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html)
- [Nike-Inc/gimme-aws-creds#251](https://github.com/Nike-Inc/gimme-aws-creds/issues/251)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._answers import SESSION_EXPIRED
from unexpired.causes._proofs import plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


_WORDS = ("must be redeemed within", "saml assertion expired", "assertion has expired", "assertion is expired")


def prove(evidence: Evidence) -> Finding | None:
    """The program that signs in with SAML was run just now, and says that its assertion came too late."""
    refusal = evidence.online.refusal if evidence.online is not None else None
    base = plan(evidence)[:1]
    if refusal is None or not base or base[0].kind != "process":
        return None
    said = refusal.said.lower()
    late = any(words in said for words in _WORDS) or ("assumerolewithsaml" in said and "expired" in said)
    return CAUSE.found("error", "proven", (refusal.said,)) if late else None


CAUSE = Cause(
    slug="saml-assertion-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.96,
            why="STS says that the assertion came later than the five minutes it allows.",
            text=("must be redeemed within 5 minute", "token must be redeemed within"),
        ),
        Sign(
            confidence=0.92,
            why="The exchange of a SAML assertion failed because it had expired.",
            answer=SESSION_EXPIRED,
            calling=("assumerolewithsaml",),
        ),
        Sign(
            confidence=0.7,
            why="A SAML assertion for AWS is spoken of as expired.",
            text=(
                "|saml assertion … expired",
                "|saml assertion … no longer valid",
                "|saml response … expired",
                "samlresponse … expired",
                "|saml| … response has expired",
                "assumerolewithsaml … expired",
                "|saml token … expired",
                "assertion has expired",
                "error authenticating … |saml| … expired",
                "response has expired … awssecuritytokenservice",
                "saml:aud … expired",
            ),
            beside=("|aws|", "amazon", "|sts|", "assumerolewithsaml", "saml2aws", "securitytoken"),
        ),
        Sign(
            confidence=0.6,
            why="The tool that signs in found no assertion in the provider's answer, and asks to sign in anew.",
            text=("cannot extract saml assertion",),
        ),
    ),
    cure=Cure(
        summary="Sign in again, and use the new assertion at once.",
        commands=everywhere("saml2aws login --force --profile PROFILE", "unexpired horizon --profile PROFILE --for 6h"),
    ),
    prove=prove,
)
