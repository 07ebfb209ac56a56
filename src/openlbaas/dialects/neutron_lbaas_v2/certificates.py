"""Certificates on the wire: an extension of our own, since the original left them to other services."""

import base64
import binascii
from typing import Any

from openlbaas.dialects.fields import Field, Table, Unacceptable, invalid, shown
from openlbaas.dialects.neutron_core.rows import instant
from openlbaas.dialects.neutron_lbaas_v2.rows import DESCRIPTION, ID, NAME, TENANT_ID
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import Check
from openlbaas.domain.caller import Caller
from openlbaas.domain.certificates import (
    CertificateView,
    CreateCertificate,
    DeleteCertificate,
    Material,
    UpdateCertificate,
)
from openlbaas.domain.commands import UNSET
from openlbaas.domain.vocabulary import Kind

_LONGEST_PEM = 1 << 16
_LONGEST_PKCS12 = 1 << 17
_LONGEST_PASSPHRASE = 1024
_PARTS = ("certificate", "private_key", "intermediates", "passphrase", "pkcs12")


def _unshown(longest: int) -> Check:
    """Ask for a string, or null, and never repeat it: it may be a key."""

    def check(value: Any) -> str | None:
        if value is not None and (not isinstance(value, str) or "\x00" in value):
            return "It is not a valid string"
        if value is not None and len(value) > longest:
            return f"It exceeds maximum length of {longest}"
        return None

    return check


def _part(name: str, longest: int = _LONGEST_PEM) -> Field:
    return Field(name, name, check=_unshown(longest))


TABLE = Table(
    "certificate",
    "certificates",
    (
        ID,
        TENANT_ID,
        NAME,
        DESCRIPTION,
        _part("certificate"),
        _part("private_key"),
        _part("intermediates"),
        _part("passphrase", _LONGEST_PASSPHRASE),
        _part("pkcs12", _LONGEST_PKCS12),
        shown("subject"),
        shown("alternative_names"),
        shown("issuer"),
        shown("not_before"),
        shown("not_after"),
        shown("expires_in_days"),
        shown("fingerprint"),
        shown("key_type"),
        shown("listeners"),
        shown("created_at"),
    ),
)


def render(view: CertificateView, _caller: Caller) -> dict[str, Any]:
    """Show a certificate; its key is never shown."""
    certificate = view.object
    return {
        "id": certificate.id,
        "tenant_id": certificate.project_id,
        "name": certificate.name,
        "description": certificate.description,
        "subject": certificate.subject,
        "alternative_names": list(certificate.alternative_names),
        "issuer": certificate.issuer,
        "not_before": instant(certificate.not_before),
        "not_after": instant(certificate.not_after),
        "expires_in_days": view.expires_in_days,
        "fingerprint": certificate.fingerprint,
        "key_type": certificate.key_type,
        "listeners": [{"id": one} for one in view.listener_ids],
        "created_at": instant(certificate.created_at),
    }


def _material(values: dict[str, Any]) -> Material | None:
    """Take what is uploaded out of what a body says; None when nothing is.

    Raises: Unacceptable when it is not enough, or too much.
    """
    parts = {name: values.pop(name, None) or "" for name in _PARTS}
    if not any(parts.values()):
        return None
    if parts["pkcs12"]:
        if parts["certificate"] or parts["private_key"]:
            raise invalid("pkcs12", "It holds certificate and private key already, so neither can be given beside it")
        return Material(
            pkcs12=_decoded(parts["pkcs12"]), passphrase=parts["passphrase"], intermediates=parts["intermediates"]
        )
    for name in ("certificate", "private_key"):
        if not parts[name]:
            raise _missing(name)
    return Material(
        certificate=parts["certificate"],
        private_key=parts["private_key"],
        intermediates=parts["intermediates"],
        passphrase=parts["passphrase"],
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise invalid("pkcs12", "It is not base64") from None


def _missing(name: str) -> Unacceptable:
    return Unacceptable(f"Failed to parse request. Required attribute '{name}' not specified")


def _creation(objects: tuple[dict[str, Any], ...], _parent_id: str | None) -> CreateCertificate:
    values = dict(objects[0])
    material = _material(values)
    if material is None:
        raise _missing("certificate")
    return CreateCertificate(material=material, **values)


def _update(id_: str, _parent_id: str | None, values: dict[str, Any]) -> UpdateCertificate:
    words = dict(values)
    material = _material(words)
    return UpdateCertificate(id=id_, material=UNSET if material is None else material, **words)


CERTIFICATES = Resource(
    kind=Kind.CERTIFICATE,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - frozenset(_PARTS),
    find_by=lambda view: {"project_id": view.object.project_id},
    hidden=frozenset({"project_id"}),
    creation=_creation,
    update=_update,
    deletion=lambda id_, _parent_id: DeleteCertificate(id_),
)
