"""Networks, subnets and ports, as they can be typed."""

from __future__ import annotations

from typing import Any

from openlbaas.cli.grammar.model import (
    Option,
    Resource,
    admin_state_at_creation,
    admin_state_at_update,
    filters,
    text,
)
from openlbaas.client import lbaas

_IPV6_MODES = ("dhcpv6-stateful", "dhcpv6-stateless", "slaac")
_VNIC_TYPES = ("direct", "direct-physical", "macvtap", "normal", "baremetal")


def _sent_as_it_is(attribute: str, flag: str, about: str, **more: Any) -> Option:
    """An option of the neutron client for what is not built here: the server says so."""
    return Option(attribute, flag, "", about, **more)


def _removable(attribute: str, flag: str, what: str, *, removed: object) -> tuple[Option, Option]:
    """The same for an attribute that an update can also take away."""
    about = f"{what[0].upper()}{what[1:]}."
    return (
        _sent_as_it_is(attribute, f"--{flag}", about, rivals=flag),
        _sent_as_it_is(attribute, f"--no-{flag}", f"Remove the {what}.", kind="constant", value=removed, rivals=flag),
    )


def _shown_subnets(subnets: object) -> object:
    """Subnets of a network as lines of id and range."""
    if not isinstance(subnets, list):
        return subnets
    return "\n".join(f"{one['id']} {one.get('cidr', '')}" if isinstance(one, dict) else str(one) for one in subnets)


NETWORK = Resource(
    lbaas.NETWORKS,
    neutron="net",
    modern="network",
    reported="network",
    title="network",
    article="a",
    label="NETWORK",
    columns=("id", "name", "subnets"),
    create=(
        *admin_state_at_creation(),
        Option("shared", "--shared", "--share", "Let every project use the network.", kind="constant", value=True),
        Option(
            "provider:network_type",
            "--provider:network_type",
            "--provider-network-type",
            "How the network is made: local, flat, vlan or vxlan.",
            metavar="<network_type>",
        ),
        Option(
            "provider:physical_network",
            "--provider:physical_network",
            "--provider-physical-network",
            "Name of the physical network on which the network lies.",
            metavar="<physical_network_name>",
        ),
        Option(
            "provider:segmentation_id",
            "--provider:segmentation_id",
            "--provider-segment",
            "VLAN id or VXLAN network identifier.",
            metavar="<segmentation_id>",
        ),
        text("vlan_transparent", "Create a VLAN transparent network.", kind="truth"),
        text("description", "Description of network."),
        text(
            "availability_zone_hints",
            "Availability zone for the network; can be repeated.",
            spelling="--availability-zone-hint",
            metavar="AVAILABILITY_ZONE",
            kind="repeat",
        ),
        text("dns_domain", "DNS domain of the network."),
        _sent_as_it_is("qos_policy_id", "--qos-policy", "QoS policy of the network.", metavar="QOS_POLICY"),
        Option("mtu", "", "--mtu", "Largest packet in bytes.", kind="integer"),
        Option("router:external", "", "--external", "The network leads outside.", kind="constant", value=True),
        Option("name", "NAME", "NAME", "Name of the network to be created."),
    ),
    update=(
        text("name", "Name of the network."),
        text("description", "Description of this network."),
        text("dns_domain", "DNS domain of the network.", rivals="dns"),
        text(
            "dns_domain",
            "Take the DNS domain away.",
            spelling="--no-dns-domain",
            kind="constant",
            value="",
            rivals="dns",
        ),
        *_removable("qos_policy_id", "qos-policy", "QoS policy of the network", removed=None),
        *(option for option in admin_state_at_update("network") if option.modern),
        Option(
            "shared", "", "--share", "Let every project use the network.", kind="constant", value=True, rivals="share"
        ),
        Option(
            "shared",
            "",
            "--no-share",
            "Keep the network for its project.",
            kind="constant",
            value=False,
            rivals="share",
        ),
        Option("mtu", "", "--mtu", "Largest packet in bytes.", kind="integer"),
    ),
    filters=(
        Option("tenant_id", "--tenant-id", "--project", "Show only networks of this project.", metavar="TENANT_ID"),
        text("name", "Show only networks of this name."),
        text("admin_state_up", "Show only networks whose administrative state is this.", kind="truth"),
        text("status", "Show only networks in this status, such as ACTIVE.", any_case=True),
        text("shared", "Show only networks that are, or are not, shared.", kind="truth"),
        text("router:external", "Show only networks that do, or do not, lead outside.", kind="truth"),
        *(
            _sent_as_it_is(kind, f"--{kind}", f"Filter by tags ({kind}); several are written TAG,TAG.", metavar="TAG")
            for kind in ("tags", "tags-any", "not-tags", "not-tags-any")
        ),
    ),
    cells={"subnets": _shown_subnets},
)

