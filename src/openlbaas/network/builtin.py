"""Our own networks, subnets, ports and addresses, kept in the database of the load balancers."""

import ipaddress
from collections.abc import Sequence

from openlbaas.desired import compile as compiled
from openlbaas.desired.spec import VipSpec
from openlbaas.domain.addresses import mac_address, next_free, usable
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import (
    AddressesExhausted,
    AddressOutsideSubnet,
    AddressTaken,
    MacTaken,
    NetworkWithoutSubnet,
    NotFound,
)
from openlbaas.domain.model import Vip
from openlbaas.domain.network import (
    VIP_OWNER,
    CreatePort,
    FixedIp,
    FixedIpRequest,
    Network,
    NetworkCommand,
    NetworkView,
    Port,
    Subnet,
)
from openlbaas.domain.segments import LARGEST_VNI, Ranges
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.network import commands
from openlbaas.operations.ports import VipRequest
from openlbaas.store.transaction import Transaction

_MAC_ATTEMPTS = 16
_VERSIONS = (4, 6)


class Builtin:
    """The network source of a control plane that stands alone."""

    def __init__(
        self,
        *,
        base_mac: str,
        default_mtu: int,
        network_type: str,
        vni_ranges: Ranges = ((1, LARGEST_VNI),),
        overhead: int = 50,
    ) -> None:
        """Take the options of the [network] group.

        Units: default_mtu and overhead, which is what a tunnel takes of each packet, are bytes.
        """
        self.base_mac = base_mac
        self.default_mtu = default_mtu
        self.network_type = network_type
        self.vni_ranges = vni_ranges
        self.overhead = overhead

    def reserve(self, transaction: Transaction, caller: Caller, request: VipRequest) -> Vip:
        """Make the port of a VIP; see :class:`openlbaas.operations.ports.NetworkSource`."""
        network_id, wanted = self._vip_place(transaction, caller, request)
        port = self.make_port(
            transaction,
            CreatePort(
                project_id=request.project_id,
                network_id=network_id,
                name=f"loadbalancer-{request.load_balancer_id}",
                admin_state_up=True,
                device_id=request.load_balancer_id,
                device_owner=VIP_OWNER,
                fixed_ips=wanted,
            ),
            id=request.port_id,
            now=request.now,
        )
        first = port.fixed_ips[0]
        return Vip(port.id, first.subnet_id, network_id, first.ip_address)

    def reserve_end(self, transaction: Transaction, port_id: str, vip_port_id: str, now: float) -> None:
        """Make a port beside that of a VIP; see :class:`openlbaas.operations.ports.NetworkSource`."""
        vip = transaction.nets.port(vip_port_id)
        self.make_port(
            transaction,
            CreatePort(
                project_id=vip.project_id,
                network_id=vip.network_id,
                name=f"{vip.name}-end",
                admin_state_up=True,
                device_id=vip.device_id,
                device_owner=VIP_OWNER,
                fixed_ips=tuple(FixedIpRequest(ip.subnet_id, None) for ip in vip.fixed_ips),
            ),
            id=port_id,
            now=now,
        )

    def _vip_place(
        self, transaction: Transaction, caller: Caller, request: VipRequest
    ) -> tuple[str, tuple[FixedIpRequest, ...] | None]:
        """Name the network of a VIP and the addresses to ask for there.

        Shape: None asks for one of each IP version of the network, that of IPv4 first.
        """
        if request.subnet_id is not None:
            subnet = self.subnet(transaction, caller, request.subnet_id)
            if request.network_id is not None and subnet.network_id != request.network_id:
                raise NotFound(Kind.SUBNET, request.subnet_id)
            return subnet.network_id, (FixedIpRequest(subnet.id, request.address),)
        network = self.visible_network(transaction, caller, request.network_id or "")
        subnets = transaction.nets.subnets(Selection(parent_id=network.id))
        if not subnets:
            raise NetworkWithoutSubnet(network.id)
        if request.address is None:
            return network.id, None
        address = ipaddress.ip_address(request.address)
        holding = [s for s in subnets if address in ipaddress.ip_network(s.cidr)]
        if not holding:
            raise AddressOutsideSubnet(request.address, subnets[0].id)
        return network.id, (FixedIpRequest(holding[0].id, request.address),)

    def release(self, transaction: Transaction, port_id: str) -> None:
        """Remove the port of a VIP; nothing happens when it is gone."""
        transaction.nets.delete_port(port_id)

    def bind(self, transaction: Transaction, port_id: str, host: str) -> None:
        """Say on which host the port of a VIP is."""
        transaction.nets.bind_port(port_id, host)

    def vip(self, transaction: Transaction, port_id: str) -> VipSpec:
        """Say how the port of a VIP meets the wire."""
        return compiled.vip(*transaction.nets.wiring(port_id))

    def check_subnet(self, transaction: Transaction, caller: Caller, subnet_id: str) -> None:
        """Raise NotFound unless the caller may use the subnet."""
        self.subnet(transaction, caller, subnet_id)

    def visible_network(self, transaction: Transaction, caller: Caller, network_id: str) -> Network:
        """Name a network that the caller may use: its own, or a shared one.

        Raises: NotFound.
        """
        network = transaction.nets.network(network_id)
        if not (network.shared or caller.may_touch(network.project_id)):
            raise NotFound(Kind.NETWORK, network_id)
        return network

    def subnet(self, transaction: Transaction, caller: Caller, subnet_id: str) -> Subnet:
        """Name a subnet that the caller may use: its own, or one of a shared network.

        Raises: NotFound.
        """
        subnet = transaction.nets.subnet(subnet_id)
        if caller.may_touch(subnet.project_id) or transaction.nets.network(subnet.network_id).shared:
            return subnet
        raise NotFound(Kind.SUBNET, subnet_id)

    def make_port(self, transaction: Transaction, command: CreatePort, *, id: str, now: float) -> Port:  # noqa: A002
        """Make a port with its MAC address and its addresses.

        Raises: AddressOutsideSubnet; AddressTaken; AddressesExhausted; MacTaken.
        """
        port = Port(
            id=id,
            project_id=command.project_id,
            network_id=command.network_id,
            name=command.name,
            description=command.description,
            admin_state_up=command.admin_state_up,
            mac_address=self._mac(transaction, command, id),
            device_id=command.device_id,
            device_owner=command.device_owner,
            host_id=command.host_id,
            fixed_ips=self.allocate(transaction, command.network_id, command.fixed_ips),
            created_at=now,
        )
        transaction.nets.insert_port(port)
        return port

    def _mac(self, transaction: Transaction, command: CreatePort, port_id: str) -> str:
        if command.mac_address is not None:
            if transaction.nets.mac_taken(command.network_id, command.mac_address):
                raise MacTaken(command.mac_address, command.network_id)
            return command.mac_address
        for attempt in range(_MAC_ATTEMPTS):
            made = mac_address(self.base_mac, port_id, attempt)
            if not transaction.nets.mac_taken(command.network_id, made):
                return made
        raise MacTaken(made, command.network_id)

    def allocate(
        self, transaction: Transaction, network_id: str, requests: tuple[FixedIpRequest, ...] | None
    ) -> tuple[FixedIp, ...]:
        """Choose the addresses of a port: those asked for, or one of each IP version that the network has.

        Shape:  that of IPv4 comes first; of several subnets of a version, the first that has a free one.

        Raises: NotFound; AddressOutsideSubnet; AddressTaken; AddressesExhausted.
        """
        subnets = transaction.nets.subnets(Selection(parent_id=network_id))
        if requests is None:
            versions = [[s for s in subnets if s.ip_version == version] for version in _VERSIONS]
            return tuple(self._any_of(transaction, network_id, each) for each in versions if each)
        chosen: list[FixedIp] = []
        for request in requests:
            eligible = [s for s in subnets if request.subnet_id in (None, s.id)]
            if request.subnet_id is not None and not eligible:
                raise NotFound(Kind.SUBNET, request.subnet_id)
            if request.ip_address is not None:
                chosen.append(self._exactly(transaction, eligible, request.ip_address))
            else:
                chosen.append(self._any_of(transaction, network_id, eligible))
        return tuple(chosen)

    def _exactly(self, transaction: Transaction, subnets: Sequence[Subnet], text: str) -> FixedIp:
        address = ipaddress.ip_address(text)
        for subnet in subnets:
            if usable(ipaddress.ip_network(subnet.cidr), address):
                transaction.nets.subnet(subnet.id, lock=True)
                canonical = str(address)
                if canonical == subnet.gateway_ip or canonical in transaction.nets.taken(subnet.id):
                    raise AddressTaken(canonical, subnet.id)
                return FixedIp(subnet.id, canonical)
        raise AddressOutsideSubnet(text, subnets[0].id if subnets else "")

    def _any_of(self, transaction: Transaction, network_id: str, subnets: Sequence[Subnet]) -> FixedIp:
        for subnet in sorted(subnets, key=lambda s: s.ip_version):
            locked = transaction.nets.subnet(subnet.id, lock=True)
            last = transaction.nets.last_allocated(locked.id)
            free = next_free(locked.allocation_pools, transaction.nets.taken(locked.id), last)
            if free is not None:
                transaction.nets.note_allocated(locked.id, free)
                return FixedIp(locked.id, free)
        raise AddressesExhausted(network_id)

    def change(
        self,
        transaction: Transaction,
        caller: Caller,
        command: NetworkCommand,
        *,
        id: str,  # noqa: A002 - the field's own word
        now: float,
    ) -> NetworkView | None:
        """Carry one command out; id names the thing that it may create."""
        return commands.change(self, transaction, caller, command, id, now)

    def show(self, transaction: Transaction, caller: Caller, kind: Kind, id: str) -> NetworkView:  # noqa: A002
        """Name one thing that the caller may see.

        Raises: NotFound.
        """
        if kind is Kind.NETWORK:
            return self.visible_network(transaction, caller, id)
        if kind is Kind.SUBNET:
            return self.subnet(transaction, caller, id)
        port = transaction.nets.port(id)
        if not caller.may_touch(port.project_id):
            raise NotFound(kind, id)
        return port

    def select(
        self, transaction: Transaction, _caller: Caller, kind: Kind, selection: Selection
    ) -> Sequence[NetworkView]:
        """List things that the caller may see; the operation has put the caller's project into the selection."""
        if kind is Kind.NETWORK:
            return transaction.nets.networks(selection)
        if kind is Kind.SUBNET:
            return transaction.nets.subnets(selection)
        return transaction.nets.ports(selection)
