"""Content that only the holder of a secret can open, for keys that are stored or sent.

The same content under the same name and secret always becomes the same text, so that a spec whose certificates have
not changed keeps its digest; what an onlooker learns is only that two texts are equal.

Source: AES-SIV (RFC 5297) takes no nonce that could repeat; HKDF (RFC 5869) makes its key of a secret of any length.
"""

import base64
import binascii

_PURPOSE = b"openlbaas sealing 1"
_KEY_BYTES = 64


class SealBroken(Exception):
    """A sealed text was made with another secret, for another name, or is damaged."""


def sealed(secret: str, content: bytes, name: str) -> str:
    """Seal content under a name, in base64.

    Shape:  content is not empty; whoever opens it must give the same name, so that no seal passes for another's.
    Raises: ValueError when secret or content is empty.
    """
    if not secret or not content:
        message = "neither secret nor content of a seal may be empty"
        raise ValueError(message)
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # slow to import, and most processes never seal

    return base64.b64encode(AESSIV(_key(secret)).encrypt(content, [name.encode()])).decode()


def opened(secret: str, sealed: str, name: str) -> bytes:
    """Open what was sealed under a name.

    Raises: SealBroken.
    """
    from cryptography.exceptions import InvalidTag  # slow to import, and most processes never open a seal
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    try:
        return AESSIV(_key(secret)).decrypt(base64.b64decode(sealed, validate=True), [name.encode()])
    except (InvalidTag, binascii.Error, ValueError):
        message = f"what is sealed as {name!r} can't be opened with this secret"
        raise SealBroken(message) from None


def _key(secret: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # slow to import, and most processes never seal
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret.encode())
