"""The role could be assumed again, but the credentials that assume it have lapsed.

## What happened

A role is renewed by calling STS again with the credentials of the *source*: a source profile, variables, an instance
role. That source is itself a session, and it lapsed. So the refusal comes from STS, at the moment of renewal, and not
from the service you were calling.

## Why AWS says this

`AssumeRole` is signed like any other request. STS checks the signer's token first and answers *ExpiredToken: The
security token included in the request is expired*, whatever the role's own trust or duration.

## How to recognise it

    An error occurred (ExpiredToken) when calling the AssumeRole operation: The security token included in the request
        is expired

`operation error STS: AssumeRole … ExpiredToken` (Go), `StsException: The security token included in the request is
expired (Service: Sts, Status Code: 403 …)` (Java), `AWSSecurityTokenService … ExpiredToken` (Java 1.x). *STS* and
*expired* in one message is the whole sign.

## Cure

Renew the source: sign in again, or give the source profile something that renews by itself. Not done by `--fix`: it
needs a person, or a decision.

## Confirm

`doctor` follows the chain from the role to its base and names the link that has lapsed.

## Sources

- [Assume-role credentials in the SDKs](https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html)
- [API reference: AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
- [aws/aws-sdk-java-v2#1649](https://github.com/aws/aws-sdk-java-v2/issues/1649)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import SESSION_EXPIRED
from unexpired.causes._cures import KEY_VARIABLES, then, unsetting
from unexpired.causes._proofs import ended, for_profile, lapsed, plan, quoted

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """A role's base is a session that is known to have lapsed."""
    steps = plan(evidence)
    if not steps or steps[-1].kind != "assume_role":
        return None
    base = steps[0]
    end = lapsed(evidence, base.keys)
    if base.keys is None or end is None or base.kind == "login":
        return None
    seen = (
        f"{steps[-1].role_arn} is assumed with {base.keys.key_id} of {base.keys.place}",
        f"that is a session, and {ended(end, evidence.now)}",
    )
    renewed = unsetting(*KEY_VARIABLES)
    if base.profile is not None:
        renewed = everywhere(f"aws configure sso --profile {quoted(base.profile)}")
    commands = then(renewed, everywhere("unexpired horizon --profile PROFILE --for 6h"))
    return CAUSE.found("error", "proven", seen, for_profile(replace(CAUSE.cure, commands=commands), steps[-1].profile))


CAUSE = Cause(
    slug="source-credentials-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.93,
            why="STS was asked to assume the role, and refused the session that asked: the source itself has lapsed.",
            answer=SESSION_EXPIRED,
            calling=("assumerole",),
            not_calling=("assumerolewithwebidentity", "assumerolewithsaml"),
        ),
        Sign(
            confidence=0.6,
            why="It is STS that calls the session expired: a renewal was tried with a source that had lapsed.",
            answer=SESSION_EXPIRED,
            calling=("sts", "getfederationtoken"),
            not_calling=("assumerolewithwebidentity", "assumerolewithsaml", "getcalleridentity"),
        ),
        Sign(
            confidence=0.8,
            why="The tool says that the source of the role has lapsed.",
            text=(
                "aws-vault: error: … expiredtoken",
                "failed to get credentials for … expiredtoken",
                "failed to assume role … security token included in the request is expired",
                "unable to assume role … security token included in the request is expired",
                "cannot assume iam role … expiredtoken",
                "cannot assume iam role … security token included in the request is expired",
                "error assuming role … expiredtoken",
                "assume role … expiredtoken: the security token",
                "assumeroleprovider … expired",
                "source credentials … expired",
                "source profile … expired",
                "source_profile … expired",
                "chainabletemporarycredentials … is expired",
                "fromtemporarycredentials … is expired",
                "stsassumerolesessioncredentialsprovider … expired",
                "assumeroleawscredentials … expired",
            ),
            unless=("signature expired:",),
        ),
        Sign(
            confidence=0.5,
            why="STS would not make the role's session for whoever asked.",
            text=("assumerole call completed with http status 403",),
        ),
    ),
    clues=(
        Clue(text=("source_profile", "assume_role", "assumerolecredentialsprovider", "stsassumerole"), weight=0.4),
        Clue(text=("@presigned",), weight=-1.0),
        Clue(text=("web_identity", "webidentity", "web-identity"), weight=-0.8),
    ),
    cure=Cure(
        summary="Renew the source: sign in again, or let a renewing profile be the source.",
        commands=everywhere("aws sso login --profile SOURCE_PROFILE", "unexpired horizon --profile PROFILE --for 6h"),
    ),
    prove=prove,
)
