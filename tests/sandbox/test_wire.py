"""An error has the shape that its protocol gives it: real clients parse it, and find code, message and status."""

from __future__ import annotations

import json

import pytest
from botocore.parsers import PROTOCOL_PARSERS, create_parser

from unexpired.sandbox import operation, wire
from unexpired.sandbox.request import Request
from unexpired.sandbox.wire import Answer, Kind, Protocol, RefusedError

ANSWER = Answer(403, "ExpiredToken", "The token <is> expired & gone")
JSON_1_0 = (("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.ListTables"))


def rendered(protocol, headers=(), method="POST"):
    return wire.render(ANSWER, protocol, Request(method, "/", tuple(headers), b""), "REQUEST-1")


@pytest.mark.parametrize(
    ("protocol", "parser", "headers"),
    [
        (Protocol.S3, "rest-xml", ()),
        (Protocol.QUERY, "query", ()),
        (Protocol.EC2, "ec2", ()),
        (Protocol.JSON, "json", JSON_1_0),
        (Protocol.JSON, "json", (("Content-Type", "application/x-amz-json-1.1"),)),
        (Protocol.REST_JSON, "rest-json", ()),
        (Protocol.CBOR, "smithy-rpc-v2-cbor", (("smithy-protocol", "rpc-v2-cbor"),)),
    ],
)
def test_botocore_reads_every_protocol(protocol, parser, headers):
    if parser not in PROTOCOL_PARSERS:
        pytest.skip(f"this botocore does not speak {parser}")
    response = rendered(protocol, headers)
    lowered = {name.lower(): value for name, value in response.headers}
    parsed = create_parser(parser).parse(
        {"status_code": response.status, "headers": lowered, "body": response.body, "context": {}}, None
    )
    assert parsed["Error"]["Code"] == ANSWER.code
    assert parsed["Error"]["Message"] == ANSWER.message
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_head_has_no_body():
    response = rendered(Protocol.S3, method="HEAD")
    assert (response.status, response.headers, response.body) == (403, (), b"")


def test_json_1_0_names_the_type_with_its_namespace():
    assert json.loads(rendered(Protocol.JSON, JSON_1_0).body)["__type"] == "com.amazon.coral.service#ExpiredToken"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("protocol", Protocol)
def test_every_refusal_has_words_in_every_protocol(kind, protocol):
    answer = RefusedError(kind).answer(protocol)
    assert 400 <= answer.status <= 503
    assert answer.code.isalnum()
    assert answer.message


FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


@pytest.mark.parametrize(
    ("service", "method", "target", "headers", "body", "name", "protocol"),
    [
        ("s3", "GET", "/", (), b"", "ListBuckets", Protocol.S3),
        ("s3", "GET", "/b?list-type=2&prefix=x", (), b"", "ListObjectsV2", Protocol.S3),
        ("s3", "GET", "/b", (), b"", "ListObjects", Protocol.S3),
        ("s3", "PUT", "/b/k", (), b"", "PutObject", Protocol.S3),
        ("s3", "PUT", "/b/k", (("x-amz-copy-source", "b/s"),), b"", "CopyObject", Protocol.S3),
        ("s3", "PUT", "/b/k?partNumber=1&uploadId=u", (), b"", "UploadPart", Protocol.S3),
        ("s3", "POST", "/b/k?uploads", (), b"", "CreateMultipartUpload", Protocol.S3),
        ("s3", "POST", "/b/k?uploadId=u", (), b"", "CompleteMultipartUpload", Protocol.S3),
        ("s3", "DELETE", "/b/k?uploadId=u", (), b"", "AbortMultipartUpload", Protocol.S3),
        ("s3", "POST", "/b?delete", (), b"", "DeleteObjects", Protocol.S3),
        ("s3", "PATCH", "/b", (), b"", "PATCH bucket", Protocol.S3),
        ("sts", "POST", "/", (FORM,), b"Action=AssumeRole&Version=2011-06-15", "AssumeRole", Protocol.QUERY),
        ("sts", "GET", "/?Action=GetCallerIdentity", (), b"", "GetCallerIdentity", Protocol.QUERY),
        ("ec2", "POST", "/", (FORM,), b"Action=DescribeVpcs", "DescribeVpcs", Protocol.EC2),
        ("dynamodb", "POST", "/", JSON_1_0, b"{}", "ListTables", Protocol.JSON),
        ("lambda", "GET", "/2015-03-31/functions", (), b"", "GET /2015-03-31/functions", Protocol.REST_JSON),
        ("route53", "GET", "/2013-04-01/hostedzone", (), b"", "GET /2013-04-01/hostedzone", Protocol.QUERY),
    ],
)
def test_operations_are_known_by_their_names(service, method, target, headers, body, name, protocol):
    request = Request(method, target, headers, body)
    assert operation.name(service, request) == name
    assert wire.protocol_of(service, request) is protocol


@pytest.mark.parametrize(
    ("headers", "body", "service"),
    [
        ((), b"", "s3"),
        ((FORM,), b"Action=AssumeRoleWithWebIdentity", "sts"),
        (JSON_1_0, b"{}", "dynamodb"),
    ],
)
def test_an_unsigned_request_is_taken_for_what_it_looks_like(headers, body, service):
    assert operation.unsigned_service(Request("POST", "/", headers, body)) == service
