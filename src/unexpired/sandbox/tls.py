"""A certificate for one run of the sandbox.

Some clients only do over HTTPS what matters here: boto3 sends trailing checksums (and leaves bodies unsigned) over TLS
alone.
"""

from __future__ import annotations

import ipaddress
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_VALID = timedelta(days=2)
"""Either side of now: a client under an accelerated or skewed clock must still find it valid."""

_AUTHORITY_NAME = "unexpired sandbox authority"
_SERVER = "server.pem"


@dataclass(frozen=True)
class Certificate:
    """A certificate for loopback and the authority behind it, in a directory of their own.

    Two, because rustls (obstore, polars, deltalake) refuses a self-signed one that is authority and server at once.

    Attributes:
        path: The authority's certificate, PEM; clients trust it as a CA bundle.
    """

    path: Path

    @classmethod
    def make(cls, *, names: tuple[str, ...] = ()) -> Certificate:
        """Make both. Takes some milliseconds: the keys are elliptic-curve ones, not RSA.

        Args:
            names: DNS names that the server has beside loopback's (``*.amazonaws.com``, for a proxy in between).
        """
        # Not at the top: only HTTPS needs cryptography, and it is slow to import.
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        addresses: list[Any] = [x509.DNSName(name) for name in ("localhost", *names)]
        addresses.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        authority = _signed(_AUTHORITY_NAME, authority_key.public_key(), authority_key, None)
        server = _signed("unexpired sandbox", server_key.public_key(), authority_key, addresses)
        private = server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        directory = Path(tempfile.mkdtemp(prefix="unexpired-sandbox-"))
        (directory / _SERVER).write_bytes(private + server.public_bytes(serialization.Encoding.PEM))
        path = directory / "authority.pem"
        path.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        return cls(path)

    def server_context(self) -> ssl.SSLContext:
        """The context to serve with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path.parent / _SERVER)
        return context

    def remove(self) -> None:
        """Delete the files."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def _signed(
    name: str, key: ec.EllipticCurvePublicKey, signing: ec.EllipticCurvePrivateKey, addresses: list[Any] | None
) -> x509.Certificate:
    """A certificate of the authority: for a server at these addresses, or (None) for the authority itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    def called(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.OID_COMMON_NAME, common_name)])

    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(_AUTHORITY_NAME))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _VALID)
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=addresses is None, path_length=None), critical=True)
    )
    if addresses is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH]), critical=False)
    return builder.sign(signing, hashes.SHA256())