_POOLS = text(
    "allocation_pools",
    "Range of addresses to give out; can be repeated.",
    spelling="--allocation-pool",
    kind="pairs_list",
    metavar="start=IP_ADDR,end=IP_ADDR",
    keys=("start", "end"),
)
_ROUTES = text(
    "host_routes",
    "Additional route; can be repeated.",
    spelling="--host-route",
    kind="pairs_list",
    metavar="destination=CIDR,nexthop=IP_ADDR",
    keys=("destination", "nexthop"),
)


def _subnet_options() -> tuple[Option, ...]:
    return (
        text("description", "Description of this subnet."),
        text("gateway_ip", "Gateway IP of this subnet.", spelling="--gateway", metavar="GATEWAY_IP", rivals="gateway"),
        text(
            "gateway_ip",
            "Do not configure a gateway for this subnet.",
            spelling="--no-gateway",
            kind="constant",
            rivals="gateway",
        ),
        _POOLS,
        _ROUTES,
        text(
            "dns_nameservers",
            "DNS name server for this subnet; can be repeated.",
            spelling="--dns-nameserver",
            metavar="DNS_NAMESERVER",
            kind="repeat",
        ),
        Option(
            "enable_dhcp",
            "--disable-dhcp",
            "--no-dhcp",
            "Disable DHCP for this subnet.",
            kind="constant",
            value=False,
            rivals="dhcp",
        ),
        Option(
            "enable_dhcp",
            "--enable-dhcp",
            "--dhcp",
            "Enable DHCP for this subnet.",
            kind="constant",
            value=True,
            rivals="dhcp",
        ),
        # Written so by scripts that are older than the switches.
        Option("enable_dhcp", "--enable-dhcp=True", "", "", kind="constant", value=True),
        Option("enable_dhcp", "--enable-dhcp=False", "", "", kind="constant", value=False),
    )


SUBNET = Resource(
    lbaas.SUBNETS,
    neutron="subnet",
    modern="subnet",
    reported="subnet",
    title="subnet",
    article="a",
    label="SUBNET",
    columns=("id", "name", "cidr", "allocation_pools"),
    create=(
        Option("name", "--name", "NAME", "Name of this subnet."),
        *_subnet_options(),
        Option(
            "ip_version",
            "--ip-version",
            "--ip-version",
            "IP version to use, default is 4.",
            kind="integer",
            choices=("4", "6"),
            always=4,
        ),
        text("ipv6_ra_mode", "How routers announce this IPv6 subnet.", choices=_IPV6_MODES, any_case=True),
        text("ipv6_address_mode", "How hosts get their IPv6 address.", choices=_IPV6_MODES, any_case=True),
        Option(
            "network_id",
            "NETWORK",
            "--network",
            "Network ID or name this subnet belongs to.",
            metavar="NETWORK",
            look_in=lbaas.NETWORKS,
            required=True,
        ),
        _sent_as_it_is("subnetpool_id", "--subnetpool", "Subnet pool to take the range from.", metavar="SUBNETPOOL"),
        _sent_as_it_is(
            "use_default_subnetpool",
            "--use-default-subnetpool",
            "Take the range from the default subnet pool.",
            kind="constant",
            value=True,
        ),
        _sent_as_it_is("prefixlen", "--prefixlen", "Prefix length of a range from a subnet pool."),
        _sent_as_it_is(
            "segment_id", "--segment", "Segment of the network on which the subnet lies.", metavar="SEGMENT"
        ),
        Option("cidr", "[CIDR]", "--subnet-range", "CIDR of subnet to create.", metavar="CIDR"),
    ),
    update=(text("name", "Name of this subnet."), *_subnet_options()),
    filters=filters("name", "network_id", "cidr", "ip_version", "gateway_ip"),
)


