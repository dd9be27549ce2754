"""Browser uploads: an S3 ``POST`` whose form carries a signed policy instead of a signed request.

boto3's ``generate_presigned_post`` makes such forms. The policy says until when, and which fields may have which
values; every field that is sent must be named in it.

Sources: "Browser-based uploads using POST" (AmazonS3/latest/API/sigv4-UsingHTTPPOST.html and
sigv4-HTTPPOSTConstructPolicy.html); the version 2 form: AmazonS3/latest/userguide/HTTPPOSTForms.html.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from unexpired.sandbox.signature import ALGORITHM, Signed, parse_scope, signing_key
from unexpired.sandbox.wire import Answer, Kind, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.request import Request

_EXEMPT = frozenset({"awsaccesskeyid", "signature", "x-amz-signature", "policy", "file"})
"""Fields that no condition has to name; those that begin with ``x-ignore-`` neither."""

_PAIR, _TRIPLE = 1, 3


@dataclass(frozen=True)
class _Form:
    fields: Mapping[str, str]
    size: int


def read(request: Request) -> Signed | None:
    """What a signed form claims, or None when the request is none.

    Raises:
        RefusedError: It has a policy and only half a signature.
    """
    form = _form(request)
    if form is None or "policy" not in form.fields:
        return None
    fields = form.fields
    token = fields.get("x-amz-security-token")
    if fields.get("x-amz-algorithm") == ALGORITHM and "x-amz-signature" in fields:
        scope = parse_scope(fields.get("x-amz-credential", ""))
        return Signed(
            version=4,
            access_key_id=scope["key"],
            token=token,
            date=scope["date"],
            region=scope["region"],
            service=scope["service"],
            headers=(),
            signature=fields["x-amz-signature"],
            stamp="",
            presigned=True,
            policy=fields["policy"],
        )
    if "awsaccesskeyid" in fields and "signature" in fields:
        return Signed(
            version=2,
            access_key_id=fields["awsaccesskeyid"],
            token=token,
            date="",
            region="us-east-1",
            service="s3",
            headers=(),
            signature=fields["signature"],
            stamp="",
            presigned=True,
            policy=fields["policy"],
        )
    raise RefusedError(Answer(400, "InvalidArgument", "Bucket POST must contain a field named 'x-amz-signature'."))


def verify(request: Request, signed: Signed, secret: str, now: float) -> None:
    """Check the signature over the policy, its end, and the form against its conditions.

    Args:
        request: The upload.
        signed: What ``read`` made of it.
        secret: The secret of the key that claims to have signed.
        now: Seconds since the epoch.

    Raises:
        RefusedError: ``SignatureDoesNotMatch``, ``AccessDenied``, ``EntityTooLarge`` or ``EntityTooSmall``.
    """
    form = _form(request)
    if form is None or signed.policy is None:
        raise RefusedError(Kind.MISSING)
    if not hmac.compare_digest(_signature(signed, secret, signed.policy.encode()), signed.signature):
        raise RefusedError(Kind.SIGNATURE, fields={"AWSAccessKeyId": signed.access_key_id})
    try:
        policy = json.loads(base64.b64decode(signed.policy, validate=True))
        end = datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00"))
        conditions = list(policy["conditions"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise RefusedError(Answer(400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.")) from None
    if now > end.timestamp():
        raise _against("Policy expired.")
    named = {"bucket"}
    values = {**form.fields, "bucket": request.key_path[0]}
    for condition in conditions:
        named |= _hold(condition, values, form.size)
    extra = sorted(name for name in form.fields if name not in named | _EXEMPT and not name.startswith("x-ignore-"))
    if extra:
        raise _against(f"Extra input fields: {', '.join(extra)}")


def _hold(condition: Any, values: Mapping[str, str], size: int) -> set[str]:
    """Check one condition; return the fields it names."""
    if isinstance(condition, dict) and len(condition) == _PAIR:
        operator, field, wanted = "eq", next(iter(condition)), str(next(iter(condition.values())))
    elif isinstance(condition, list) and len(condition) == _TRIPLE:
        operator, field, wanted = str(condition[0]).lower(), str(condition[1]).removeprefix("$"), str(condition[2])
    else:
        raise _against(f"Invalid condition: {json.dumps(condition)}")
    if operator == "content-length-range":
        if size < int(condition[1]):
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise RefusedError(Answer(400, "EntityTooSmall", message))
        if size > int(wanted):
            message = "Your proposed upload exceeds the maximum allowed size"
            raise RefusedError(Answer(400, "EntityTooLarge", message))
        return set()
    actual = values.get(field.lower())
    tests = {"eq": lambda text: text == wanted, "starts-with": lambda text: text.startswith(wanted)}
    if operator not in tests or actual is None or not tests[operator](actual):
        raise _against(f"Policy Condition failed: {json.dumps([operator, '$' + field, wanted])}")
    return {field.lower()}


def _form(request: Request) -> _Form | None:
    kind, options = parse_options_header(request.header("content-type"))
    if request.method != "POST" or kind != "multipart/form-data":
        return None
    parser = FormDataParser(max_form_memory_size=None)
    _, fields, files = parser.parse(io.BytesIO(request.body), kind, len(request.body), options)
    lowered = {name.lower(): value for name, value in fields.items()}
    file = files.get("file")
    if file is None:
        return _Form(lowered, len(lowered.get("file", "")))
    size = file.stream.seek(0, io.SEEK_END)
    file.close()
    return _Form(lowered, size)


def _signature(signed: Signed, secret: str, policy: bytes) -> str:
    if signed.version == 2:  # noqa: PLR2004 - the signature's version
        return base64.b64encode(hmac.digest(secret.encode(), policy, "sha1")).decode()
    return hmac.digest(signing_key(secret, signed), policy, "sha256").hex()


def _against(what: str) -> RefusedError:
    return RefusedError(Answer(403, "AccessDenied", f"Invalid according to Policy: {what}"))
