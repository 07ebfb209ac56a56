"""Certificates of a test's own authorities."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, drawn once: drawing is slow."""
    return _rsa_key(bits)


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """A key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Made:
    """A certificate with its key, and whoever issued it."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes
    issuer: "Made | None" = None
    chain: "list[Made]" = field(default_factory=list)

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The key, open."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def locked(self, passphrase: str) -> str:
        """The key, encrypted."""
        encryption = BestAvailableEncryption(passphrase.encode())
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()

    def pkcs12(self, passphrase: str = "", *others: "Made") -> bytes:
        """Certificate, key and others in one file."""
        encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        chain = [other.certificate for other in others]
        return pkcs12.serialize_key_and_certificates(b"x", self.key, self.certificate, chain, encryption)  # type: ignore[arg-type]


def name(common: str) -> x509.Name:
    """A name with nothing but a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def issued(
    common: str,
    by: Made | None = None,
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    hosts: tuple[str, ...] = (),
    authority: bool = False,
    begins: datetime = LONG_AGO,
    ends: datetime = FAR_AWAY,
    client_only: bool = False,
) -> Made:
    """Make a certificate, signed by another or by itself."""
    own = key or ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(by.certificate.subject if by else name(common))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False)
    if client_only:
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(uses, critical=False)
    return Made(builder.sign(by.key if by else own, hashes.SHA256()), own, by)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def days(count: float, *, after: float) -> datetime:
    """An instant so many days after another, in seconds since the epoch."""
    return datetime.fromtimestamp(after, UTC) + timedelta(days=count)
