"""IAM Roles Anywhere through AWS's own helper, played here by a program of the same manners."""

from __future__ import annotations

import json
import os
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from unexpired.engine.errors import ConfigurationError, SourceUnavailable
from unexpired.engine.refresher import Refresher
from unexpired.engine.scheduler import Scheduler
from unexpired.sandbox.tls import Certificate
from unexpired.sources.aws.horizon import horizon as ahead
from unexpired.sources.roles_anywhere import RolesAnywhere
from unexpired.testing import FakeClock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script")

ARNS = {
    "trust_anchor_arn": "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/0",
    "profile_arn": "arn:aws:rolesanywhere:us-east-1:123456789012:profile/0",
    "role_arn": "arn:aws:iam::123456789012:role/machine",
}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def helper(tmp_path, clock):
    """A stand-in that notes its arguments and gives sessions of an hour, numbered."""
    path = tmp_path / "aws_signing_helper"
    path.write_text(
        f"#!{sys.executable}\n"
        "import datetime, json, pathlib, sys\n"
        f"noted = pathlib.Path({str(tmp_path / 'noted')!r})\n"
        "calls = json.loads(noted.read_text()) if noted.exists() else []\n"
        "calls.append(sys.argv[1:]); noted.write_text(json.dumps(calls))\n"
        f"start = datetime.datetime.fromtimestamp({clock.wall()}, datetime.timezone.utc)\n"
        "end = start + datetime.timedelta(hours=len(calls))\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'ASIATESTKEY{len(calls):09d}', 'SecretAccessKey': 's',"
        "'SessionToken': 't', 'Expiration': end.isoformat()}))\n"
    )
    path.chmod(0o755)
    return path


def test_the_helper_is_given_everything(helper, tmp_path):
    source = RolesAnywhere(
        "cert.pem", "key.pem", **ARNS, intermediates="chain.pem", duration_seconds=900, helper=str(helper)
    )
    assert source.fetch().source == "roles_anywhere"
    (call,) = json.loads((tmp_path / "noted").read_text())
    assert call[0] == "credential-process"
    given = dict(zip(call[1::2], call[2::2], strict=True))
    assert given == {
        "--certificate": "cert.pem",
        "--private-key": "key.pem",
        "--trust-anchor-arn": ARNS["trust_anchor_arn"],
        "--profile-arn": ARNS["profile_arn"],
        "--role-arn": ARNS["role_arn"],
        "--intermediates": "chain.pem",
        "--session-duration": "900",
    }


def test_a_job_outlives_two_of_its_sessions(helper, clock):
    source = RolesAnywhere("cert.pem", "key.pem", **ARNS, helper=str(helper))
    refresher = Refresher(source, clock=clock, scheduler=Scheduler(clock))
    used = set()
    for _ in range(3):
        used.add(refresher.credentials().access_key_id)
        clock.advance(3600)
    refresher.close()
    assert len(used) == 3


def test_a_helper_that_is_not_installed_names_where_to_get_it():
    source = RolesAnywhere("cert.pem", "key.pem", **ARNS, helper="no-such-helper")
    with pytest.raises(ConfigurationError, match="not installed") as caught:
        source.fetch()
    assert "docs.aws.amazon.com/rolesanywhere" in caught.value.next_steps[0]


def test_a_helper_that_fails_is_quoted(helper):
    helper.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('AccessDeniedException: Untrusted certificate')\n")
    with pytest.raises(SourceUnavailable, match="Untrusted certificate"):
        RolesAnywhere("cert.pem", "key.pem", **ARNS, helper=str(helper)).fetch()


def test_every_argument_tells_sessions_apart():
    one = RolesAnywhere("cert.pem", "key.pem", **ARNS)
    assert one.key == RolesAnywhere("cert.pem", "key.pem", **ARNS).key
    assert one.key != RolesAnywhere("other.pem", "key.pem", **ARNS).key
    assert one.key != RolesAnywhere("cert.pem", "key.pem", **ARNS, duration_seconds=900).key


def certified(content: bytes, path):
    path.write_bytes(content)
    horizon = ahead(RolesAnywhere(str(path), "key.pem", **ARNS))
    assert [link.link for link in horizon.links] == ["certificate", "roles_anywhere"]
    return horizon


@pytest.mark.parametrize("form", ["PEM", "PEM with text before it", "DER"])
def test_the_horizon_is_the_certificates_end(tmp_path, form):
    made = Certificate.make()
    pem = made.path.read_bytes()
    made.remove()
    certificate = x509.load_pem_x509_certificate(pem)
    content = {"PEM": pem, "DER": certificate.public_bytes(serialization.Encoding.DER)}.get(form, b"subject=me\n" + pem)
    assert certified(content, tmp_path / "cert").until == certificate.not_valid_after_utc


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
)
def test_a_file_that_holds_no_certificate_ends_it_now(tmp_path, content):
    horizon = certified(content, tmp_path / "cert")
    assert horizon.until != "unknown"
    assert "holds no certificate" in horizon.limited_by.why


def test_a_certificate_that_is_not_there_ends_it_now(tmp_path):
    horizon = ahead(RolesAnywhere(str(tmp_path / "absent"), "key.pem", **ARNS))
    assert "No such file" in horizon.limited_by.why


def test_where_nothing_reads_certificates_the_end_is_unknown_and_the_way_to_see_it_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    horizon = certified(b"whatever", tmp_path / "cert")
    assert horizon.until == "unknown"
    assert "openssl x509 -enddate" in horizon.limited_by.why
