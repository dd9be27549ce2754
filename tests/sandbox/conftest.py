"""What the sandbox's tests share: boto3 clients for whoever holds a key, and requests as those clients make them.

A request is caught before it leaves, so that a test can change one thing and send it.
"""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import boto3
import botocore.loaders
import botocore.session
import pytest
from botocore.config import Config


@pytest.fixture(scope="session")
def models():
    """Botocore's service models, read once instead of for each of some hundred clients."""
    return botocore.loaders.create_loader()


@pytest.fixture
def client(sandbox, models):
    """``client("s3", key_or_session_or_sts_credentials)`` makes a boto3 client of the sandbox, without retries."""

    def make(service: str, who: Any, config: dict[str, Any] | None = None, **options: Any) -> Any:
        core = botocore.session.Session()
        core.register_component("data_loader", models)
        session = boto3.Session(botocore_session=core)
        settings = {"retries": {"total_max_attempts": 1}, **(config or {})}
        return session.client(
            service,
            endpoint_url=options.pop("endpoint_url", sandbox.endpoint_url),
            region_name=options.pop("region_name", "us-east-1"),
            verify=options.pop("verify", str(sandbox.ca_bundle) if sandbox.ca_bundle else None),
            config=Config(**settings),
            **_keys(who),
            **options,
        )

    return make


def _keys(who: Any) -> dict[str, str]:
    if isinstance(who, dict):
        who = dict(who)
        found = [who["AccessKeyId"], who["SecretAccessKey"], who.get("SessionToken")]
    else:
        found = [who.access_key_id, who.secret_access_key, getattr(who, "session_token", None)]
    return dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), found, strict=True))


@pytest.fixture
def ann(sandbox):
    """A user's long-term key."""
    return sandbox.user("ann")


@pytest.fixture
def assumed(sandbox, client, ann):
    """``assumed(**assume_role_arguments)`` gives STS's credentials for the role ``etl``."""
    arn = sandbox.role("etl", max_session_duration=43_200)

    def assume(**arguments: Any) -> dict[str, Any]:
        return client("sts", ann).assume_role(RoleArn=arn, RoleSessionName="job", **arguments)["Credentials"]

    return assume


@dataclass(frozen=True)
class Wire:
    """A request with its signature, and where it goes."""

    method: str
    address: str
    target: str
    headers: dict[str, str]
    body: bytes

    def but(self, **changed):
        """The same with some of it changed."""
        return replace(self, **changed)

    def with_header(self, name, value):
        """The same with one header changed, under whatever capitals it stood; None takes it out."""
        kept = {its: old for its, old in self.headers.items() if its.lower() != name.lower()}
        return replace(self, headers=kept if value is None else {**kept, name: value})

    def send(self):
        """Send it; the answer's status, error code and headers."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.putrequest(self.method, self.target, skip_host="host" in map(str.lower, self.headers))
            for name, value in self.headers.items():
                connection.putheader(name, value)
            if "content-length" not in map(str.lower, self.headers):
                connection.putheader("Content-Length", str(len(self.body)))
            connection.endheaders(self.body)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        return Answer(response.status, response.headers, body)


@dataclass(frozen=True)
class Answer:
    """An answer from the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self):
        """The error code of an XML answer, None when there is none."""
        if not self.body:
            return None
        text = re.sub(rb' xmlns="[^"]*"', b"", self.body)
        return ET.fromstring(text).findtext(".//Code")

    def field(self, name):
        """The text of an element of an XML answer."""
        return ET.fromstring(self.body).findtext(f".//{name}")


@pytest.fixture(name="caught")
def _caught():
    """``caught(client, "put_object", **arguments)`` is what that call would have sent, signed and all."""
    return catch


class _Stopped(Exception):
    pass


def catch(client, operation, **arguments):
    """Stop a request on its way out."""
    found = []

    def keep(request, **_):
        found.append(request)
        raise _Stopped

    client.meta.events.register_first("before-send.*", keep)
    try:
        with pytest.raises(_Stopped):
            getattr(client, operation)(**arguments)
    finally:
        client.meta.events.unregister("before-send.*", keep)
    request = found[0]
    parts = urlsplit(request.url)
    body = request.body if request.body is not None else b""
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    return Wire(request.method, parts.netloc, target, headers, content)


@pytest.fixture(name="of_url")
def _of_url():
    """``of_url("GET", url)`` is a request for a (presigned) URL."""
    return at


def at(method, url, body=b"", headers=None):
    """A request for a URL."""
    parts = urlsplit(url)
    return Wire(method, parts.netloc, f"{parts.path}?{parts.query}", dict(headers or {}), body)
