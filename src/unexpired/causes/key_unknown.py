"""The access key id does not exist.

## What happened

The key id that was sent is nobody's: it was deleted or made inactive, mistyped, invented for an emulator (`test`,
`minioadmin`), or belongs to another partition (China, GovCloud) than the endpoint.

## Why AWS says this

The service looks the key id up before it checks anything else. S3 answers *InvalidAccessKeyId: The AWS Access Key Id
you provided does not exist in our records*, STS and IAM *InvalidClientTokenId*, the JSON services
*UnrecognizedClientException*, EC2 *AuthFailure*: one cause, four names, and three of them speak of a *token*.

## How to recognise it

    InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.
    InvalidClientTokenId: The security token included in the request is invalid.
    UnrecognizedClientException: The security token included in the request is invalid.

with a key id that begins with `AKIA`, or none to be seen.

## Cure

Look the key up in IAM, make a new one or, better, use a role. If it is an emulator's, set its `endpoint_url`. Not
done by `--fix`: which key is meant is yours to say.

## Confirm

`doctor` asks STS with the winner's key, in the partition of the endpoint.

## Sources

- [Managing access keys](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html)
- [Common errors of STS](https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html)
- [EC2 error codes](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import KEY_NOT_FOUND, NO_ANSWER, NOT_VALIDATED, TOKEN_INVALID
from unexpired.causes._proofs import answered
from unexpired.causes._surroundings import AWS

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """STS does not know the winner's long-term key."""
    return answered(evidence, CAUSE)


CAUSE = Cause(
    slug="key-unknown",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.85,
            why="The service looked the key id up, and nobody has it.",
            answer=KEY_NOT_FOUND,
            unless=("aliyun", "alibaba", "tencent", "oss-cn-"),
        ),
        Sign(
            confidence=0.55,
            why="The service does not know this key id. It says *token* even when there is none.",
            answer=TOKEN_INVALID,
        ),
        Sign(
            confidence=0.5,
            why="EC2 does not accept the key: unknown, inactive, or signed with the wrong secret.",
            answer=NOT_VALIDATED,
        ),
        Sign(
            confidence=0.5,
            why="EC2's word for credentials that it cannot check.",
            text=("(authfailure)", "authfailure: aws", "authfailure: credentials"),
        ),
        Sign(
            confidence=0.5,
            why="The tool tried the keys that it was given, and AWS did not accept them.",
            text=(
                "invalid credentials configured",
                "invalid aws credentials",
                "aws credentials are invalid",
                "aws credentials are not valid",
                "aws credentials you provided are invalid",
                "invalid aws access key",
                "invalid aws_access_key_id",
                "credentials profile ‥ is invalid",
                "failed to validate aws credentials",
                "unable to validate aws credentials",
                "error validating provider credentials",
                "aws credentials could not be validated",
            ),
            beside=AWS,
            unless=(
                "expired",
                "security token",
                "no valid credential sources",
                "unable to locate",
                "not found",
                "could not load",
                "timeout",
                *NO_ANSWER,
            ),
        ),
        Sign(
            confidence=0.6,
            why="The key cannot be put into a header: a line break or another such character stands in it.",
            text=(
                "invalid header field value for authorization",
                "invalid character in header content [authorization]",
                "invalid character in header content [authorization",
                "illegal character ‥ authorization",
                "invalid header value b‥aws4-hmac-sha256",
                "invalid header value baws4-hmac-sha256",
                "invalid header value: baws4-hmac-sha256",
            ),
            beside=AWS,
        ),
        Sign(
            confidence=0.8,
            why="The text says that the key is inactive or gone.",
            text=(
                "access key … is inactive",
                "access key … inactive",
                "access key … has been deleted",
                "access key … was deleted",
                "inactive access key",
                "deleted access key",
                "the access key … cannot be found",
            ),
            beside=("aws", "iam", "amazon", "akia"),
        ),
    ),
    clues=(
        Clue(text=("@session-key",), weight=-1.2, anywhere=True),
        Clue(text=("@session-token",), weight=-0.8, anywhere=True),
        Clue(text=("@long-term-key",), weight=0.6, why="The key id is a user's (AKIA…).", anywhere=True),
        Clue(text=("@opt-in-region",), weight=-0.8, anywhere=True),
        Clue(
            text=("localstack", "|minio|", "4566", "cn-north-1", "cn-northwest-1", "us-gov-", "inactive", "deleted"),
            weight=0.6,
            why="An emulator, another partition or a deleted key stands in the text.",
            anywhere=True,
        ),
        Clue(
            text=(
                "created new key",
                "createaccesskey",
                "just created",
                "newly created",
                "new access key",
                "create-access-key",
            ),
            weight=-0.9,
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Use a key that exists, in the partition it belongs to, or a role instead.",
        commands=everywhere("aws configure list", "aws sts get-caller-identity --profile PROFILE"),
    ),
    prove=prove,
)
