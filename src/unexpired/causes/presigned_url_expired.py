"""A presigned URL or POST policy passed its own expiry.

## What happened

The link was made for a certain time (`X-Amz-Expires`, or the `Expires` of the older form), and used after it. The
keys that signed it may be as good as ever.

## Why AWS says this

S3 adds `X-Amz-Expires` to `X-Amz-Date` and compares with its own clock: past it, *AccessDenied: Request has expired*,
with `Expires` and `ServerTime` in the answer. A POST form is refused with *Invalid according to Policy: Policy
expired*.

## How to recognise it

    <Code>AccessDenied</Code><Message>Request has
        expired</Message><X-Amz-Expires>3600</X-Amz-Expires><Expires>…</Expires><ServerTime>…</ServerTime>
    Invalid according to Policy: Policy expired.

## Cure

Make the link when it is needed, or for longer (seven days at the most with long-term keys). If `ServerTime` is
*before* the time at which you made the link, look at your clock instead. Not done by `--fix`: a link cannot be
repaired.

## Confirm

`doctor` compares this machine's clock with AWS's; the rest stands in the URL.

## Sources

- [Authenticating requests: query parameters](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
- [Browser-based uploads: POST policy](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html)
- [aws/aws-sdk-js#2306](https://github.com/aws/aws-sdk-js/issues/2306)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._other_systems.clouds import OBJECT_STORES

CAUSE = Cause(
    slug="presigned-url-expired",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.94,
            why="S3 says that the request's own time was over: that is the URL's expiry, not the session's.",
            text=(
                "<message>request has expired",
                "accessdenied … request has expired",
                "access denied … request has expired",
                "request has expired … <expires>",
                "request has expired … <x-amz-expires>",
                "request has expired … servertime",
                "policy expired",
                "invalid according to policy … expired",
            ),
            unless=("requestexpired", *OBJECT_STORES),
        ),
        Sign(
            confidence=0.75,
            why="A presigned URL is spoken of as expired.",
            text=(
                "presigned url has expired",
                "presigned url expired",
                "presigned url is expired",
                "pre-signed url has expired",
                "pre-signed url expired",
                "signed url has expired",
                "signed url expired",
                "presigned … request has expired",
                "request has expired … presigned",
                "request has expired",
            ),
            beside=("s3", "amazonaws", "x-amz-", "presigned", "pre-signed", "bucket", "@presigned"),
            unless=("requestexpired", "expiredtoken", "googleapis", "cloudfront", *OBJECT_STORES),
        ),
        Sign(
            confidence=0.8,
            why="By its own dates the URL was past its end, and the request was refused.",
            text=(
                "403 forbidden",
                "http 403",
                "status code 403",
                "403 client error",
                "accessdenied",
                "response code: 403",
            ),
            beside=("@presigned-lapsed",),
            unless=("expiredtoken", "signaturedoesnotmatch"),
        ),
    ),
    clues=(
        Clue(
            text=("@presigned-lapsed",), weight=0.8, why="X-Amz-Date and X-Amz-Expires in the URL agree.", anywhere=True
        ),
    ),
    cure=Cure(
        summary="Make the link again, closer to its use or for longer.",
        commands=everywhere("aws s3 presign s3://BUCKET/KEY --expires-in 3600 --profile PROFILE"),
    ),
    unprovable=("The URL is with whoever was given it, and says itself when it ends: paste it to `unexpired explain`."),
)
