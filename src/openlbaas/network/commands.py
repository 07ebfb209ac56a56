"""What becomes of networks, subnets and ports when a caller asks."""

import ipaddress
from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from openlbaas.domain.addresses import IpNetwork, first_usable, usable, whole_pools
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.errors import (
    Forbidden,
    InUse,
    Invalid,
    NotFound,
    SubnetOverlaps,
    VipPortInUse,
)
from openlbaas.domain.network import (
    SMALLEST_MTU_6,
    VIP_OWNER,
    AllocationPool,
    CreateNetwork,
    CreatePort,
    CreateSubnet,
    DeleteNetwork,
    DeletePort,
    DeleteSubnet,
    FixedIp,
    Network,
    NetworkCommand,
    NetworkView,
    Port,
    Subnet,
    UpdateNetwork,
    UpdatePort,
    UpdateSubnet,
)
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.network import segments
from openlbaas.store.transaction import Transaction

if TYPE_CHECKING:
    from openlbaas.network.builtin import Builtin

_VERSION_6 = 6
T = TypeVar("T", Network, Subnet, Port)


def change(  # noqa: PLR0913 - one return for each command
    source: "Builtin", tx: Transaction, caller: Caller, command: NetworkCommand, new_id: str, now: float
) -> NetworkView | None:
    """Carry one command out.

    Raises: a Refusal.
    """
    match command:
        case CreateNetwork():
            return _create_network(source, tx, command, new_id, now)
        case UpdateNetwork():
            return _update_network(source, tx, caller, command)
        case DeleteNetwork():
            _delete_network(tx, caller, command.id)
        case CreateSubnet():
            return _create_subnet(source, tx, caller, command, new_id, now)
        case UpdateSubnet():
            return _update_subnet(tx, caller, command)
        case DeleteSubnet():
            _delete_subnet(tx, caller, command.id)
        case CreatePort():
            source.visible_network(tx, caller, command.network_id)
            if command.device_owner == VIP_OWNER:
                raise Invalid("device_owner", f"'{VIP_OWNER}' is set by creating a load balancer")
            return source.make_port(tx, command, id=new_id, now=now)
        case UpdatePort():
            return _update_port(source, tx, caller, command)
        case DeletePort():
            _delete_port(tx, caller, command.id)
    return None


def _own(thing: T, kind: Kind, caller: Caller) -> T:
    if not caller.may_touch(thing.project_id):
        raise NotFound(kind, thing.id)
    return thing


def _with(thing: T, command: object) -> T:
    wanted = {
        f.name: value
        for f in fields(command)  # type: ignore[arg-type]  # commands are dataclasses
        if f.name != "id" and (value := getattr(command, f.name)) is not UNSET
    }
    return replace(thing, **wanted)


def _create_network(source: "Builtin", tx: Transaction, command: CreateNetwork, new_id: str, now: float) -> Network:
    segment = segments.chosen(source, tx, command, new_id)
    network = Network(
        id=new_id,
        project_id=command.project_id,
        name=command.name,
        description=command.description,
        admin_state_up=command.admin_state_up,
        shared=command.shared,
        external=command.external,
        mtu=segments.mtu(source, segment.network_type, command.mtu),
        network_type=segment.network_type,
        physical_network=segment.physical_network,
        segmentation_id=segment.segmentation_id,
        created_at=now,
    )
    tx.nets.insert_network(network)
    return network


def _update_network(source: "Builtin", tx: Transaction, caller: Caller, command: UpdateNetwork) -> Network:
    before = tx.nets.network(command.id, lock=True)
    if not caller.may_touch(before.project_id):
        if before.shared:
            action = "change a network of another project"
            raise Forbidden(action)
        raise NotFound(Kind.NETWORK, command.id)
    after = _with(before, command)
    if command.mtu is not UNSET:
        _check_mtu(source, tx, before, command.mtu)
    tx.nets.save_network(after)
    return after


def _check_mtu(source: "Builtin", tx: Transaction, network: Network, mtu: int) -> None:
    segments.mtu(source, network.network_type, mtu)
    versions = {subnet.ip_version for subnet in tx.nets.subnets(Selection(parent_id=network.id))}
    if mtu < SMALLEST_MTU_6 and _VERSION_6 in versions:
        raise Invalid("mtu", f"{mtu} is too small for IPv6, which needs {SMALLEST_MTU_6}")


def _delete_network(tx: Transaction, caller: Caller, network_id: str) -> None:
    network = _own(tx.nets.network(network_id, lock=True), Kind.NETWORK, caller)
    ports = tx.nets.ports(Selection(parent_id=network.id))
    if ports:
        raise InUse(Kind.NETWORK, network.id, Kind.PORT, ports[0].id)
    for subnet_id in network.subnet_ids:
        tx.nets.delete_subnet(subnet_id)
    tx.nets.delete_network(network.id)


