"""Bundles of certificate, chain and key as HAProxy takes them over its stats socket, and says what it has."""

import binascii
import hashlib
import re

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_FINGERPRINT = re.compile(r"^SHA1 FingerPrint: ([0-9A-F]+)\s*$", re.MULTILINE)


def offer(path: str, bundle: str) -> str:
    """Write the command that offers a bundle.

    Source: HAProxy 2.6 management guide: a payload ends at the first empty line, and what follows is another command.
    """
    lines = [line.strip() for line in bundle.splitlines() if line.strip()]
    return "\n".join([f"set ssl cert {path} <<", *lines, ""])


def holds(answer: str, bundle: str) -> bool:
    """Tell from the answer to ``show ssl cert`` whether HAProxy uses the certificate of a bundle."""
    said = _FINGERPRINT.search(answer)
    own = _CERTIFICATE.search(bundle)
    if said is None or own is None or "\nStatus: Used" not in f"\n{answer}":
        return False
    try:
        content = binascii.a2b_base64(own[1])
    except binascii.Error:
        return False
    return hashlib.sha1(content, usedforsecurity=False).hexdigest().upper() == said[1]
