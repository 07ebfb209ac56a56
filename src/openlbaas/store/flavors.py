"""Flavors and service profiles, and which flavor has which."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.errors import NotFound
from openlbaas.domain.flavors import Flavor, ServiceProfile
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import tables as t


class Flavors:
    """Reads and writes of flavors and service profiles in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def flavors(self, selection: Selection) -> list[Flavor]:
        """List flavors, oldest first."""
        rows = self._rows(t.flavors, selection)
        bound = self._bound([row.id for row in rows])
        return [
            Flavor(
                id=row.id,
                name=row.name,
                description=row.description,
                service_type=row.service_type,
                enabled=row.enabled,
                profile_ids=tuple(bound.get(row.id, ())),
                created_at=row.created_at,
            )
            for row in rows
        ]

    def flavor(self, flavor_id: str) -> Flavor:
        """Name one flavor.

        Raises: NotFound.
        """
        found = self.flavors(Selection(ids=(flavor_id,)))
        if not found:
            raise NotFound(Kind.FLAVOR, flavor_id)
        return found[0]

    def profiles(self, selection: Selection) -> list[ServiceProfile]:
        """List service profiles, oldest first."""
        return [
            ServiceProfile(
                id=row.id,
                description=row.description,
                driver=row.driver,
                metainfo=row.metainfo,
                enabled=row.enabled,
                created_at=row.created_at,
            )
            for row in self._rows(t.serviceprofiles, selection)
        ]

    def profile(self, profile_id: str) -> ServiceProfile:
        """Name one service profile.

        Raises: NotFound.
        """
        found = self.profiles(Selection(ids=(profile_id,)))
        if not found:
            raise NotFound(Kind.SERVICE_PROFILE, profile_id)
        return found[0]

    def insert(self, kind: Kind, values: dict[str, Any]) -> None:
        """Write a flavor or a service profile that is new."""
        self._connection.execute(sa.insert(_TABLES[kind]), values)

    def change(self, kind: Kind, id: str, values: dict[str, Any]) -> None:  # noqa: A002 - the field's own word
        """Set columns of a flavor or a service profile."""
        table = _TABLES[kind]
        if values:
            self._connection.execute(sa.update(table).where(table.c.id == id).values(values))

    def delete(self, kind: Kind, id: str) -> None:  # noqa: A002 - the field's own word
        """Remove a flavor or a service profile, and what binds it."""
        column = t.flavorbindings.c.flavor_id if kind is Kind.FLAVOR else t.flavorbindings.c.service_profile_id
        self._connection.execute(sa.delete(t.flavorbindings).where(column == id))
        self._connection.execute(sa.delete(_TABLES[kind]).where(_TABLES[kind].c.id == id))

    def bind(self, flavor_id: str, profile_ids: Sequence[str]) -> None:
        """Give a flavor these service profiles instead of those that it has."""
        self._connection.execute(sa.delete(t.flavorbindings).where(t.flavorbindings.c.flavor_id == flavor_id))
        new = [{"flavor_id": flavor_id, "service_profile_id": id_} for id_ in dict.fromkeys(profile_ids)]
        if new:
            self._connection.execute(sa.insert(t.flavorbindings), new)

    def having(self, profile_id: str) -> list[str]:
        """List the flavors that have a service profile."""
        table = t.flavorbindings
        select = sa.select(table.c.flavor_id).where(table.c.service_profile_id == profile_id)
        return list(self._connection.execute(select.order_by(table.c.flavor_id)).scalars())

    def balancers(self, flavor_id: str) -> list[str]:
        """List the load balancers of a flavor."""
        table = t.loadbalancers
        select = sa.select(table.c.id).where(table.c.flavor_id == flavor_id)
        return list(self._connection.execute(select.order_by(table.c.id)).scalars())

    def _rows(self, table: sa.Table, selection: Selection) -> Sequence[Any]:
        select = sa.select(table).order_by(table.c.created_at, table.c.id)
        if selection.ids is not None:
            select = select.where(table.c.id.in_(selection.ids))
        if selection.names is not None and "name" in table.c:
            select = select.where(table.c.name.in_(selection.names))
        return self._connection.execute(select).all()

    def _bound(self, flavor_ids: Sequence[str]) -> dict[str, list[str]]:
        if not flavor_ids:
            return {}
        bindings, profiles = t.flavorbindings, t.serviceprofiles
        select = (
            sa.select(bindings)
            .join(profiles, profiles.c.id == bindings.c.service_profile_id)
            .where(bindings.c.flavor_id.in_(flavor_ids))
            .order_by(profiles.c.created_at, profiles.c.id)
        )
        found: dict[str, list[str]] = {}
        for row in self._connection.execute(select):
            found.setdefault(row.flavor_id, []).append(row.service_profile_id)
        return found


_TABLES = {Kind.FLAVOR: t.flavors, Kind.SERVICE_PROFILE: t.serviceprofiles}
