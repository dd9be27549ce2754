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

_VALID = timedelta(days=2)
"""Either side of now: a client under an accelerated or skewed clock must still find it valid."""


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for loopback, in a directory of its own.

    Attributes:
        path: The certificate, PEM; clients trust it as a CA bundle.
    """

    path: Path

    @classmethod
    def make(cls) -> Certificate:
        """Make one. Takes a millisecond: an elliptic-curve key, not RSA."""
        # Not at the top: only HTTPS needs cryptography, and it is slow to import.
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "unexpired sandbox")])
        now = datetime.now(timezone.utc)
        addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _VALID)
            .not_valid_after(now + _VALID)
            .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        directory = Path(tempfile.mkdtemp(prefix="unexpired-sandbox-"))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (directory / "key.pem").write_bytes(private)
        path = directory / "certificate.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(path)

    def server_context(self) -> ssl.SSLContext:
        """The context to serve with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.path.parent / "key.pem")
        return context

    def remove(self) -> None:
        """Delete the files."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
