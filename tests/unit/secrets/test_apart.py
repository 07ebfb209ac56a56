"""Uploads are read by a process of their own, which a stranger can't keep."""

import sys
from base64 import encodebytes
from pathlib import Path

import pytest

from openlbaas.domain.certificate_errors import CertificateUnreadable
from openlbaas.domain.certificates import Material
from openlbaas.secrets import apart, reading
from openlbaas.secrets.interface import ReaderFailed, Unreadable
from openlbaas.secrets.local import Local
from pki import issued

PBES2, PBKDF2 = bytes.fromhex("06092a864886f70d01050d"), bytes.fromhex("06092a864886f70d01050c")
HMAC_SHA256, AES_256_CBC = bytes.fromhex("06082a864886f70d0209"), bytes.fromhex("060960864801650304012a")


def der(tag: int, *parts: bytes) -> bytes:
    """Put parts into one element of DER."""
    content = b"".join(parts)
    assert len(content) < 256
    return bytes([tag, *([0x81] if len(content) > 127 else []), len(content)]) + content


def stretched(rounds: int) -> str:
    """A key whose passphrase must be hashed so often before anybody can tell that it is none."""
    count = rounds.to_bytes(4, "big")
    derived = der(0x30, PBKDF2, der(0x30, der(4, bytes(16)), der(2, count), der(0x30, HMAC_SHA256, der(5))))
    algorithm = der(0x30, PBES2, der(0x30, derived, der(0x30, AES_256_CBC, der(4, bytes(16)))))
    text = encodebytes(der(0x30, algorithm, der(4, bytes(64)))).decode()
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{text}-----END ENCRYPTED PRIVATE KEY-----\n"


def test_the_answer_is_the_same() -> None:
    made = issued("www.example.com", hosts=("www.example.com",))
    material = Material(certificate=made.pem, private_key=made.locked("ö"), passphrase="ö")
    assert apart.contents(material) == reading.contents(material)
    file = Material(pkcs12=made.pkcs12("x"), passphrase="x")
    assert apart.contents(file) == reading.contents(file)


def test_what_is_wrong_is_the_same() -> None:
    with pytest.raises(Unreadable, match="Could not read X509 from PEM"):
        apart.contents(Material(certificate="x", private_key="y"))
    wrong = Material(certificate=issued("a").pem, private_key=stretched(0x01000000 // 16), passphrase="x")
    with pytest.raises(Unreadable, match="can't be decrypted"):
        apart.contents(wrong)


def test_a_passphrase_that_is_stretched_for_hours_ends_its_reader() -> None:
    endless = Material(certificate=issued("a").pem, private_key=stretched(0x7FFFFFFF), passphrase="x")
    with pytest.raises(Unreadable, match="takes too long to read"):
        apart.contents(endless, cpu_s=1)


def test_a_reader_that_fails_is_not_the_uploads_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material = Material(certificate="x", private_key="y")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(ReaderFailed, match="can't be started: No such file"):
        apart.contents(material)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ReaderFailed, match="ended with status 1"):
        apart.contents(material)
    with pytest.raises(CertificateUnreadable, match="at this moment"):
        Local(tmp_path / "certificates.key").read("web", material)
