"""From a tree and its network to the spec that a host runs."""

from collections.abc import Mapping
from types import MappingProxyType

from openlbaas.desired.spec import (
    AddressSpec,
    CertificateSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PersistenceSpec,
    PolicySpec,
    PoolSpec,
    RouteSpec,
    RuleSpec,
    Spec,
    VipSpec,
)
from openlbaas.domain.model import HealthMonitor, L7Policy, Listener, Member, Pool
from openlbaas.domain.network import Network, Port, Subnet
from openlbaas.domain.tree import Tree, living, members_of, monitor_of, policies_of, rules_of


def certificate_refs(tree: Tree) -> tuple[str, ...]:
    """Name every certificate that the listeners of a load balancer refer to, each once."""
    refs = (ref for x in living(tree.listeners) for ref in (x.default_tls_container_ref, *x.sni_container_refs))
    return tuple(dict.fromkeys(ref for ref in refs if ref))


def spec(
    tree: Tree,
    driver: str,
    vip: VipSpec | None,
    certificates: Mapping[str, CertificateSpec] = MappingProxyType({}),
    *,
    claim: int = 0,
) -> Spec:
    """Say what a host should run for one load balancer.

    Shape: what is being deleted is left out; vip is not None unless the load balancer is being deleted; certificates
    are by reference, and one that is missing is left out of its listener.
    """
    balancer = tree.load_balancer
    if balancer.mark.deleted is not None or vip is None:
        return absent(tree.id, tree.progress.revision, balancer.project_id, driver, claim)
    return Spec(
        id=tree.id,
        revision=tree.progress.revision,
        project_id=balancer.project_id,
        claim=claim,
        driver=driver,
        admin_state_up=balancer.admin_state_up,
        vip=vip,
        listeners=tuple(_listener(tree, x, certificates) for x in living(tree.listeners)),
        pools=tuple(_pool(tree, x) for x in living(tree.pools)),
    )


def absent(load_balancer_id: str, revision: int, project_id: str, driver: str, claim: int = 0) -> Spec:
    """Say that a host should keep no trace of a load balancer; claim is that of whoever has it now."""
    return Spec(
        id=load_balancer_id, revision=revision, project_id=project_id, driver=driver, present=False, claim=claim
    )


def _listener(tree: Tree, listener: Listener, certificates: Mapping[str, CertificateSpec]) -> ListenerSpec:
    refs = dict.fromkeys(ref for ref in (listener.default_tls_container_ref, *listener.sni_container_refs) if ref)
    return ListenerSpec(
        id=listener.id,
        protocol=listener.protocol.value,
        port=listener.protocol_port,
        connection_limit=listener.connection_limit,
        default_pool_id=listener.default_pool_id,
        admin_state_up=listener.admin_state_up,
        certificates=tuple(certificates[ref] for ref in refs if ref in certificates),
        policies=tuple(_policy(tree, p) for p in policies_of(tree, listener.id) if p.admin_state_up),
    )


def _policy(tree: Tree, policy: L7Policy) -> PolicySpec:
    return PolicySpec(
        id=policy.id,
        action=policy.action.value,
        redirect_pool_id=policy.redirect_pool_id,
        redirect_url=policy.redirect_url,
        rules=tuple(
            RuleSpec(
                id=rule.id,
                type=rule.type.value,
                compare_type=rule.compare_type.value,
                value=rule.value,
                key=rule.key,
                invert=rule.invert,
            )
            for rule in rules_of(tree, policy.id)
            if rule.admin_state_up
        ),
    )


def _pool(tree: Tree, pool: Pool) -> PoolSpec:
    monitor = monitor_of(tree, pool.id)
    kept = pool.persistence
    return PoolSpec(
        id=pool.id,
        protocol=pool.protocol.value,
        algorithm=pool.algorithm.value,
        persistence=PersistenceSpec(type=kept.type.value, cookie_name=kept.cookie_name) if kept else None,
        members=tuple(_member(m) for m in members_of(tree, pool.id)),
        health_monitor=_monitor(monitor) if monitor else None,
        admin_state_up=pool.admin_state_up,
    )


def _member(member: Member) -> MemberSpec:
    return MemberSpec(
        id=member.id,
        address=member.address,
        port=member.protocol_port,
        weight=member.weight,
        admin_state_up=member.admin_state_up,
    )


def _monitor(monitor: HealthMonitor) -> HealthMonitorSpec:
    down = monitor.max_retries_down
    return HealthMonitorSpec(
        id=monitor.id,
        type=monitor.type.value,
        delay_s=monitor.delay_s,
        timeout_s=monitor.timeout_s,
        fall=monitor.max_retries if down is None else down,
        rise=None if down is None else monitor.max_retries,
        http_method=monitor.http_method.value,
        url_path=monitor.url_path,
        expected_codes=monitor.expected_codes,
        admin_state_up=monitor.admin_state_up,
    )


def vip(port: Port, network: Network, subnets: Mapping[str, Subnet]) -> VipSpec:
    """Say how a VIP port meets the wire.

    Shape: subnets has every subnet that the port has an address on, by id.
    """
    own = [(ip, subnets[ip.subnet_id]) for ip in port.fixed_ips]
    return VipSpec(
        port_id=port.id,
        mac_address=port.mac_address,
        network=NetworkSpec(
            id=network.id,
            type=network.network_type,
            physical_network=network.physical_network,
            segmentation_id=network.segmentation_id,
            mtu=network.mtu,
        ),
        addresses=tuple(AddressSpec(ip.ip_address, int(s.cidr.rsplit("/", 1)[1])) for ip, s in own),
        gateways=tuple(s.gateway_ip for _, s in own if s.gateway_ip),
        routes=tuple(RouteSpec(r.destination, r.nexthop) for _, s in own for r in s.host_routes),
    )
