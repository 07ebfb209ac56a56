"""What must be done on this host for a spec, from what a look found.

Order: the folder comes first and goes last, so whatever else there is can always be found by it. An intention is
recorded before the network is touched and confirmed when everything is done, so a crash in between is seen.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from openlbaas.desired.spec import PairSpec, Spec, VipSpec, digest
from openlbaas.domain.errors import ConfigRejected
from openlbaas.drivers.haproxy_netns import names
from openlbaas.drivers.haproxy_netns.seen import Link, Record, Seen, Uplink
from openlbaas.drivers.haproxy_netns.standing import ClaimStep, claimed, closed, denied, released, standing
from openlbaas.drivers.haproxy_netns.turning import Turning, TurnStep, begun, judged, left, vip_addresses
from openlbaas.drivers.haproxy_netns.ways import Way, way
from openlbaas.haproxy import plan as haproxy
from openlbaas.haproxy.rendered import Rendered
from openlbaas.haproxy.versions import NONE, Ability
from openlbaas.settings.values import Wiring

_UNWIRED = Wiring()
_NO_TURNS = Turning(able=False)


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """Make the folder of the load balancer."""


@dataclass(frozen=True, slots=True)
class Write:
    """Write the record."""

    record: Record


@dataclass(frozen=True, slots=True)
class MakeNamespace:
    """Make the namespace, with everything set that must be set before an interface comes into it."""


@dataclass(frozen=True, slots=True)
class Attach:
    """Have the pair of interfaces between namespace and bridge, the bridge, and what leads from it to other hosts."""

    link: Link
    way: Way


@dataclass(frozen=True, slots=True)
class SetLink:
    """Correct MAC address and MTU."""

    link: Link


@dataclass(frozen=True, slots=True)
class AddAddress:
    """Add an address to the interface."""

    link: str
    address: str
    prefix_length: int


@dataclass(frozen=True, slots=True)
class DropAddress:
    """Remove an address from the interface."""

    link: str
    address: str
    prefix_length: int


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Switch the interface on."""

    link: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Switch the interface off."""

    link: str


@dataclass(frozen=True, slots=True)
class AddRoute:
    """Add a route."""

    link: str
    destination: str
    nexthop: str


@dataclass(frozen=True, slots=True)
class DropRoute:
    """Remove a route."""

    link: str
    destination: str
    nexthop: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the neighbours who has these addresses."""

    link: str
    mac_address: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveNamespace:
    """Unname the namespace; the kernel takes it away with what is in it."""


@dataclass(frozen=True, slots=True)
class RemoveTap:
    """See that the host's end of the interface is gone."""

    name: str


@dataclass(frozen=True, slots=True)
class RemoveBridge:
    """Remove a bridge, if we made it and nothing is on it any more."""

    name: str


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """Remove every file of the load balancer."""


LinkStep = SetLink | AddAddress | DropAddress | LinkUp | LinkDown | AddRoute | DropRoute
NetworkStep = (
    LinkStep | ClaimStep | TurnStep | MakeNamespace | Attach | Announce | RemoveNamespace | RemoveTap | RemoveBridge
)
Step = NetworkStep | MakeFolder | Write | RemoveFolder | haproxy.Step


def plan(  # noqa: PLR0913 - what a plan is made from
    seen: Seen,
    spec: Spec,
    config: Rendered | None,
    able: frozenset[Ability] = NONE,
    wiring: Wiring = _UNWIRED,
    turning: Turning = _NO_TURNS,
) -> tuple[Step, ...]:
    """Say what must be done.

    Shape: config is the spec rendered, able what HAProxy can be told while it runs, wiring what leads from this host to
    others, turning how two hosts serve by turns.
    Raises: ConfigRejected when the spec asks for what this host has not.
    """
    if not spec.present or spec.vip is None:
        return tuple(_removal(seen))
    if spec.pair is not None and not turning.able:
        raise ConfigRejected("two hosts can't serve by turns: keepalived is not installed on this one")
    out = way(spec.vip.network, wiring)
    turning = turning.of(spec.pair, serves=config is not None)
    return tuple(_presence(seen, spec, spec.vip, out, haproxy.plan(seen.haproxy, config, able), turning))


def _presence(  # noqa: PLR0913 - what presence is made from
    seen: Seen, spec: Spec, vip: VipSpec, out: Way, serving: tuple[haproxy.Step, ...], turning: Turning
) -> Iterator[Step]:
    wanted = wanted_link(vip, spec.pair)
    lent = frozenset[tuple[str, int]]() if spec.pair is None else vip_addresses(vip)
    stands = standing(seen, spec, vip, out, wanted, turning)
    if not seen.folder or seen.folder_unfinished:
        yield MakeFolder()
    yield from closed(stands)
    if spec.pair is None:
        yield from left(seen, keeps=stands.refusal is None)
    yield from _departure(seen, vip, out)
    network = tuple(_network(seen, vip, out, wanted, lent, behind=stands.behind))
    record = seen.record
    known = record is not None and record.spec.vip == vip
    settled = known and record is not None and record.settled
    if not known or (network and settled):
        yield Write(Record(spec=spec, digest=digest(spec), settled=False))
    yield from network
    if stands.behind:
        yield from serving
    yield from claimed(seen, stands, wanted)
    if stands.opened and not stands.behind and (network or not settled):
        yield Announce(wanted.name, wanted.mac_address, _announced(seen, stands.holding.addresses, lent))
    if not stands.behind:
        yield from serving
    if stands.refusal is None and spec.pair is not None:
        yield from begun(seen, vip, spec.pair, wanted, turning)
        yield from judged(seen, turning)
    done = Record(spec=spec, digest=digest(spec), settled=stands.refusal is None)
    if network or record != done:
        yield Write(done)
    yield from denied(stands)


