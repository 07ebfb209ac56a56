"""Certificates in the product's own database, each sealed with the key of a file."""

import logging
from collections.abc import Callable
from pathlib import Path

from openlbaas.domain.certificate_errors import CertificateInvalid, CertificateUnreadable
from openlbaas.domain.certificates import Certificate, Contents, Material
from openlbaas.domain.selection import Selection
from openlbaas.sealing import SealBroken, opened, sealed
from openlbaas.secrets import apart
from openlbaas.secrets.interface import ReaderFailed, Unreadable
from openlbaas.secrets.key_file import KeyFile, KeyFileUnusable
from openlbaas.store.transaction import Transaction

_LOG = logging.getLogger("openlbaas.secrets")
_NO_READER = "It can't be read at this moment"
_UNUSABLE = "The key file of this server can't be used"
_OTHER_KEY = "It was stored with another key file than this server has"


class Local:
    """The secret store that needs no other service."""

    def __init__(self, key_file: Path, read: Callable[[Material], Contents] = apart.contents) -> None:
        """Seal with the key in this file, which is made with the first certificate."""
        self._key_file = KeyFile(key_file)
        self._read = read

    def read(self, ref: str, material: Material) -> Contents:
        """Read what a caller uploads.

        Raises: CertificateInvalid; CertificateUnreadable when that can't be tried.
        """
        try:
            return self._read(material)
        except Unreadable as unreadable:
            raise CertificateInvalid(ref, str(unreadable)) from None
        except ReaderFailed as failed:
            _LOG.error("no certificate can be read: %s", failed)
            raise CertificateUnreadable(ref, _NO_READER) from None

    def insert(self, transaction: Transaction, certificate: Certificate, contents: Contents) -> None:
        """Keep a certificate that is new.

        Raises: CertificateUnreadable when the key file can't be used.
        """
        # Without its file a server that has certificates must not draw another key: it could open none of them.
        first = not transaction.certificates.exist()
        transaction.certificates.insert(certificate, self._sealed(certificate, contents, first=first))

    def save(self, transaction: Transaction, certificate: Certificate, contents: Contents | None) -> None:
        """Write what changed of a certificate; contents is None when only words about it did.

        Raises: CertificateUnreadable when the key file can't be used.
        """
        text = None if contents is None else self._sealed(certificate, contents, first=False)
        transaction.certificates.save(certificate, text)

    def delete(self, transaction: Transaction, certificate_id: str) -> None:
        """Forget a certificate."""
        transaction.certificates.delete(certificate_id)

    def certificate(self, transaction: Transaction, certificate_id: str, *, lock: bool = False) -> Certificate:
        """Name one certificate; lock its row for the rest of the transaction.

        Raises: NotFound.
        """
        return transaction.certificates.certificate(certificate_id, lock=lock)

    def certificates(self, transaction: Transaction, selection: Selection) -> list[Certificate]:
        """List certificates, oldest first."""
        return transaction.certificates.certificates(selection)

    def bundle(self, transaction: Transaction, certificate: Certificate) -> bytes:
        """Open a certificate with its chain and key.

        Raises: CertificateUnreadable.
        """
        text = transaction.certificates.sealed(certificate.id)
        try:
            return opened(self._key_file.text(), text, certificate.id)
        except SealBroken:
            _LOG.error("certificate %s was stored with another key than %s has", certificate.id, self._key_file.path)
            raise CertificateUnreadable(certificate.id, _OTHER_KEY) from None
        except KeyFileUnusable as unusable:
            raise self._refused(certificate, unusable) from None

    def _sealed(self, certificate: Certificate, contents: Contents, *, first: bool) -> str:
        try:
            key = self._key_file.made() if first else self._key_file.text()
        except KeyFileUnusable as unusable:
            raise self._refused(certificate, unusable) from None
        return sealed(key, contents.bundle, certificate.id)

    def _refused(self, certificate: Certificate, unusable: KeyFileUnusable) -> CertificateUnreadable:
        """Tell the operator which file it is, and the caller only that there is one."""
        _LOG.error("%s", unusable)
        return CertificateUnreadable(certificate.id, _UNUSABLE)
