"""The versioned contract between server and agent: one load balancer as one document.

A spec says everything a host needs and nothing else; a host that has it can serve without asking anyone. Whole
documents are sent, never differences, so a lost or repeated message does no harm.
"""

import hashlib

import msgspec

VERSION = 1


class NetworkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The network that a VIP is on.

    Shape: type in local, flat, vxlan; segmentation_id is the VNI of a vxlan, else None.
    """

    id: str
    type: str = "local"
    physical_network: str | None = None
    segmentation_id: int | None = None
    mtu: int = 1500


class AddressSpec(msgspec.Struct, frozen=True):
    """One address of a VIP, with its subnet's prefix length."""

    address: str
    prefix_length: int


class RouteSpec(msgspec.Struct, frozen=True):
    """A route of the VIP's subnet."""

    destination: str
    nexthop: str


class VipSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How a load balancer meets the wire."""

    port_id: str
    mac_address: str
    network: NetworkSpec
    addresses: tuple[AddressSpec, ...]
    gateways: tuple[str, ...] = ()
    routes: tuple[RouteSpec, ...] = ()


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a layer 7 policy; type and compare_type in the words of the API."""

    id: str
    type: str
    compare_type: str
    value: str
    key: str | None = None
    invert: bool = False


class PolicySpec(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a request that all rules match; without rules it happens to none.

    Shape: action in the words of the API; only rules that are switched on are listed.
    """

    id: str
    action: str
    redirect_pool_id: str | None = None
    redirect_url: str | None = None
    rules: tuple[RuleSpec, ...] = ()


class CertificateSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with its chain and key.

    Shape: fingerprint names the content; sealed is the PEM bundle as a host of this cloud can open it, in base64, so
    that no key is ever stored or sent in the clear (:mod:`openlbaas.sealing`).
    """

    id: str
    fingerprint: str
    sealed: str


class ListenerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One port; connection_limit -1 is unlimited.

    Shape: certificates begin with the default one, those chosen by server name follow; policies are in order of
    position, without those that are switched off.
    """

    id: str
    protocol: str
    port: int
    connection_limit: int = -1
    default_pool_id: str | None = None
    admin_state_up: bool = True
    certificates: tuple[CertificateSpec, ...] = ()
    policies: tuple[PolicySpec, ...] = ()


class PersistenceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How clients are kept on a member."""

    type: str
    cookie_name: str | None = None


class MemberSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One server; 0 <= weight <= 256."""

    id: str
    address: str
    port: int
    weight: int = 1
    admin_state_up: bool = True


class HealthMonitorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How members are checked.

    Shape: rise None leaves HAProxy's own; expected_codes as the API has them: "200", "200,202" or "200-204".
    Units: delay_s and timeout_s are seconds.
    """

    id: str
    type: str
    delay_s: int
    timeout_s: int
    fall: int
    rise: int | None = None
    http_method: str = "GET"
    url_path: str = "/"
    expected_codes: str = "200"
    admin_state_up: bool = True


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Members in order of creation, and how one is chosen."""

    id: str
    protocol: str
    algorithm: str
    persistence: PersistenceSpec | None = None
    members: tuple[MemberSpec, ...] = ()
    health_monitor: HealthMonitorSpec | None = None
    admin_state_up: bool = True


class EndSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What one host of a pair is on the wire beside the VIP: a port of its own on the VIP's network."""

    port_id: str
    mac_address: str
    addresses: tuple[AddressSpec, ...]


class PairSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How two hosts serve one load balancer by turns: the one whose HAProxy is well and that was first has the VIP.

    Shape: router_id is that of VRRP, 1 to 255, the VIP network's alone; seat is 1 or 2, and no two hosts of a pair have
    the same; own is this host's end, other that of the other host, None while there is none; takes_over True has this
    host take the VIP whenever it is well, which a planned switch asks for.
    """

    router_id: int
    seat: int
    own: EndSpec
    other: EndSpec | None = None
    takes_over: bool = False


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One load balancer as its host should run it.

    Shape: present False means "remove every trace", and then vip is None and nothing hangs below; listeners and pools
    are in order of creation; claim is the number of the binding, which only grows for a load balancer: of two hosts
    that were both told to serve it, the one with the higher claim was told last. 0 where nothing is known of bindings.
    pair None is the topology SINGLE, anything else ACTIVE_STANDBY.
    """

    id: str
    revision: int
    project_id: str
    version: int = VERSION
    present: bool = True
    claim: int = 0
    driver: str = "haproxy_ns"
    admin_state_up: bool = True
    vip: VipSpec | None = None
    pair: PairSpec | None = None
    listeners: tuple[ListenerSpec, ...] = ()
    pools: tuple[PoolSpec, ...] = ()


def digest(spec: Spec) -> str:
    """Name the content of a spec, whatever its revision: equal digests need no work on the host."""
    content = msgspec.json.encode(msgspec.structs.replace(spec, revision=0))
    return hashlib.sha256(content).hexdigest()[:32]
