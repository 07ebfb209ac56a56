"""Certificates that listeners end TLS with: what is known of one, and what a caller can do with them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from openlbaas.domain.certificate_errors import CertificateInvalid
from openlbaas.domain.commands import UNSET, Unset

DAY_S = 86400.0
WARNED_DAYS = (30, 7, 1, 0)
"""How many days before its end a certificate is spoken of; 0 is its end."""

_UNNAMED = "without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a caller uploads: PEM texts, or one PKCS#12 file.

    Shape: pkcs12 is given and then neither certificate nor private_key, or both of these are; none of it is ever
    shown, not even by repr.
    """

    certificate: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    intermediates: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    pkcs12: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a material turned out to be.

    Shape: bundle is the leaf, its intermediates in order and the key as PKCS#8, in PEM without an empty line;
    fingerprint is the SHA-256 of it in hex.
    Units: not_before and not_after are seconds since the epoch, UTC.
    """

    subject: str
    alternative_names: tuple[str, ...]
    issuer: str
    not_before: float
    not_after: float
    fingerprint: str
    key_type: str
    bundle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate, without its key.

    Shape: subject and issuer are common names, or whole names where there is none; key_type as in "RSA 2048" or
    "EC P-256"; warned_days is the last of :data:`WARNED_DAYS` that was spoken of, None before the first.
    Units: created_at, not_before and not_after are seconds since the epoch, UTC.
    """

    id: str
    project_id: str
    name: str
    description: str
    subject: str
    alternative_names: tuple[str, ...]
    issuer: str
    not_before: float
    not_after: float
    fingerprint: str
    key_type: str
    created_at: float
    warned_days: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate with the listeners that refer to it.

    Units: expires_in_days are whole days, negative once it has expired.
    """

    object: Certificate
    listener_ids: tuple[str, ...]
    expires_in_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCertificate:
    """Keep a certificate with its key."""

    project_id: str
    material: Material
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCertificate:
    """Rename a certificate, or replace it: every listener that refers to it uses the new one."""

    id: str
    material: Material | Unset = UNSET
    name: str | Unset = UNSET
    description: str | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteCertificate:
    """Forget a certificate that no listener refers to."""

    id: str


CertificateCommand = CreateCertificate | UpdateCertificate | DeleteCertificate


def certificate_id(ref: str) -> str:
    """Name the certificate that a listener's reference means: its id, or the end of a URI."""
    return ref.rsplit("/", 1)[-1]


def called(command: CreateCertificate | UpdateCertificate) -> str:
    """Name what is being uploaded as whoever uploads it would."""
    if isinstance(command, UpdateCertificate):
        return command.id
    return command.name or _UNNAMED


def check_dates(ref: str, contents: Contents, *, now: float) -> None:
    """Refuse a certificate that no client would take any more; one for later is welcome.

    Raises: CertificateInvalid.
    """
    if contents.not_after <= now:
        raise CertificateInvalid(ref, f"It expired on {datetime.fromtimestamp(contents.not_after, UTC):%Y-%m-%d}")


def days_left(not_after: float, *, now: float) -> int:
    """Count the whole days until a certificate expires."""
    return int((not_after - now) // DAY_S)


def due_warning(certificate: Certificate, *, now: float) -> int | None:
    """Name the warning that a certificate should have had by now and has not: one of :data:`WARNED_DAYS`."""
    passed = [days for days in WARNED_DAYS if certificate.not_after - now <= days * DAY_S]
    if not passed or (certificate.warned_days is not None and certificate.warned_days <= min(passed)):
        return None
    return min(passed)
