"""A role assumed with an X.509 certificate, by AWS's own helper for IAM Roles Anywhere, where it is installed.

A profile says the same with ``credential_process = aws_signing_helper credential-process …`` and is then a ``process``;
this is for Python, without a profile. The helper keeps nothing and signs with the certificate each time; its ``serve``
and ``update`` modes are not used (they hand out empty credentials after a failure, or stop at the first).

IAM Roles Anywhere User Guide, "Get temporary security credentials":
https://docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html

Renews: the role is assumed anew with the certificate.
Ends: the certificate, at its notAfter, which is read where the ``cryptography`` package is installed; else unknown.
Extend: have the certificate renewed.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.engine.errors import ConfigurationError
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.program import run
from unexpired.sources.process import printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook

_DEFAULT_SECONDS = 3600
_LARGEST_CERTIFICATE = 1 << 20


@dataclass(frozen=True)
class RolesAnywhere:
    """A certificate and what it is exchanged for: ``unexpired.Session(source=RolesAnywhere(…))``.

    Attributes:
        certificate: a file, PEM or DER; or ``pkcs11:…``, whose end nothing here reads.
        private_key: a file, PEM; or ``pkcs11:…``, as the helper takes it.
        trust_anchor_arn, profile_arn, role_arn: IAM Roles Anywhere's own.
        intermediates: a file with the chain between the certificate and the anchor.
        duration_seconds: 900 to 43,200, as the Roles Anywhere profile allows; an hour by default.
        region: by default the trust anchor's.
        helper: the program's name, or its path.
    """

    certificate: str
    private_key: str
    trust_anchor_arn: str
    profile_arn: str
    role_arn: str
    intermediates: str | None = None
    duration_seconds: int | None = None
    region: str | None = None
    helper: str = "aws_signing_helper"
    name = "roles_anywhere"
    shareable = True

    @property
    def key(self) -> str:
        """Every argument of the helper's, and from where files are named."""
        files = [name for name in (self.certificate, self.private_key, self.intermediates) if name]
        beside_us = not all(Path(name).is_absolute() or ":" in name for name in files)  # pkcs11:…
        return digest(self.name, arguments=self._arguments, directory=str(Path.cwd()) if beside_us else None)

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        duration = self.duration_seconds or _DEFAULT_SECONDS
        return (Step(self.name, location=self.certificate, role_arn=self.role_arn, duration_seconds=duration),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The certificate, whose end is known where something here can read it; and the role."""
        seconds = self.duration_seconds or _DEFAULT_SECONDS
        role = Link(self.name, None, why="made anew with the certificate", session_seconds=seconds)
        return (self._certificate_link(outlook.now), role)

    def _certificate_link(self, now: datetime) -> Link:
        cause, extend = "process-without-expiration", ("have the certificate renewed before its notAfter",)
        make, place = partial(Link, "certificate", cause=cause), self.certificate
        if place.startswith("pkcs11:"):
            return make("unknown", why="the certificate is in a device, which is not asked when it ends", extend=extend)
        try:
            with Path(place).expanduser().open("rb") as file:
                until = not_after(file.read(_LARGEST_CERTIFICATE))
        except (OSError, ValueError) as error:  # ValueError: no certificate, or a NUL in the path
            reason = getattr(error, "strerror", None) or "it holds no certificate"
            return make(now, why=f"{place} cannot be used: {reason}", extend=extend)
        except ImportError:
            look = f"openssl x509 -enddate -noout -in {shlex.quote(place)}"
            why = f"nothing here reads certificates; {look} tells when it ends"
            return make("unknown", why=why, extend=("pip install cryptography", *extend))
        return make(until, why=f"the certificate in {place} ends then", extend=extend)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A new session of the role.

        Raises:
            ConfigurationError: the helper is not installed, or cannot be started.
            SourceUnavailable: it failed; its own words say why.
        """
        program = shutil.which(self.helper)
        if program is None:
            raise ConfigurationError(
                f"{self.helper} is not installed",
                why="IAM Roles Anywhere is reached through AWS's own helper",
                next_steps="install it: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html",
                cause="sdk-too-old",
                link=self.name,
            )
        what = f"IAM Roles Anywhere helper for {self.role_arn}"
        output = run([program, *self._arguments], what=what, link=self.name, interactive=prompter is not None)
        return printed(output, what=what, kind=self.name)

    @property
    def _arguments(self) -> list[str]:
        given = {
            "--certificate": self.certificate,
            "--private-key": self.private_key,
            "--trust-anchor-arn": self.trust_anchor_arn,
            "--profile-arn": self.profile_arn,
            "--role-arn": self.role_arn,
            "--intermediates": self.intermediates,
            "--session-duration": str(self.duration_seconds) if self.duration_seconds else None,
            "--region": self.region,
        }
        return ["credential-process", *(word for name, value in given.items() if value for word in (name, value))]


def not_after(content: bytes) -> datetime:
    """When the first certificate of a file ends, aware UTC (RFC 5280, section 4.1.2.5).

    Raises:
        ImportError: ``cryptography`` is not installed; the standard library reads no certificate of a file.
        ValueError: it is no certificate, neither PEM nor DER.
    """
    from cryptography import x509  # an optional one: whoever runs the helper need not have it

    is_pem = b"-----BEGIN" in content
    certificate = x509.load_pem_x509_certificate(content) if is_pem else x509.load_der_x509_certificate(content)
    aware: datetime | None = getattr(certificate, "not_valid_after_utc", None)  # since 42.0
    return aware or certificate.not_valid_after.replace(tzinfo=timezone.utc)


ABOUT = About(
    title="IAM Roles Anywhere",
    found="`unexpired.Session(source=RolesAnywhere(…))`; in a profile it is a `credential_process`",
    renews="AWS's `aws_signing_helper`, with an X.509 certificate",
    ends="the certificate's `notAfter`",
    extend="have the certificate renewed in place",
)

# Never found by looking: a profile runs the helper as a credential_process.
CHAIN: Mapping[int, Any] = {}
