"""A presigned URL died with the session that signed it.

## What happened

A presigned URL was to be good for a day or a week, and stopped working after an hour or so. It was signed with a
session, and carries that session's token: when the session ends, the URL ends with it, whatever `X-Amz-Expires` says.

## Why AWS says this

S3 checks the signature, then the token inside the URL (`X-Amz-Security-Token`), then the URL's own expiry. A lapsed
token is answered with *ExpiredToken: The provided token has expired*, not with *Request has expired*.

## How to recognise it

*ExpiredToken* as the answer to a plain GET or PUT of a URL, in a browser, with `curl`, or near
`generate_presigned_url`; the URL has `X-Amz-Security-Token` in it and its key id begins with `ASIA`.

## Cure

Sign later (when the link is clicked), sign with a session that outlives the link, or hand out a CloudFront signed URL
for links of days. Long-term keys can sign for seven days. Not done by `--fix`: a URL cannot be repaired, only made
again.

## Confirm

`doctor` shows how long the session that would sign now still lasts; that is the longest a URL can live.

## Sources

- [Presigned URLs: expiration](https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html#PresignedUrl-Expiration)
- [boto/boto3#2392](https://github.com/boto/boto3/issues/2392)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, S3_TOKEN_INVALID, SESSION_EXPIRED

_URL = (
    "@presigned",
    "presigned",
    "pre-signed",
    "presign",
    "generate_presigned",
    "getsignedurl",
    "getpresignedurl",
    "createpresigned",
    "signed url",
    "signedurl",
    "signed s3 url",
    "signed link",
    "url_for(:",
    "x-amz-security-token=",
)

CAUSE = Cause(
    slug="presigned-url-outlives-session",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.9,
            why=(
                "A presigned URL was answered with *ExpiredToken*: the session that signed it has ended, the URL "
                "itself had not."
            ),
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
            beside=_URL,
        ),
        Sign(
            confidence=0.4,
            why="A presigned URL carries a token that the service does not take any more.",
            answer=S3_TOKEN_INVALID,
            beside=_URL,
        ),
        Sign(
            confidence=0.7,
            why="Presigned links are said to end before their time.",
            text=(
                "presigned url … expires after 1 hour",
                "presigned url … expire before",
                "presigned url … expires before",
                "presigned url … expired before",
                "presigned url … token has expired",
                "presigned url … session token … expire",
                "signed url … expires earlier",
            ),
        ),
    ),
    clues=(
        Clue(text=("@presigned-live",), weight=1.0, why="By its own dates the URL still had time.", anywhere=True),
        Clue(text=("@presigned-lapsed",), weight=-0.3, anywhere=True),
        Clue(text=("uploadpart", "createmultipartupload", "completemultipartupload"), weight=-0.5),
    ),
    cure=Cure(
        summary="Make the URL again, with a session that lasts as long as the link must.",
        commands=everywhere(
            "unexpired horizon --profile PROFILE", "aws s3 presign s3://BUCKET/KEY --expires-in 3600 --profile PROFILE"
        ),
    ),
    unprovable=(
        "A signed URL leaves no trace where it was made; its key id and dates tell `unexpired explain` the rest."
    ),
)
