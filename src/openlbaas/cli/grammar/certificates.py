"""Certificates of listeners, as they can be typed: keys are only ever read from files."""

from __future__ import annotations

from openlbaas.cli.grammar.model import Given, Option, Resource, Style, filters, text
from openlbaas.client import lbaas

_FILES = ("certificate", "private_key", "intermediates", "passphrase", "pkcs12")


def _files_fit(given: Given, _style: Style) -> str:
    """What is missing of a certificate, or too much, as a sentence."""
    if "pkcs12" in given:
        surplus = next((name for name in ("certificate", "private_key") if name in given), "")
        return f"--{surplus.replace('_', '-')} does not go with --pkcs12, which holds both." if surplus else ""
    if "certificate" not in given or "private_key" not in given:
        return "A certificate is --certificate FILE with --private-key FILE, or --pkcs12 FILE."
    return ""


def _replacement_fits(given: Given, style: Style) -> str:
    """The same of a replacement, which is only one when any file is given."""
    return _files_fit(given, style) if any(name in given for name in _FILES) else ""


def _options() -> tuple[Option, ...]:
    return (
        text("name", "Name of the certificate."),
        text("description", "Description of the certificate."),
        text(
            "certificate",
            "PEM file with the certificate; intermediate certificates may follow it.",
            kind="file",
            metavar="FILE",
        ),
        text("private_key", "PEM file with its private key.", kind="file", metavar="FILE"),
        text(
            "intermediates",
            "PEM file with the certificates between it and a root, in any order.",
            kind="file",
            metavar="FILE",
        ),
        text(
            "pkcs12",
            "PKCS#12 file with certificate, private key and intermediates, instead of the PEM files.",
            kind="binary_file",
            metavar="FILE",
        ),
        text(
            "passphrase",
            "File with the passphrase of the private key or of the PKCS#12 file.",
            spelling="--passphrase-file",
            kind="file",
            metavar="FILE",
        ),
    )


CERTIFICATE = Resource(
    lbaas.CERTIFICATES,
    neutron="lbaas-certificate",
    modern="loadbalancer certificate",
    reported="certificate",
    title="certificate",
    article="a",
    label="CERTIFICATE",
    columns=("id", "name", "subject", "not_after", "expires_in_days"),
    create=_options(),
    update=_options(),
    filters=filters("name", "subject", "issuer", "fingerprint"),
    check=_files_fit,
    update_check=_replacement_fits,
)
