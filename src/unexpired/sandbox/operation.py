"""What a request wants, in AWS's words: ``s3 PutObject``, ``sts AssumeRole``, ``dynamodb PutItem``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.request import Request

# S3 names its operations by method, by what the path holds, and by the first of these query parameters it finds.
_ON_OBJECT = {
    "GET": (("uploadId", "ListParts"), ("tagging", "GetObjectTagging"), ("acl", "GetObjectAcl"), ("", "GetObject")),
    "HEAD": (("", "HeadObject"),),
    "PUT": (("partNumber", "UploadPart"), ("tagging", "PutObjectTagging"), ("acl", "PutObjectAcl"), ("", "PutObject")),
    "POST": (
        ("uploads", "CreateMultipartUpload"),
        ("uploadId", "CompleteMultipartUpload"),
        ("select", "SelectObjectContent"),
        ("restore", "RestoreObject"),
    ),
    "DELETE": (("uploadId", "AbortMultipartUpload"), ("tagging", "DeleteObjectTagging"), ("", "DeleteObject")),
}
_ON_BUCKET = {
    "GET": (
        ("list-type", "ListObjectsV2"),
        ("uploads", "ListMultipartUploads"),
        ("versions", "ListObjectVersions"),
        ("location", "GetBucketLocation"),
        ("versioning", "GetBucketVersioning"),
        ("policy", "GetBucketPolicy"),
        ("", "ListObjects"),
    ),
    "HEAD": (("", "HeadBucket"),),
    "PUT": (("versioning", "PutBucketVersioning"), ("policy", "PutBucketPolicy"), ("", "CreateBucket")),
    "POST": (("delete", "DeleteObjects"), ("", "PostObject")),
    "DELETE": (("policy", "DeleteBucketPolicy"), ("", "DeleteBucket")),
}
_COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}


def unsigned_service(request: Request) -> str:
    """The service that a request without a signature is probably meant for; S3 when nothing else shows."""
    action = request.form.get("Action", "")
    if action.startswith("AssumeRole"):
        return "sts"
    target = request.header("x-amz-target")
    if target is not None:
        return target.partition("_")[0].partition(".")[0].lower()
    return "sts" if action else "s3"


def name(service: str, request: Request) -> str:
    """The operation's name; method and path where a REST service has no shorter way to say it."""
    if service == "s3":
        return _s3(request)
    target = request.header("x-amz-target")
    if target is not None:
        return target.rpartition(".")[2]
    action = request.form.get("Action")
    if action is not None:
        return action
    return f"{request.method} {request.path}"


def _s3(request: Request) -> str:
    bucket, key = request.key_path
    if not bucket:
        return "ListBuckets"
    table: Mapping[str, tuple[tuple[str, str], ...]] = _ON_OBJECT if key else _ON_BUCKET
    for parameter, found in table.get(request.method, ()):
        if not parameter or parameter in request.query:
            return _COPIES.get(found, found) if request.header("x-amz-copy-source") else found
    return f"{request.method} {'object' if key else 'bucket'}"