_DHCP_OPTION = _sent_as_it_is(
    "extra_dhcp_opts",
    "--extra-dhcp-opt",
    "Option that DHCP gives to this port; can be repeated.",
    kind="pairs_list",
    metavar="opt_name=NAME,opt_value=VALUE[,ip_version={4,6}]",
    keys=("opt_name", "opt_value", "ip_version"),
)


def _port_options() -> tuple[Option, ...]:
    return (
        text("description", "Description of this port."),
        text(
            "fixed_ips",
            "Desired subnet and address of this port, subnet_id=<name or id>,ip_address=<ip>; can be repeated.",
            spelling="--fixed-ip",
            kind="pairs_list",
            metavar="subnet_id=SUBNET,ip_address=IP_ADDR",
            keys=("subnet_id", "ip_address"),
        ),
        text("device_id", "Device ID of this port."),
        text("device_owner", "Device owner of this port."),
        text(
            "security_groups",
            "Security group of the port; can be repeated.",
            spelling="--security-group",
            metavar="SECURITY_GROUP",
            kind="repeat",
            rivals="groups",
        ),
        text(
            "security_groups",
            "No security groups for the port.",
            spelling="--no-security-groups",
            kind="constant",
            value=[],
            rivals="groups",
        ),
        text(
            "allowed_address_pairs",
            "Another address the port may use; can be repeated.",
            spelling="--allowed-address-pair",
            kind="pairs_list",
            metavar="ip_address=IP_ADDR|CIDR[,mac_address=MAC_ADDR]",
            keys=("ip_address", "mac_address"),
            rivals="pairs",
        ),
        text(
            "allowed_address_pairs",
            "No other addresses for the port.",
            spelling="--no-allowed-address-pairs",
            kind="constant",
            value=[],
            rivals="pairs",
        ),
    )


PORT = Resource(
    lbaas.PORTS,
    neutron="port",
    modern="port",
    reported="port",
    title="port",
    article="a",
    label="PORT",
    columns=("id", "name", "mac_address", "fixed_ips"),
    create=(
        Option("name", "--name", "NAME", "Name of this port."),
        *_port_options(),
        *admin_state_at_creation(),
        text("mac_address", "MAC address of this port."),
        text(
            "binding:vnic_type",
            "VNIC type for this port.",
            spelling="--vnic-type",
            choices=_VNIC_TYPES,
            any_case=True,
        ),
        _sent_as_it_is("binding:profile", "--binding-profile", "Binding profile of this port, as JSON.", kind="json"),
        _DHCP_OPTION,
        _sent_as_it_is("qos_policy_id", "--qos-policy", "QoS policy of the port.", metavar="QOS_POLICY"),
        _sent_as_it_is("dns_name", "--dns-name", "DNS name of the port."),
        Option("binding:host_id", "", "--host", "Host on which the port is used."),
        Option(
            "network_id",
            "NETWORK",
            "--network",
            "ID or name of the network this port belongs to.",
            metavar="NETWORK",
            look_in=lbaas.NETWORKS,
            required=True,
        ),
    ),
    update=(
        text("name", "Name of this port."),
        *_port_options(),
        *admin_state_at_update("port"),
        _DHCP_OPTION,
        *_removable("qos_policy_id", "qos-policy", "QoS policy of the port", removed=None),
        *_removable("dns_name", "dns-name", "DNS name of the port", removed=""),
    ),
    filters=filters("name", "network_id", "device_id", "device_owner", "mac_address", "status"),
)
