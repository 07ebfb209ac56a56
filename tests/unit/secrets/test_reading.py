"""Uploads: what is taken becomes a bundle that OpenSSL reads, and what is not says why."""

import hashlib
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from openlbaas.domain.certificates import Contents, Material
from openlbaas.secrets.interface import Unreadable
from openlbaas.secrets.reading import LONGEST_BUNDLE, contents
from pki import FAR_AWAY, Made, ec_key, issued, name, rsa_key


def pem(made: Made, *others: Made, key: str = "", passphrase: str = "") -> Material:
    """Put a certificate into PEM, its intermediates beside it."""
    chain = "".join(other.pem for other in others)
    return Material(certificate=made.pem, private_key=key or made.key_pem, intermediates=chain, passphrase=passphrase)


def refused(material: Material) -> str:
    """Name why an upload is not taken."""
    with pytest.raises(Unreadable) as caught:
        contents(material)
    return str(caught.value)


def in_order(found: Contents) -> list[str]:
    """Name the subjects of a bundle in order."""
    certificates = x509.load_pem_x509_certificates(found.bundle)
    return [one.subject.rfc4514_string().removeprefix("CN=") for one in certificates]


@pytest.fixture(scope="module")
def chain() -> tuple[Made, Made, Made, Made]:
    """A leaf, two intermediates and a root, in this order."""
    root = issued("Root", authority=True)
    upper = issued("Upper", root, authority=True)
    lower = issued("Lower", upper, authority=True)
    return (
        issued("www.example.com", lower, hosts=("www.example.com", "*.example.com", "2001:db8::1")),
        lower,
        upper,
        root,
    )


KEYS: dict[str, CertificateIssuerPrivateKeyTypes] = {
    "RSA 2048": rsa_key(),
    "EC P-256": ec_key(),
    "EC P-384": ec.generate_private_key(ec.SECP384R1()),
    "EC P-521": ec.generate_private_key(ec.SECP521R1()),
}


@pytest.mark.parametrize("key_type", KEYS)
def test_a_bundle_is_what_openssl_loads(key_type: str, tmp_path: Path) -> None:
    found = contents(pem(issued("www.example.com", key=KEYS[key_type])))
    path = tmp_path / "bundle.pem"
    path.write_bytes(found.bundle)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
    assert found.key_type == key_type
    assert found.fingerprint == hashlib.sha256(found.bundle).hexdigest()
    assert found.not_after == FAR_AWAY.timestamp()
    assert b"\n\n" not in found.bundle
    assert b"\r" not in found.bundle


def test_ed25519_is_taken() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(name("e")).issuer_name(name("e")).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(FAR_AWAY.replace(year=2000)).not_valid_after(FAR_AWAY)
    assert contents(pem(Made(builder.sign(key, None), key))).key_type == "Ed25519"


def test_a_certificate_is_told_of(chain: tuple[Made, ...]) -> None:
    found = contents(pem(*chain))
    assert found.subject == "www.example.com"
    assert found.alternative_names == ("www.example.com", "*.example.com", "2001:db8::1")
    assert found.issuer == "Lower"
    assert "PRIVATE" not in repr(found)


def test_intermediates_are_put_in_order(chain: tuple[Made, ...]) -> None:
    leaf, lower, upper, root = chain
    expected = ["www.example.com", "Lower", "Upper", "Root"]
    assert in_order(contents(pem(leaf, root, upper, lower))) == expected
    assert in_order(contents(pem(leaf, lower, leaf, upper, lower))) == expected[:3]
    whole = Material(certificate=leaf.pem + lower.pem + upper.pem, private_key=leaf.key_pem, intermediates=root.pem)
    assert in_order(contents(whole)) == expected
    assert in_order(contents(pem(leaf))) == expected[:1]


def test_what_stands_around_pem_does_not_matter(chain: tuple[Made, ...]) -> None:
    leaf, lower, *_ = chain
    chatty = f"subject=CN = x\r\n\r\n{leaf.pem}\r\n".replace("\n", "\r\n")
    found = contents(Material(certificate=chatty, private_key=f"\n\n{leaf.key_pem}", intermediates=lower.pem))
    assert found.bundle == contents(pem(leaf, lower)).bundle


@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_of_any_format_becomes_pkcs8(kind: PrivateFormat) -> None:
    made = issued("a", key=rsa_key())
    key = made.key.private_bytes(Encoding.PEM, kind, NoEncryption()).decode()
    assert contents(pem(made, key=key)).bundle == contents(pem(made)).bundle


def test_an_encrypted_key_is_opened() -> None:
    made = issued("a")
    assert contents(pem(made, key=made.locked("Öffne"), passphrase="Öffne")).bundle == contents(pem(made)).bundle


def test_a_passphrase_that_nobody_needs_does_no_harm() -> None:
    made = issued("a")
    assert contents(pem(made, passphrase="x")).bundle == contents(pem(made)).bundle


@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_pkcs12_is_taken_with_its_chain(chain: tuple[Made, ...], passphrase: str) -> None:
    leaf, lower, upper, root = chain
    file = Material(pkcs12=leaf.pkcs12(passphrase, upper, lower), passphrase=passphrase, intermediates=root.pem)
    assert contents(file).bundle == contents(pem(*chain)).bundle


