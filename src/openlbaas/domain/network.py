"""The network core that load balancers stand on: networks, subnets, ports, and what a caller can ask of them."""

from dataclasses import dataclass

from openlbaas.domain.commands import UNSET, Unset

VIP_OWNER = "neutron:LOADBALANCERV2"
"""device_owner of the port that carries a load balancer's address."""

DEFAULT_MTU = 1500
SMALLEST_MTU_6 = 1280
"""What IPv6 needs; on a link with less, the kernel switches it off. Source: RFC 8200 section 5."""


@dataclass(frozen=True, slots=True)
class AllocationPool:
    """Addresses that may be given out, first and last included."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class HostRoute:
    """A route that hosts of a subnet must have."""

    destination: str
    nexthop: str


@dataclass(frozen=True, slots=True)
class FixedIp:
    """One address of a port."""

    subnet_id: str
    ip_address: str


@dataclass(frozen=True, slots=True)
class Network:
    """A broadcast domain, one bridge per host.

    Shape: network_type in local, flat, vxlan; created_at is seconds since the epoch, UTC.
    """

    id: str
    project_id: str
    name: str
    description: str
    admin_state_up: bool
    shared: bool
    external: bool
    mtu: int
    network_type: str
    physical_network: str | None
    segmentation_id: int | None
    created_at: float
    subnet_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subnet:
    """Addresses on a network.

    Shape: cidr is canonical; ip_version 4 or 6; pools are disjoint and inside cidr, without the gateway.
    """

    id: str
    project_id: str
    network_id: str
    name: str
    description: str
    ip_version: int
    cidr: str
    gateway_ip: str | None
    enable_dhcp: bool
    allocation_pools: tuple[AllocationPool, ...]
    dns_nameservers: tuple[str, ...]
    host_routes: tuple[HostRoute, ...]
    created_at: float


@dataclass(frozen=True, slots=True)
class Port:
    """A place on a network, with its MAC address and its addresses."""

    id: str
    project_id: str
    network_id: str
    name: str
    description: str
    admin_state_up: bool
    mac_address: str
    device_id: str
    device_owner: str
    host_id: str
    fixed_ips: tuple[FixedIp, ...]
    created_at: float


NetworkView = Network | Subnet | Port


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNetwork:
    """Make a network; its type and segment are the administrator's to choose."""

    project_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    shared: bool = False
    external: bool = False
    mtu: int | None = None
    network_type: str | None = None
    physical_network: str | None = None
    segmentation_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNetwork:
    """Change a network's own attributes."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    admin_state_up: bool | Unset = UNSET
    shared: bool | Unset = UNSET
    external: bool | Unset = UNSET
    mtu: int | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubnet:
    """Make a subnet; gateway_ip UNSET means the first address, None means no gateway; pools None means all the rest."""

    project_id: str
    network_id: str
    cidr: str
    ip_version: int
    gateway_ip: str | Unset | None = UNSET
    allocation_pools: tuple[AllocationPool, ...] | None = None
    enable_dhcp: bool = True
    dns_nameservers: tuple[str, ...] = ()
    host_routes: tuple[HostRoute, ...] = ()
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSubnet:
    """Change a subnet's own attributes."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    gateway_ip: str | Unset | None = UNSET
    allocation_pools: tuple[AllocationPool, ...] | Unset = UNSET
    enable_dhcp: bool | Unset = UNSET
    dns_nameservers: tuple[str, ...] | Unset = UNSET
    host_routes: tuple[HostRoute, ...] | Unset = UNSET


@dataclass(frozen=True, slots=True)
class FixedIpRequest:
    """An address asked for: on a subnet, or one address, or both."""

    subnet_id: str | None = None
    ip_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePort:
    """Make a port; without fixed_ips it gets one address of each IP version of the network."""

    project_id: str
    network_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    mac_address: str | None = None
    device_id: str = ""
    device_owner: str = ""
    host_id: str = ""
    fixed_ips: tuple[FixedIpRequest, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePort:
    """Change a port; a load balancer's port keeps its address and owner."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    admin_state_up: bool | Unset = UNSET
    device_id: str | Unset = UNSET
    device_owner: str | Unset = UNSET
    host_id: str | Unset = UNSET
    fixed_ips: tuple[FixedIpRequest, ...] | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteNetwork:
    """Remove a network without ports; its subnets go with it."""

    id: str


@dataclass(frozen=True, slots=True)
class DeleteSubnet:
    """Remove a subnet that no port has an address on."""

    id: str


@dataclass(frozen=True, slots=True)
class DeletePort:
    """Remove a port that is not a load balancer's."""

    id: str


NetworkCommand = (
    CreateNetwork
    | UpdateNetwork
    | DeleteNetwork
    | CreateSubnet
    | UpdateSubnet
    | DeleteSubnet
    | CreatePort
    | UpdatePort
    | DeletePort
)