def _announced(seen: Seen, own: tuple[str, ...], lent: frozenset[tuple[str, int]]) -> tuple[str, ...]:
    """Name the addresses that are this host's at this moment."""
    there = frozenset[tuple[str, int]]().union(*(link.addresses for link in seen.links))
    return (*own, *sorted(address for address, _ in lent & there))


def _departure(seen: Seen, vip: VipSpec, out: Way) -> Iterator[Step]:
    """Leave what an earlier spec was attached to."""
    for tap in seen.taps:
        if tap.name != names.tap(vip.port_id):
            yield RemoveTap(tap.name)
    for bridge in sorted(seen.bridges - {out.bridge}):
        yield RemoveBridge(bridge)


def _network(  # noqa: PLR0913 - what a network is made from
    seen: Seen, vip: VipSpec, out: Way, wanted: Link, lent: frozenset[tuple[str, int]], *, behind: bool
) -> Iterator[NetworkStep]:
    if not seen.namespace:
        yield MakeNamespace()
    link = next((link for link in seen.links if link.name == wanted.name), None)
    tap = next((tap for tap in seen.taps if tap.name == names.tap(vip.port_id)), None)
    attached = tap is not None and (tap.bridge, tap.mtu) == (out.bridge, wanted.mtu)
    if link is None or not attached or not _joined(seen.uplink, out):
        yield Attach(wanted, out)
    if link is None:
        link = Link(wanted.name, wanted.mac_address, wanted.mtu, up=False)
    if (link.mac_address, link.mtu) != (wanted.mac_address, wanted.mtu):
        yield SetLink(wanted)
    for address, prefix_length in sorted(wanted.addresses - link.addresses):
        yield AddAddress(link.name, address, prefix_length)
    for address, prefix_length in sorted(link.addresses - wanted.addresses - lent):
        yield DropAddress(link.name, address, prefix_length)
    if behind:
        if link.up:
            yield LinkDown(link.name)
        return
    if not link.up:
        yield LinkUp(link.name)
    for destination, nexthop in sorted(link.routes - wanted.routes):
        yield DropRoute(link.name, destination, nexthop)
    # What an address that goes takes with it is put back: adding a route that is there changes nothing.
    kept = link.routes if link.up and link.addresses - lent <= wanted.addresses else frozenset()
    for destination, nexthop in sorted(wanted.routes - kept):
        yield AddRoute(link.name, destination, nexthop)


def _joined(uplink: Uplink | None, out: Way) -> bool:
    if out.interface is None:
        return True
    if uplink is not None and uplink.given:
        return (uplink.bridge, uplink.up) == (out.bridge, True)
    return uplink == Uplink(out.interface, out.bridge, up=True, bare=True, tunnel=out.tunnel)


def _removal(seen: Seen) -> Iterator[Step]:
    yield from released(seen)
    yield from left(seen, keeps=False)
    there = seen.haproxy
    processes = (there.serving, *there.others) if there.serving is not None else there.others
    if processes:
        yield haproxy.Stop(processes)
    if seen.namespace or seen.stale:
        yield RemoveNamespace()
    for tap in seen.taps:
        yield RemoveTap(tap.name)
    for bridge in sorted(seen.bridges):
        yield RemoveBridge(bridge)
    if seen.folder:
        yield RemoveFolder()


def wanted_link(vip: VipSpec, pair: PairSpec | None = None) -> Link:
    """Say how the interface of a VIP should be.

    Shape: a default route of the subnet's own host routes counts only where the subnet has no gateway. Where two hosts
    serve by turns it has the addresses of this host's end, and those of the VIP come and go; its name stays that of the
    VIP's port, so that a load balancer that becomes one of two hosts keeps its connections.
    """
    has = vip if pair is None else pair.own
    gateways = [ipaddress.ip_address(gateway) for gateway in vip.gateways]
    routes = {_default(gateway.version): str(gateway) for gateway in reversed(gateways)}
    for route in vip.routes:
        destination = str(ipaddress.ip_network(route.destination, strict=False))
        routes.setdefault(destination, str(ipaddress.ip_address(route.nexthop)))
    return Link(
        name=names.inside(vip.port_id),
        mac_address=has.mac_address.lower(),
        mtu=vip.network.mtu,
        up=True,
        addresses=frozenset((str(ipaddress.ip_address(a.address)), a.prefix_length) for a in has.addresses),
        routes=frozenset(routes.items()),
    )


def _default(version: int) -> str:
    return "::/0" if version == 6 else "0.0.0.0/0"  # noqa: PLR2004 - the IP version
