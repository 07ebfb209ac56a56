"""How certificates are offered to a HAProxy that runs, and whether it took them."""

import base64
import hashlib

from openlbaas.haproxy import bundles

CONTENT = b"no real certificate" * 9
LINES = base64.encodebytes(CONTENT).decode()
BUNDLE = f"# mark\n\n-----BEGIN CERTIFICATE-----\n{LINES}-----END CERTIFICATE-----\n\n-----BEGIN X-----\ny\n-----END X-----\n"
PRINT = hashlib.sha1(CONTENT).hexdigest().upper()


def said(status: str = "Used", fingerprint: str = PRINT) -> str:
    return f"Filename: /f/c.pem\nStatus: {status}\nSerial: 1\nSHA1 FingerPrint: {fingerprint}\nSubject: /CN=x\n\n"


def test_a_payload_has_no_empty_line_and_ends_with_one() -> None:
    offered = bundles.offer("/f/c.pem", BUNDLE)
    # The line that carries the command over the socket ends it once more, which is the empty line.
    assert offered.startswith("set ssl cert /f/c.pem <<\n# mark\n-----BEGIN CERTIFICATE-----\n")
    assert "\n\n" not in offered
    assert f"{offered}\n".endswith("-----END X-----\n\n")


def test_a_certificate_is_told_by_its_content() -> None:
    assert bundles.holds(said(), BUNDLE)
    assert not bundles.holds(said(fingerprint="AB" * 20), BUNDLE)
    assert not bundles.holds(said(status="Unused"), BUNDLE)
    assert not bundles.holds("Can't display the certificate: Not found or the certificate is a bundle!\n", BUNDLE)
    assert not bundles.holds(said(), "nothing")
    assert not bundles.holds(said(), "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----")
