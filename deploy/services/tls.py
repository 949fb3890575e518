"""A private certificate authority, and server certificates good and bad for tests."""

import ipaddress
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.services.layout import Layout

GOOD_HOST = "127.0.0.1"
EXPIRED_HOST = "127.0.0.2"  # where servers show the certificate that has expired
WRONG_HOST = "127.0.0.3"  # where they show one for another name
VALID = timedelta(days=30)
RENEW_BEFORE = timedelta(days=2)

_making = threading.Lock()  # Dovecot and the SMTP sink are started side by side


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    """Everything a TLS server of the set may show, and the authority that clients shall trust."""

    authority: Path
    good: Pair
    expired: Pair
    wrong_host: Pair

    def by_host(self) -> dict[str, Pair]:
        """Return which certificate is shown on which loopback address."""
        return {GOOD_HOST: self.good, EXPIRED_HOST: self.expired, WRONG_HOST: self.wrong_host}


def certificates(layout: Layout) -> Certificates:
    """Return the set's certificates, making them where they are missing or about to expire."""
    folder = layout.folder("tls")
    folder.chmod(0o755)
    found = Certificates(folder / "ca.pem", _pair(folder, "good"), _pair(folder, "expired"), _pair(folder, "wrong"))
    with _making:
        if not _usable(found):
            _make(layout, found)
    return found


def _pair(folder: Path, name: str) -> Pair:
    return Pair(folder / f"{name}.pem", folder / f"{name}.key")


def _usable(found: Certificates) -> bool:
    # The good pair is written last, so with it everything is there.
    if not found.good.certificate.exists():
        return False
    certificate = x509.load_pem_x509_certificate(found.good.certificate.read_bytes())
    return certificate.not_valid_after_utc > datetime.now(UTC) + RENEW_BEFORE


def _make(layout: Layout, found: Certificates) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)
    authority = _Authority(now - 3 * day, now + VALID)
    layout.write(found.authority, authority.pem, 0o644)
    local = ["localhost", GOOD_HOST, EXPIRED_HOST]
    authority.issue(layout, found.expired, local, now - 2 * day, now - day)
    authority.issue(layout, found.wrong_host, ["mail.elsewhere.example"], now - day, now + VALID)
    authority.issue(layout, found.good, local, now - day, now + VALID)


class _Authority:
    """A certificate authority whose key is thrown away after use."""

    def __init__(self, begin: datetime, end: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Postroom test authority")])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            _builder(self._name, self._name, self._key.public_key(), begin, end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        )
        self.pem = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, layout: Layout, pair: Pair, names: list[str], begin: datetime, end: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            _builder(subject, self._name, key.public_key(), begin, end)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(issuer_key, critical=False)
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signed = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        layout.write(pair.key, private.decode())
        layout.write(pair.certificate, signed.decode(), 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
