"""Networks, subnets, ports and the addresses that are given out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.errors import NotFound
from openlbaas.domain.network import AllocationPool, FixedIp, HostRoute, Network, Port, Subnet
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import tables as t
from openlbaas.store.balancers import narrowed

_TABLES = {Kind.NETWORK: t.networks, Kind.SUBNET: t.subnets, Kind.PORT: t.ports}
_NETWORK = sa.select(t.networks).where(t.networks.c.id == sa.bindparam("one"))
_SUBNET = sa.select(t.subnets).where(t.subnets.c.id == sa.bindparam("one"))
_WIRING = (
    sa.select(t.ports, t.networks, t.subnets, t.ipallocations)
    .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
    .join_from(t.ports, t.networks, t.ports.c.network_id == t.networks.c.id)
    .join(t.ipallocations, t.ipallocations.c.port_id == t.ports.c.id)
    .join(t.subnets, t.ipallocations.c.subnet_id == t.subnets.c.id)
    .where(t.ports.c.id == sa.bindparam("one"))
    .order_by(t.ipallocations.c.ordinal)
)


class Nets:
    """Reads and writes of the network core in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def networks(self, selection: Selection) -> list[Network]:
        """List networks, oldest first."""
        select = narrowed(sa.select(t.networks), t.networks, _without_project(selection))
        if selection.project_id is not None:
            own = t.networks.c.project_id == selection.project_id
            select = select.where(own | t.networks.c.shared)
        found = self._connection.execute(select.order_by(t.networks.c.created_at, t.networks.c.id)).all()
        subnets = self._subnet_ids([row.id for row in found])
        return [_network(row, subnets.get(row.id, ())) for row in found]

    def _subnet_ids(self, network_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        select = sa.select(t.subnets.c.network_id, t.subnets.c.id).where(t.subnets.c.network_id.in_(network_ids))
        groups: dict[str, tuple[str, ...]] = {}
        for row in self._connection.execute(select.order_by(t.subnets.c.created_at, t.subnets.c.id)):
            groups[row.network_id] = (*groups.get(row.network_id, ()), row.id)
        return groups

    def network(self, network_id: str, *, lock: bool = False) -> Network:
        """Name one network.

        Raises: NotFound.
        """
        select = _NETWORK.with_for_update() if lock else _NETWORK
        row = self._connection.execute(select, {"one": network_id}).one_or_none()
        if row is None:
            raise NotFound(Kind.NETWORK, network_id)
        return _network(row, self._subnet_ids([network_id]).get(network_id, ()))

    def subnets(self, selection: Selection) -> list[Subnet]:
        """List subnets, oldest first; a shared network's subnets are everyone's."""
        select = narrowed(sa.select(t.subnets), t.subnets, _without_project(selection))
        if selection.parent_id is not None:
            select = select.where(t.subnets.c.network_id == selection.parent_id)
        if selection.project_id is not None:
            shared = sa.select(t.networks.c.id).where(t.networks.c.shared)
            own = t.subnets.c.project_id == selection.project_id
            select = select.where(own | t.subnets.c.network_id.in_(shared))
        found = self._connection.execute(select.order_by(t.subnets.c.created_at, t.subnets.c.id)).all()
        pools = self._pools([row.id for row in found])
        return [_subnet(row, pools.get(row.id, ())) for row in found]

    def _pools(self, subnet_ids: Sequence[str]) -> dict[str, tuple[AllocationPool, ...]]:
        table = t.ipallocationpools
        groups: dict[str, list[AllocationPool]] = defaultdict(list)
        select = sa.select(table).where(table.c.subnet_id.in_(subnet_ids)).order_by(table.c.first_ip)
        for row in self._connection.execute(select):
            groups[row.subnet_id].append(AllocationPool(row.first_ip, row.last_ip))
        return {key: tuple(value) for key, value in groups.items()}

    def subnet(self, subnet_id: str, *, lock: bool = False) -> Subnet:
        """Name one subnet.

        Raises: NotFound.
        """
        select = _SUBNET.with_for_update() if lock else _SUBNET
        row = self._connection.execute(select, {"one": subnet_id}).one_or_none()
        if row is None:
            raise NotFound(Kind.SUBNET, subnet_id)
        return _subnet(row, self._pools([subnet_id]).get(subnet_id, ()))

    def last_allocated(self, subnet_id: str) -> str | None:
        """Name the address of a subnet that was given out last."""
        select = sa.select(t.subnets.c.last_allocated).where(t.subnets.c.id == subnet_id)
        found: str | None = self._connection.execute(select).scalar_one_or_none()
        return found

    def note_allocated(self, subnet_id: str, address: str) -> None:
        """Remember the address of a subnet that was given out last."""
        update = sa.update(t.subnets).where(t.subnets.c.id == subnet_id).values(last_allocated=address)
        self._connection.execute(update)

    def taken(self, subnet_id: str) -> set[str]:
        """List the addresses of a subnet that ports have."""
        table = t.ipallocations
        select = sa.select(table.c.ip_address).where(table.c.subnet_id == subnet_id)
        return set(self._connection.execute(select).scalars())

    def ports(self, selection: Selection) -> list[Port]:
        """List ports, oldest first."""
        select = narrowed(sa.select(t.ports), t.ports, selection)
        if selection.parent_id is not None:
            select = select.where(t.ports.c.network_id == selection.parent_id)
        if selection.device_ids is not None:
            select = select.where(t.ports.c.device_id.in_(selection.device_ids))
        found = self._connection.execute(select.order_by(t.ports.c.created_at, t.ports.c.id)).all()
        addresses = self._addresses([row.id for row in found])
        return [_port(row, addresses.get(row.id, ())) for row in found]

    def _addresses(self, port_ids: Sequence[str]) -> dict[str, tuple[FixedIp, ...]]:
        table = t.ipallocations
        groups: dict[str, list[FixedIp]] = defaultdict(list)
        select = sa.select(table).where(table.c.port_id.in_(port_ids)).order_by(table.c.port_id, table.c.ordinal)
        for row in self._connection.execute(select):
            groups[row.port_id].append(FixedIp(row.subnet_id, row.ip_address))
        return {key: tuple(value) for key, value in groups.items()}

    def port(self, port_id: str) -> Port:
        """Name one port.

        Raises: NotFound.
        """
        row = self._connection.execute(sa.select(t.ports).where(t.ports.c.id == port_id)).one_or_none()
        if row is None:
            raise NotFound(Kind.PORT, port_id)
        return _port(row, self._addresses([port_id]).get(port_id, ()))

    def wiring(self, port_id: str) -> tuple[Port, Network, dict[str, Subnet]]:
        """Read a port with its network and the subnets it has addresses on, by id, in one query.

        Shape:  the network comes without the ids of its subnets, the subnets without their allocation pools.
        Raises: NotFound, also for a port without an address.
        """
        found = self._connection.execute(_WIRING, {"one": port_id}).mappings().all()
        if not found:
            raise NotFound(Kind.PORT, port_id)
        addresses = tuple(FixedIp(row[t.subnets.c.id], row[t.ipallocations.c.ip_address]) for row in found)
        first = found[0]
        subnets = {row[t.subnets.c.id]: _subnet(_part(row, t.subnets), ()) for row in found}
        return _port(_part(first, t.ports), addresses), _network(_part(first, t.networks), ()), subnets

    def mac_taken(self, network_id: str, mac_address: str) -> bool:
        """Tell whether a port of the network has this MAC address."""
        table = t.ports
        select = sa.select(table.c.id).where(table.c.network_id == network_id, table.c.mac_address == mac_address)
        return self._connection.execute(select).first() is not None

    def physical_network_taken(self, physical_network: str) -> bool:
        """Tell whether a flat network has this physical network."""
        table = t.networks
        flat = (table.c.network_type == "flat") & (table.c.physical_network == physical_network)
        return self._connection.execute(sa.select(table.c.id).where(flat)).first() is not None

    def segments(self, network_type: str) -> frozenset[int]:
        """Name every segment that networks of a type have."""
        table = t.networks
        select = sa.select(table.c.segmentation_id).where(table.c.network_type == network_type)
        return frozenset(self._connection.execute(select).scalars())

    def insert_network(self, network: Network) -> None:
        """Write a network that is new."""
        self._connection.execute(sa.insert(t.networks), _columns(network, t.networks))

    def insert_subnet(self, subnet: Subnet) -> None:
        """Write a subnet that is new, with its allocation pools."""
        self._connection.execute(sa.insert(t.subnets), _subnet_values(subnet))
        self._insert_pools(subnet)

    def _insert_pools(self, subnet: Subnet) -> None:
        pools = [{"subnet_id": subnet.id, "first_ip": p.start, "last_ip": p.end} for p in subnet.allocation_pools]
        if pools:
            self._connection.execute(sa.insert(t.ipallocationpools), pools)

    def insert_port(self, port: Port) -> None:
        """Write a port that is new, with its addresses."""
        self._connection.execute(sa.insert(t.ports), _columns(port, t.ports))
        self._insert_addresses(port)

    def _insert_addresses(self, port: Port) -> None:
        made = [
            {"ip_address": ip.ip_address, "subnet_id": ip.subnet_id, "network_id": port.network_id}
            | {"port_id": port.id, "ordinal": ordinal}
            for ordinal, ip in enumerate(port.fixed_ips)
        ]
        if made:
            self._connection.execute(sa.insert(t.ipallocations), made)

    def save_network(self, network: Network) -> None:
        """Write a network that changed."""
        table = t.networks
        self._connection.execute(sa.update(table).where(table.c.id == network.id), _columns(network, table))

    def save_subnet(self, subnet: Subnet) -> None:
        """Write a subnet that changed."""
        table = t.subnets
        self._connection.execute(sa.update(table).where(table.c.id == subnet.id), _subnet_values(subnet))
        pools = t.ipallocationpools
        self._connection.execute(sa.delete(pools).where(pools.c.subnet_id == subnet.id))
        self._insert_pools(subnet)

    def save_port(self, port: Port) -> None:
        """Write a port that changed, with its addresses."""
        table = t.ports
        self._connection.execute(sa.update(table).where(table.c.id == port.id), _columns(port, table))
        addresses = t.ipallocations
        self._connection.execute(sa.delete(addresses).where(addresses.c.port_id == port.id))
        self._insert_addresses(port)

    def bind_port(self, port_id: str, host: str) -> None:
        """Note which host a port is on."""
        self._connection.execute(sa.update(t.ports).where(t.ports.c.id == port_id).values(host_id=host))

    def delete_port(self, port_id: str) -> None:
        """Remove a port; its addresses are free again."""
        self._connection.execute(sa.delete(t.ipallocations).where(t.ipallocations.c.port_id == port_id))
        self._connection.execute(sa.delete(t.ports).where(t.ports.c.id == port_id))

    def delete_subnet(self, subnet_id: str) -> None:
        """Remove a subnet that no port has an address on."""
        pools = t.ipallocationpools
        self._connection.execute(sa.delete(pools).where(pools.c.subnet_id == subnet_id))
        self._connection.execute(sa.delete(t.subnets).where(t.subnets.c.id == subnet_id))

    def delete_network(self, network_id: str) -> None:
        """Remove a network that has neither port nor subnet."""
        self._connection.execute(sa.delete(t.networks).where(t.networks.c.id == network_id))

    def count(self, kind: Kind, project_id: str) -> int:
        """Count the networks, subnets or ports of a project."""
        table = _TABLES[kind]
        owned = table.c.project_id == project_id
        return int(self._connection.scalar(sa.select(sa.func.count()).select_from(table).where(owned)) or 0)

    def ports_on_subnet(self, subnet_id: str) -> list[str]:
        """List the ports that have an address on a subnet."""
        table = t.ipallocations
        select = sa.select(table.c.port_id).where(table.c.subnet_id == subnet_id).order_by(table.c.port_id)
        return list(self._connection.execute(select).scalars())


def _without_project(selection: Selection) -> Selection:
    return Selection(ids=selection.ids, names=selection.names)


def _columns(thing: Network | Port, table: sa.Table) -> dict[str, Any]:
    return {c.name: getattr(thing, c.name) for c in table.columns}


def _subnet_values(subnet: Subnet) -> dict[str, Any]:
    plain = {c.name: getattr(subnet, c.name) for c in t.subnets.columns if c.name != "last_allocated"}
    routes = [[r.destination, r.nexthop] for r in subnet.host_routes]
    return plain | {"dns_nameservers": list(subnet.dns_nameservers), "host_routes": routes}


def _part(row: Mapping[Any, Any], table: sa.Table) -> SimpleNamespace:
    """Take the columns of one table out of a row of several."""
    return SimpleNamespace(**{c.name: row[c] for c in table.columns})


def _network(row: Any, subnet_ids: tuple[str, ...]) -> Network:
    plain = {c.name: getattr(row, c.name) for c in t.networks.columns}
    return Network(**plain, subnet_ids=subnet_ids)


def _port(row: Any, fixed_ips: tuple[FixedIp, ...]) -> Port:
    plain = {c.name: getattr(row, c.name) for c in t.ports.columns}
    return Port(**plain, fixed_ips=fixed_ips)


def _subnet(row: Any, pools: tuple[AllocationPool, ...]) -> Subnet:
    plain = {c.name: getattr(row, c.name) for c in t.subnets.columns if c.name != "last_allocated"}
    plain["dns_nameservers"] = tuple(row.dns_nameservers)
    plain["host_routes"] = tuple(HostRoute(*route) for route in row.host_routes)
    return Subnet(**plain, allocation_pools=pools)
