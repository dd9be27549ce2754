"""One long transfer or query held its credentials past their end.

## What happened

A single piece of work lasted longer than the session it began with: a multipart upload, a server-side copy, a `COPY`
or `UNLOAD`, a `COPY INTO`, a waiter, a query. Whatever renews between requests did not get its turn, because this one
request (or the set of strings inside it) was still under way.

## Why AWS says this

A session is checked when a request, or a part of it, is authorised. An engine that was handed keys in a statement
uses those until the statement ends; an upload that signed its parts in advance, or an SDK that reads credentials once
per transfer, sends lapsed ones towards the end. S3 says *ExpiredToken*; Redshift wraps it as *S3ServiceException: The
provided token has expired*.

## How to recognise it

*ExpiredToken* from `UploadPart`, `CompleteMultipartUpload`, `CopyObject`; from Redshift or Snowflake while loading;
from Terraform while *waiting for … create*; always in the longest step, about an hour in.

## Cure

Let the engine assume a role itself (`IAM_ROLE` in Redshift, a storage integration in Snowflake) instead of passing
keys; make the pieces smaller; begin long work with a fresh session (`--for`). Not done by `--fix`: it is the job's
own code.

## Confirm

`horizon --for` says before the start whether what is left is enough.

## Sources

- [Redshift COPY: authorization parameters](https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html)
- [Multipart upload](https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)
- [aws/aws-cli#3586](https://github.com/aws/aws-cli/issues/3586)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._surroundings import TERRAFORM

CAUSE = Cause(
    slug="request-outlives-session",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.85,
            why="The engine was handed a session for the load, and the load outlived it.",
            text=(
                "s3serviceexception:the provided token has expired",
                "s3serviceexception: the provided token has expired",
                "s3serviceexception … expiredtoken",
                "redshift … provided token has expired",
                "provided token has expired … redshift",
                "unload … provided token has expired",
                "copy … credentials … provided token has expired",
                "copy into … provided token has expired",
                "copy into … expiredtoken",
            ),
        ),
        Sign(
            confidence=0.2,
            why="A session lapsed while one long piece of work was under way.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=(
                "uploadpart",
                "completemultipartupload",
                "uploadpartcopy",
                "multipart",
                "_upload_chunk",
                "upload_part",
                "abortmultipartupload",
                "copyobject",
            ),
            weight=1.9,
            why="It failed in the middle of a long transfer.",
        ),
        Clue(text=("createmultipartupload", "s3uploadfailederror", "parquetwriter"), weight=0.5),
        Clue(
            text=(
                "still creating...",
                "waiting for … create",
                "waiting for … creation",
                "waiting for completion",
                "still destroying...",
                "timeout while waiting for state",
                "still modifying...",
            ),
            weight=1.0,
            why="It failed in a long wait for one resource.",
        ),
        Clue(
            text=(
                "|unload|",
                "copy into",
                "|redshift|",
                "insert overwrite",
                "getqueryexecution",
                "getqueryresults",
                "|glue|",
            ),
            weight=1.2,
            why="A long statement was running.",
        ),
        Clue(text=TERRAFORM, weight=0.2),
        Clue(text=("@after-1h", "@after-hours"), weight=0.4, anywhere=True),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Let the engine assume a role itself, or begin the long piece with a session that outlives it.",
        commands=everywhere(
            "unexpired horizon --profile PROFILE --for 6h", "unexpired exec --profile PROFILE --for 6h -- COMMAND"
        ),
    ),
    unprovable=(
        "A request in flight leaves nothing behind; `unexpired horizon --for` tells beforehand "
        "whether what is left is enough."
    ),
)
