"""The secret is wrong, or the request was changed after it was signed.

## What happened

The service computed the signature itself, with the secret that belongs to the key id, and got another. Either the
secret is not the one (mistyped, cut at a `/` or `+`, with a blank at its end, of another key), or a proxy, a redirect
or an object store's front changed host, path, query or headers on the way.

## Why AWS says this

A signature covers method, path, query, the signed headers and the body's hash. Any difference gives another
signature, and the service cannot know which part differs, so it only says *SignatureDoesNotMatch*.

## How to recognise it

    SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your
        key and signing method.

With the same key everywhere: the secret. Only through one proxy, only for keys with special characters, only with an
emulator: the request.

## Cure

Take the secret anew, and check it without the proxy. Not done by `--fix`: neither can be seen from outside.

## Confirm

`doctor` asks STS: if that is answered, the secret is right and something changes the request.

## Sources

- [Troubleshooting Signature Version 4](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)
- [S3 error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import SIGNATURE_WRONG
from unexpired.causes._cures import retaken
from unexpired.causes._proofs import answered, plan
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """STS knows the key id, and computes another signature with its secret; or the secret cannot be one."""
    keys = next((step.keys for step in plan(evidence) if step.keys is not None), None)
    odd = keys is not None and keys.secret is not None and keys.secret.odd
    where = f"the secret beside {keys.place}" if keys is not None else ""
    seen = (f"{where} has blanks, quotes or other signs that no secret access key has",) if odd else ()
    cure = retaken(CAUSE.cure, evidence)
    finding = answered(evidence, CAUSE, cure, seen)
    return finding or (CAUSE.found("error", "likely", seen, cure) if seen else None)


CAUSE = Cause(
    slug="signature-mismatch",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.92,
            why="The service computed another signature than the one that was sent.",
            answer=SIGNATURE_WRONG,
            unless=(
                "signature expired",
                "not yet current",
                "is now earlier than",
                "is still later than",
                "aliyun",
                "alibaba",
            ),
        ),
        Sign(
            confidence=0.8,
            why="The signature's form, or what it covers, was changed or cut.",
            text=(
                "incompletesignature",
                "missing equal-sign",
                "not a valid key=value pair",
                "authorization header requires",
                "credential should be scoped to",
                "credential must have exactly",
                "date in credential scope does not match",
                "the canonical string for this request should have been",
                "signature version … not supported",
                "the authorization mechanism you have provided is not supported",
                "xamzcontentsha256mismatch",
                "there were headers present in the request which were not signed",
                "query-string authentication … parameters error",
                "authorizationqueryparameterserror",
                "signature … does not conform to aws standards",
                "does not conform to aws standards",
            ),
            unless=(
                "authorization=bearer",
                "non-empty access key",
                "must be less than a week",
                "must be non-negative",
                "must be a number",
            ),
        ),
        Sign(
            confidence=0.25,
            why="The text speaks of a signature and of a failure in one breath.",
            text=failing("signature", "sigv4"),
            beside=AWS,
            unless=NOT_CREDENTIALS,
            last_resort=True,
        ),
    ),
    clues=(Clue(text=("signature expired", "not yet current"), weight=-3.0),),
    cure=Cure(
        summary="Take the secret anew, and try without the proxy.",
        commands=everywhere("aws sts get-caller-identity --profile PROFILE", "aws configure --profile PROFILE"),
    ),
    prove=prove,
)
