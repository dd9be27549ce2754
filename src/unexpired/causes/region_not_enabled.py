"""A session from the global endpoint is used in a Region that must be switched on.

## What happened

The session was made at `https://sts.amazonaws.com`, the global endpoint, and used in an opt-in Region (Hong Kong,
Bahrain, Cape Town, Milan, Jakarta and the newer ones); or the Region is not switched on for this account at all.

## Why AWS says this

Tokens of the global endpoint are version 1 by default, and opt-in Regions accept only version 2, which every regional
endpoint issues. There a version 1 token is *invalid*, not expired. A Region that is off answers *AuthFailure* or
*InvalidClientTokenId* to everything, and its STS *RegionDisabledException*.

## How to recognise it

*The security token included in the request is invalid* or *InvalidToken: The provided token is malformed or otherwise
invalid* in `ap-east-1`, `me-south-1`, `af-south-1`, `eu-south-1` …, while the same session works in `us-east-1`; *STS
is not activated in this region for account*.

## Cure

Make the session at a regional endpoint (`sts_regional_endpoints = regional`, the default of newer SDKs), or let the
account's global endpoint issue version 2 tokens; switch the Region on. Not done by `--fix`: the second and third
change the account.

## Confirm

`doctor` shows which STS endpoint the winner uses, and whether the Region is opt-in.

## Sources

- [Managing STS in a Region](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html)
- [STS regional endpoints in the SDKs](https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html)
- [Enable or disable Regions](https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html)
- [aws/aws-sdk-java#2313](https://github.com/aws/aws-sdk-java/issues/2313)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import KEY_NOT_FOUND, NOT_VALIDATED, S3_TOKEN_INVALID, TOKEN_INVALID
from unexpired.causes._proofs import answered

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """STS is not switched on in the Region that is asked."""
    return answered(evidence, CAUSE)


CAUSE = Cause(
    slug="region-not-enabled",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="AWS says that the Region, or its STS, is not switched on for the account.",
            text=(
                "regiondisabledexception",
                "regiondisabled",
                "sts is not activated in this region",
                "is not activated in this region for account",
                "region … is not enabled for … account",
                "region is disabled",
                "optinrequired … region",
                "opt-in region … not enabled",
                "not opted in to … region",
                "not opted-in",
                "region … not-opted-in",
                "not-opted-in",
            ),
        ),
        Sign(
            confidence=0.68,
            why="The token is refused in a Region that accepts only tokens of a regional endpoint.",
            answer=TOKEN_INVALID,
            beside=("@opt-in-region",),
        ),
        Sign(
            confidence=0.74,
            why="The token is refused in a Region that accepts only tokens of a regional endpoint.",
            answer=S3_TOKEN_INVALID,
            beside=("@opt-in-region",),
        ),
        Sign(
            confidence=0.55,
            why="The key is refused in a Region that must be switched on.",
            answer=NOT_VALIDATED,
            beside=("@opt-in-region",),
        ),
        Sign(
            confidence=0.35,
            why="The key is refused in a Region that must be switched on.",
            answer=KEY_NOT_FOUND,
            beside=("@opt-in-region",),
        ),
        Sign(
            confidence=0.2,
            why="A token of the global endpoint gives this in an opt-in Region.",
            answer=S3_TOKEN_INVALID,
        ),
        Sign(
            confidence=0.7,
            why="The kind of STS endpoint is spoken of.",
            text=(
                "sts_regional_endpoints",
                "aws_sts_regional_endpoints",
                "version 1 token",
                "v1 token … region",
                "global sts endpoint",
                "global endpoint … token",
                "setsecuritytokenservicepreferences",
            ),
            beside=("invalid", "malformed", "not valid", "authfailure"),
        ),
    ),
    clues=(
        Clue(
            text=(
                "works in us-east-1",
                "us-east-1 works",
                "only in this region",
                "other regions work",
                "opt-in",
                "global endpoint",
            ),
            weight=1.0,
            why="It works in other Regions.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Make the session at the STS endpoint of a Region, and switch the Region on.",
        commands=everywhere(
            "aws configure set sts_regional_endpoints regional --profile PROFILE",
            "aws account list-regions --region-opt-status-contains DISABLED",
        ),
    ),
    prove=prove,
)