def test_pkcs12_of_old_programs_is_taken() -> None:
    made = issued("a")
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(b"x")
    )
    file = pkcs12.serialize_key_and_certificates(b"", made.key, made.certificate, None, encryption)  # type: ignore[arg-type]
    assert contents(Material(pkcs12=file, passphrase="x")).bundle == contents(pem(made)).bundle


def test_what_is_wrong_with_a_key_is_told(chain: tuple[Made, ...]) -> None:
    leaf = chain[0]
    assert refused(pem(leaf, key=issued("b").key_pem)) == "Key and x509 certificate do not match"
    assert refused(pem(leaf, key=leaf.locked("x"))) == (
        "Passphrase needed to decrypt key but client did not provide one."
    )
    wrong = "The private key can't be decrypted with this passphrase"
    assert refused(pem(leaf, key=leaf.locked("x"), passphrase="y")) == wrong
    assert refused(pem(leaf, key=leaf.pem)) == "Could not read the private key from PEM"
    assert refused(pem(leaf, key="nonsense", passphrase="x")) == "Could not read the private key from PEM"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa_key(1024), "An RSA key of 1024 bits is not taken, only of 2048 to 4096"),
        (ec.generate_private_key(ec.SECP256K1()), "the curve secp256k1 is not taken"),
        (dsa.generate_private_key(2048), "Keys of this type are not taken"),
    ],
)
def test_keys_that_clients_refuse_are_refused(key: CertificateIssuerPrivateKeyTypes, told: str) -> None:
    assert told in refused(pem(issued("a", key=key)))


def test_what_is_no_certificate_is_told(chain: tuple[Made, ...]) -> None:
    leaf = chain[0]
    for text in ("", "hello", leaf.key_pem, leaf.pem.replace("M", "!"), leaf.pem[:200]):
        assert refused(Material(certificate=text, private_key=leaf.key_pem)) == "Could not read X509 from PEM"
    told = refused(Material(certificate=leaf.pem, private_key=leaf.key_pem, intermediates="hello"))
    assert told == "Could not read X509 from PEM of the intermediates"


def test_a_stranger_in_the_chain_is_named(chain: tuple[Made, ...]) -> None:
    leaf, lower, upper, _ = chain
    told = "The intermediate certificate 'Upper' did not sign 'www.example.com', whose issuer is 'Lower'"
    assert refused(pem(leaf, upper)) == told
    impostor = issued("Lower", upper, authority=True)
    assert "'Lower' did not sign 'www.example.com'" in refused(pem(leaf, impostor))
    leaf_of_leaf = issued("c", leaf)
    assert "'www.example.com' did not sign 'c'" in refused(pem(leaf_of_leaf, leaf))
    assert in_order(contents(pem(leaf, lower))) == ["www.example.com", "Lower"]


def test_a_certificate_of_a_client_is_refused() -> None:
    assert "lacks serverAuth" in refused(pem(issued("user", client_only=True)))


def test_what_is_no_pkcs12_is_told() -> None:
    made = issued("a")
    locked = made.pkcs12("x")
    assert refused(Material(pkcs12=locked)) == "Could not read PKCS#12 with no passphrase"
    assert refused(Material(pkcs12=locked, passphrase="y")) == "Could not read PKCS#12 with this passphrase"
    assert refused(Material(pkcs12=b"hello")) == "Could not read PKCS#12 with no passphrase"
    bare = pkcs12.serialize_key_and_certificates(b"", None, made.certificate, None, NoEncryption())
    assert refused(Material(pkcs12=bare)) in (
        "The PKCS#12 file has no certificate",
        "The PKCS#12 file has no private key",
    )


def test_names_do_no_harm_to_terminals() -> None:
    found = contents(pem(issued("a\x1b[31m\nb")))
    assert found.subject == "a?[31m?b"
    assert found.issuer == found.subject


def test_a_bundle_that_haproxy_could_not_take_is_refused() -> None:
    hosts = tuple(f"host-{number}.example.com" for number in range(1000))
    assert refused(pem(issued("a", hosts=hosts))) == f"With its chain it is longer than {LONGEST_BUNDLE} bytes"


def test_a_signature_that_nobody_believes_is_refused(tmp_path: Path) -> None:
    root, leaf = issued("Root", authority=True), issued("a")
    (tmp_path / "root.crt").write_text(root.pem)
    (tmp_path / "root.key").write_text(root.key_pem)
    (tmp_path / "leaf.key").write_text(leaf.key_pem)
    (tmp_path / "none.cnf").write_text("[req]\ndistinguished_name = names\n[names]\n")
    given = ("-subj", "/CN=www", "-key", "leaf.key", "-CA", "root.crt", "-CAkey", "root.key")
    request = ["openssl", "req", "-config", "none.cnf", "-new", "-x509", "-sha1", "-days", "2", *given]
    signed = subprocess.run(request, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    told = refused(Material(certificate=signed, private_key=leaf.key_pem))
    assert told == "'www' is signed with SHA1, which is too weak"
