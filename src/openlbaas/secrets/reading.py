"""From what a caller uploads to a bundle that HAProxy can use, or to what is wrong with it.

Reading strangers' keys can take as long as the stranger likes (a passphrase may be stretched a billion times), so it
is done by a process of its own: :mod:`openlbaas.secrets.apart`.

Source: the reasons are those of the original where it had any; sizes and curves are what HAProxy 2.6 with OpenSSL 3
        takes at its usual security level.
"""

import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openlbaas.domain.certificates import Contents, Material
from openlbaas.secrets.interface import Unreadable

LONGEST_BUNDLE = 24 * 1024
"""Bytes of a bundle: HAProxy takes no more than 32 KiB over its socket, and MariaDB's text holds 64."""

_SMALLEST_RSA = 2048
_LARGEST_RSA = 4096
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_WEAK_HASHES = frozenset({"md5", "sha1"})
_LONGEST_NAME = 255


def contents(material: Material) -> Contents:
    """Read an upload.

    Raises: Unreadable.
    """
    try:
        leaf, others, key = _pkcs12(material) if material.pkcs12 else _pem(material)
        key_type = _key_type(leaf.public_key())
        _check_leaf(leaf, key)
        chain = _chain(leaf, [*others, *_certificates(material.intermediates, "the intermediates")])
        bundle = _bundle(leaf, chain, key)
        if len(bundle) > LONGEST_BUNDLE:
            raise Unreadable(f"With its chain it is longer than {LONGEST_BUNDLE} bytes")
        return Contents(
            subject=_spelt(leaf.subject),
            alternative_names=_alternative_names(leaf),
            issuer=_spelt(leaf.issuer),
            not_before=leaf.not_valid_before_utc.timestamp(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            fingerprint=hashlib.sha256(bundle).hexdigest(),
            key_type=key_type,
            bundle=bundle,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        # Odd parts of a certificate are only looked at, and only fail, when they are asked for.
        raise Unreadable("It has a part that can't be understood") from None


def _pem(material: Material) -> tuple[x509.Certificate, list[x509.Certificate], PrivateKeyTypes]:
    found = _certificates(material.certificate, "the certificate")
    if not found:
        raise Unreadable("Could not read X509 from PEM")
    # Before the key is read, since a large one takes long.
    _key_type(found[0].public_key())
    return found[0], found[1:], _key(material)


def _certificates(pem: str, what: str) -> list[x509.Certificate]:
    if not pem.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        where = "" if what == "the certificate" else f" of {what}"
        raise Unreadable(f"Could not read X509 from PEM{where}") from None


def _key(material: Material) -> PrivateKeyTypes:
    pem, passphrase = material.private_key.encode(), material.passphrase.encode() or None
    try:
        return load_pem_private_key(pem, passphrase)
    except TypeError:
        if passphrase is None:
            raise Unreadable("Passphrase needed to decrypt key but client did not provide one.") from None
        return _key_without(pem)
    except (ValueError, UnsupportedAlgorithm):
        if passphrase is not None and b"ENCRYPTED" in pem:
            raise Unreadable("The private key can't be decrypted with this passphrase") from None
        raise Unreadable("Could not read the private key from PEM") from None


def _key_without(pem: bytes) -> PrivateKeyTypes:
    """Read a key that is not encrypted although a passphrase came with it."""
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unreadable("Could not read the private key from PEM") from None


def _pkcs12(material: Material) -> tuple[x509.Certificate, list[x509.Certificate], PrivateKeyTypes]:
    try:
        key, leaf, others = pkcs12.load_key_and_certificates(material.pkcs12, material.passphrase.encode() or None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        with_what = "this passphrase" if material.passphrase else "no passphrase"
        raise Unreadable(f"Could not read PKCS#12 with {with_what}") from None
    if leaf is None or key is None:
        missing = "certificate" if leaf is None else "private key"
        raise Unreadable(f"The PKCS#12 file has no {missing}")
    return leaf, list(others), key


def _check_leaf(leaf: x509.Certificate, key: PrivateKeyTypes) -> None:
    if _public(leaf.public_key()) != _public(key.public_key()):
        raise Unreadable("Key and x509 certificate do not match")
    _check_signature(leaf)
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(uses):
        raise Unreadable("It is not meant for servers: its extended key usage lacks serverAuth")


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_type(key: PublicKeyTypes) -> str:
    """Name the type of a key that clients accept.

    Raises: Unreadable.
    """
    match key:
        case rsa.RSAPublicKey():
            if not _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA:
                allowed = f"{_SMALLEST_RSA} to {_LARGEST_RSA}"
                raise Unreadable(f"An RSA key of {key.key_size} bits is not taken, only of {allowed}")
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            if key.curve.name not in _CURVES:
                raise Unreadable(f"A key on the curve {key.curve.name} is not taken, only on {_listed(_CURVES)}")
            return f"EC {_CURVES[key.curve.name]}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case _:
            raise Unreadable("Keys of this type are not taken, only RSA, EC and Ed25519")


def _listed(curves: dict[str, str]) -> str:
    return ", ".join(curves.values())


def _check_signature(certificate: x509.Certificate) -> None:
    """Refuse a signature that clients don't believe; nobody looks at the one of a root."""
    hashed = certificate.signature_hash_algorithm
    if hashed is not None and hashed.name in _WEAK_HASHES and certificate.subject != certificate.issuer:
        raise Unreadable(f"'{_spelt(certificate.subject)}' is signed with {hashed.name.upper()}, which is too weak")


def _chain(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Put intermediates in order, each the issuer of the one before, as far as they go.

    Raises: Unreadable when one belongs nowhere.
    """
    left = list(dict.fromkeys(one for one in others if one != leaf))
    chain: list[x509.Certificate] = []
    last = leaf
    while issuer := next((one for one in left if _issued(last, one)), None):
        left.remove(issuer)
        _check_signature(issuer)
        chain.append(issuer)
        last = issuer
    if left:
        raise Unreadable(
            f"The intermediate certificate '{_spelt(left[0].subject)}' did not sign '{_spelt(last.subject)}', "
            f"whose issuer is '{_spelt(last.issuer)}'"
        )
    return chain


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Tell whether one certificate of an authority signed another."""
    try:
        certificate.verify_directly_issued_by(by)
        return bool(by.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False


def _bundle(leaf: x509.Certificate, chain: Sequence[x509.Certificate], key: PrivateKeyTypes) -> bytes:
    certificates = b"".join(one.public_bytes(Encoding.PEM) for one in (leaf, *chain))
    return certificates + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _alternative_names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(_printable(name) for name in hosts)


def _spelt(name: x509.Name) -> str:
    """Spell a name: the common name if it has one."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = found[0].value if found else name.rfc4514_string()
    return _printable(text if isinstance(text, str) else text.hex())


def _printable(text: str) -> str:
    """Replace what would harm a terminal or a database, and end at what a column holds."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_LONGEST_NAME]
