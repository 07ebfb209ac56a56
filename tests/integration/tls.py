"""Certificates, clients and servers that speak TLS, for tests of the data plane."""

import socket
import ssl
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netns_host import LONGEST_S, Web, inside

from openlbaas.desired.spec import CertificateSpec
from openlbaas.sealing import sealed

SECRET = "a secret of this test's cloud"
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS, _HEADERS, _END = 4, 1, 5
_OK = 0x88
"""How HTTP/2 writes ":status: 200"."""


def bundle(*names: str) -> str:
    """Make a certificate for host names, with its key."""
    with tempfile.TemporaryDirectory() as folder:
        alternatives = ",".join(f"DNS:{name}" for name in names)
        words = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        more = (
            "-subj",
            f"/CN={names[0]}",
            "-addext",
            f"subjectAltName={alternatives}",
            "-keyout",
            "key",
            "-out",
            "crt",
        )
        subprocess.run(["openssl", *words, *more], cwd=folder, check=True, capture_output=True)
        return (Path(folder) / "crt").read_text() + (Path(folder) / "key").read_text()


def leaf(made: str) -> bytes:
    """Name the certificate of a bundle as a client sees it."""
    return ssl.PEM_cert_to_DER_cert(made[: made.index("-----BEGIN PRIVATE")])


def certificate(id_: str, made: str, fingerprint: str = "1") -> CertificateSpec:
    """Describe a certificate as a server does."""
    return CertificateSpec(id=id_, fingerprint=fingerprint, sealed=sealed(SECRET, made.encode(), id_))


def client(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    """Make a client that trusts anyone and offers some versions."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest
    return context


@contextmanager
def connected(
    namespace: str,
    address: str,
    name: str | None = None,
    versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    offers: tuple[str, ...] = (),
) -> Iterator[ssl.SSLSocket]:
    """Connect over TLS.

    Raises: ssl.SSLError.
    """
    context = client(*versions)
    if offers:
        context.set_alpn_protocols(list(offers))
    plain = inside(namespace, lambda: socket.create_connection((address, 443), LONGEST_S))
    with plain, context.wrap_socket(plain, server_hostname=name) as line:
        yield line


def shown(namespace: str, address: str, name: str | None = None) -> bytes | None:
    """Name the certificate that is shown for a host name."""
    with connected(namespace, address, name) as line:
        return line.getpeercert(binary_form=True)


def ask(line: ssl.SSLSocket, host: str = "lb.example") -> str:
    """Ask in HTTP/1.1 and name the whole answer."""
    line.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    return b"".join(iter(lambda: line.recv(4096), b"")).decode()


def ask_in_http2(line: ssl.SSLSocket) -> bool:
    """Ask in HTTP/2 and tell whether all was well.

    Source: RFC 9113 for frames; RFC 7541, appendix A, for the fields by number.
    """
    fields = b"\x82\x84\x87" + b"\x01\x0alb.example"
    line.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b"") + _frame(_HEADERS, _END, 1, fields))
    while True:
        head = _read(line, 9)
        content = _read(line, int.from_bytes(head[:3], "big"))
        if head[3] == _HEADERS:
            return content[0] == _OK


def _frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return len(content).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + content


def _read(line: ssl.SSLSocket, wanted: int) -> bytes:
    found = b""
    while len(found) < wanted:
        piece = line.recv(wanted - len(found))
        assert piece, "the line ended"
        found += piece
    return found


class SecureWeb(Web):
    """A web server that speaks TLS only."""

    def __init__(self, name: str, namespace: str, address: str, port: int = 443) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(bundle(name))
            file.flush()
            self._context.load_cert_chain(file.name)
        super().__init__(name, namespace, address, port)

    def get_request(self) -> tuple[Any, Any]:
        """Take a connection; it shakes hands when it is read first, in a thread of its own."""
        plain, where = super().get_request()
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), where
