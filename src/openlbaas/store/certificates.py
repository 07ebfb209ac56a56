"""Certificates, whose keys only the secret store can open, and who refers to them."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.certificates import Certificate, certificate_id
from openlbaas.domain.errors import NotFound
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import tables as t
from openlbaas.store.balancers import narrowed

_SEALED = "sealed"
_COLUMNS = [c for c in t.certificates.columns if c.name != _SEALED]
"""All but the sealed key, which is only read to be sent to a host."""


@dataclass(frozen=True, slots=True)
class User:
    """A listener that refers to a certificate, and its load balancer."""

    certificate_id: str
    listener_id: str
    load_balancer_id: str


class Certificates:
    """Reads and writes of certificates in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def certificate(self, certificate_id: str, *, lock: bool = False) -> Certificate:
        """Name one certificate; lock its row for the rest of the transaction.

        Raises: NotFound.
        """
        select = sa.select(*_COLUMNS).where(t.certificates.c.id == certificate_id)
        row = self._connection.execute(select.with_for_update() if lock else select).one_or_none()
        # Some databases find ids whatever their case; references are compared by their letters.
        if row is None or row.id != certificate_id:
            raise NotFound(Kind.CERTIFICATE, certificate_id)
        return _certificate(row)

    def certificates(self, selection: Selection) -> list[Certificate]:
        """List certificates, oldest first."""
        select = narrowed(sa.select(*_COLUMNS), t.certificates, selection)
        found = self._connection.execute(select.order_by(t.certificates.c.created_at, t.certificates.c.id))
        return [_certificate(row) for row in found]

    def exist(self) -> bool:
        """Tell whether there is any certificate."""
        return self._connection.execute(sa.select(t.certificates.c.id).limit(1)).first() is not None

    def sealed(self, certificate_id: str) -> str:
        """Read the sealed bundle of a certificate.

        Raises: NotFound.
        """
        select = sa.select(t.certificates.c.sealed).where(t.certificates.c.id == certificate_id)
        found = self._connection.execute(select).scalar_one_or_none()
        if found is None:
            raise NotFound(Kind.CERTIFICATE, certificate_id)
        return str(found)

    def insert(self, certificate: Certificate, sealed: str) -> None:
        """Write a certificate that is new."""
        self._connection.execute(sa.insert(t.certificates), _values(certificate) | {_SEALED: sealed})

    def save(self, certificate: Certificate, sealed: str | None) -> None:
        """Write a certificate that changed; its sealed bundle stays when none is given."""
        values = _values(certificate) if sealed is None else _values(certificate) | {_SEALED: sealed}
        self._connection.execute(sa.update(t.certificates).where(t.certificates.c.id == certificate.id), values)

    def delete(self, certificate_id: str) -> None:
        """Remove a certificate."""
        self._connection.execute(sa.delete(t.certificates).where(t.certificates.c.id == certificate_id))

    def users(self, wanted: str | None = None) -> list[User]:
        """List the listeners that refer to one certificate, or to any; what is being deleted refers to none."""
        table, sni = t.listeners, t.sni
        found: dict[User, None] = {}
        for column, joined in (
            (table.c.default_tls_container_id, table),
            (sni.c.tls_container_id, table.join(sni, sni.c.listener_id == table.c.id)),
        ):
            select = sa.select(column.label("ref"), table.c.id, table.c.loadbalancer_id).select_from(joined)
            select = select.where(table.c.deleted.is_(None), column.is_not(None))
            if wanted is not None:
                select = select.where((column == wanted) | column.like(f"%/{wanted}"))
            for row in self._connection.execute(select.order_by(table.c.created_at, table.c.id)):
                found[User(certificate_id(row.ref), row.id, row.loadbalancer_id)] = None
        return [user for user in found if wanted in (None, user.certificate_id)]

    def expiring(self, before: float, *, lock: bool = False) -> list[Certificate]:
        """List certificates that expire by an instant, in seconds since the epoch, and may still need a warning."""
        table = t.certificates
        unwarned = table.c.warned_days.is_(None) | (table.c.warned_days > 0)
        select = sa.select(*_COLUMNS).where(table.c.not_after <= before, unwarned).order_by(table.c.id)
        return [_certificate(row) for row in self._connection.execute(select.with_for_update() if lock else select)]

    def note_warned(self, certificate_id: str, days: int) -> None:
        """Remember which warning a certificate has had."""
        table = t.certificates
        self._connection.execute(sa.update(table).where(table.c.id == certificate_id).values(warned_days=days))


def _values(certificate: Certificate) -> dict[str, Any]:
    plain = {c.name: getattr(certificate, c.name) for c in _COLUMNS}
    return plain | {"alternative_names": list(certificate.alternative_names)}


def _certificate(row: Any) -> Certificate:
    plain = {c.name: getattr(row, c.name) for c in _COLUMNS}
    return Certificate(**plain | {"alternative_names": tuple(row.alternative_names)})