def _create_subnet(  # noqa: PLR0913 - the pieces of one transaction
    source: "Builtin", tx: Transaction, caller: Caller, command: CreateSubnet, new_id: str, now: float
) -> Subnet:
    network = source.visible_network(tx, caller, command.network_id)
    _own(tx.nets.network(network.id, lock=True), Kind.NETWORK, caller)
    cidr = ipaddress.ip_network(command.cidr)
    if cidr.version != command.ip_version:
        raise Invalid("cidr", f"'{command.cidr}' is not of IP version {command.ip_version}")
    if cidr.version == _VERSION_6 and network.mtu < SMALLEST_MTU_6:
        raise Invalid("ip_version", f"an MTU of {network.mtu} is too small for IPv6, which needs {SMALLEST_MTU_6}")
    _check_apart(tx, network.id, cidr)
    gateway = str(first_usable(cidr)) if command.gateway_ip is UNSET else command.gateway_ip
    subnet = Subnet(
        id=new_id,
        project_id=command.project_id,
        network_id=network.id,
        name=command.name,
        description=command.description,
        ip_version=command.ip_version,
        cidr=str(cidr),
        gateway_ip=gateway,
        enable_dhcp=command.enable_dhcp,
        allocation_pools=_pools(cidr, gateway, command.allocation_pools),
        dns_nameservers=command.dns_nameservers,
        host_routes=command.host_routes,
        created_at=now,
    )
    tx.nets.insert_subnet(subnet)
    return subnet


def _check_apart(tx: Transaction, network_id: str, cidr: IpNetwork) -> None:
    for other in tx.nets.subnets(Selection(parent_id=network_id)):
        theirs = ipaddress.ip_network(other.cidr)
        if theirs.version == cidr.version and theirs.overlaps(cidr):
            raise SubnetOverlaps(str(cidr), network_id)


def _pools(
    cidr: IpNetwork, gateway: str | None, wanted: tuple[AllocationPool, ...] | None
) -> tuple[AllocationPool, ...]:
    at = ipaddress.ip_address(gateway) if gateway else None
    if at is not None and (at.version != cidr.version or (at in cidr and not usable(cidr, at))):
        raise Invalid("gateway_ip", f"'{gateway}' can't be the gateway of {cidr}")
    if wanted is None:
        return whole_pools(cidr, at)
    spans = []
    for pool in wanted:
        start, end = ipaddress.ip_address(pool.start), ipaddress.ip_address(pool.end)
        if not (usable(cidr, start) and usable(cidr, end)) or int(start) > int(end):
            raise Invalid("allocation_pools", f"'{pool.start}-{pool.end}' does not lie in {cidr}")
        if at is not None and at in cidr and int(start) <= int(at) <= int(end):
            raise Invalid("allocation_pools", f"'{pool.start}-{pool.end}' contains the gateway {gateway}")
        spans.append((int(start), int(end)))
    spans.sort()
    for (_, end_of_first), (start_of_second, _) in pairwise(spans):
        if start_of_second <= end_of_first:
            raise Invalid("allocation_pools", "pools overlap")
    return wanted


def _update_subnet(tx: Transaction, caller: Caller, command: UpdateSubnet) -> Subnet:
    before = _own(tx.nets.subnet(command.id, lock=True), Kind.SUBNET, caller)
    after = _with(before, command)
    _pools(ipaddress.ip_network(after.cidr), after.gateway_ip, after.allocation_pools)
    if after.gateway_ip != before.gateway_ip and after.gateway_ip in tx.nets.taken(before.id):
        raise Invalid("gateway_ip", f"'{after.gateway_ip}' is a port's address")
    tx.nets.save_subnet(after)
    return after


def _delete_subnet(tx: Transaction, caller: Caller, subnet_id: str) -> None:
    subnet = _own(tx.nets.subnet(subnet_id, lock=True), Kind.SUBNET, caller)
    ports = tx.nets.ports_on_subnet(subnet.id)
    if ports:
        raise InUse(Kind.SUBNET, subnet.id, Kind.PORT, ports[0])
    tx.nets.delete_subnet(subnet.id)


def _update_port(source: "Builtin", tx: Transaction, caller: Caller, command: UpdatePort) -> Port:
    before = _own(tx.nets.port(command.id), Kind.PORT, caller)
    if command.device_owner == VIP_OWNER != before.device_owner:
        raise Invalid("device_owner", f"'{VIP_OWNER}' is set by creating a load balancer")
    fixed_ips = before.fixed_ips
    if command.fixed_ips is not UNSET:
        fixed_ips = _moved(source, tx, before, command)
    after = replace(_with(before, replace(command, fixed_ips=UNSET)), fixed_ips=fixed_ips)
    _check_vip_kept(before, after)
    tx.nets.save_port(after)
    return after


def _moved(source: "Builtin", tx: Transaction, before: Port, command: UpdatePort) -> tuple[FixedIp, ...]:
    if command.fixed_ips is UNSET:
        return before.fixed_ips
    kept = []
    for request in command.fixed_ips:
        same = [
            ip
            for ip in before.fixed_ips
            if request.ip_address == ip.ip_address and request.subnet_id in (None, ip.subnet_id)
        ]
        kept.append(same[0] if same else source.allocate(tx, before.network_id, (request,))[0])
    if len({(ip.subnet_id, ip.ip_address) for ip in kept}) < len(kept):
        raise Invalid("fixed_ips", "an address is named twice")
    return tuple(kept)


def _check_vip_kept(before: Port, after: Port) -> None:
    if before.device_owner != VIP_OWNER:
        return
    own = ("device_owner", "device_id", "fixed_ips")
    if any(getattr(before, name) != getattr(after, name) for name in own):
        raise VipPortInUse(Kind.PORT, before.id, Kind.LOAD_BALANCER, before.device_id)


def _delete_port(tx: Transaction, caller: Caller, port_id: str) -> None:
    port = _own(tx.nets.port(port_id), Kind.PORT, caller)
    if port.device_owner == VIP_OWNER:
        raise VipPortInUse(Kind.PORT, port.id, Kind.LOAD_BALANCER, port.device_id)
    tx.nets.delete_port(port.id)
