"""What must be done so that two hosts serve a load balancer by turns, as far as keepalived has to do with it.

Order: it is started when HAProxy serves and the load balancer meets its network, and ended before either goes. A VIP
that is on the interface when it is started was this host's, and stays; one that is there when the load balancer is to
have one host again stays, too.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace

from openlbaas.desired.spec import PairSpec, VipSpec
from openlbaas.drivers.haproxy_netns import vrrp_conf
from openlbaas.drivers.haproxy_netns.seen import Link, Seen


@dataclass(frozen=True, slots=True)
class Begin:
    """Start keepalived.

    Shape: at_once is the configuration that it starts on where this host is to go on serving; empty where it is not.
    """

    text: str
    at_once: str = ""
    old: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Have keepalived read another configuration; who serves goes on."""

    text: str
    process: int


@dataclass(frozen=True, slots=True)
class Leave:
    """End keepalived.

    Shape: keeps says that the addresses stay where they are, because this host is to serve alone.
    """

    processes: tuple[int, ...]
    keeps: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Tell keepalived whether HAProxy is well."""

    well: bool


TurnStep = Begin | Turn | Leave | Judge


@dataclass(frozen=True, slots=True)
class Turning:
    """How one load balancer's keepalived is run on this host.

    Shape: track is the file that says whether HAProxy is well, process the one that names it; able False where
    keepalived is not installed; serves says whether HAProxy is to run at all; watched says that the other host must
    take over when it ends.
    Units: advertisement_s is seconds.
    """

    track: str = ""
    process: str = ""
    advertisement_s: float = 0.1
    able: bool = True
    serves: bool = True
    watched: bool = False

    def of(self, pair: PairSpec | None, *, serves: bool) -> "Turning":
        """Say the same of a load balancer as it should be."""
        return replace(self, serves=serves, watched=serves and pair is not None and pair.other is not None)


def begun(seen: Seen, vip: VipSpec, pair: PairSpec, wanted: Link, how: Turning) -> Iterator[TurnStep]:
    """Have keepalived run as it should."""
    there = seen.turns
    given = (vip, pair, wanted.name, how.track, how.advertisement_s)
    text = vrrp_conf.conf(*given)
    if there is None or there.process is None:
        link = next((link for link in seen.links if link.name == wanted.name), None)
        had = link is not None and link.up and vip_addresses(vip) & link.addresses
        at_once = vrrp_conf.conf_at_once(*given) if had else ""
        yield Begin(text, at_once, there.others if there is not None else ())
    elif there.good != text:
        yield Turn(text, there.process)


def judged(seen: Seen, how: Turning) -> Iterator[TurnStep]:
    """Let keepalived know that HAProxy serves again, or need not."""
    there = seen.turns
    if there is not None and there.process is not None:
        began = how.serves and seen.haproxy.serving is None
        if began or not there.well:
            yield Judge(well=True)


def left(seen: Seen, *, keeps: bool) -> Iterator[TurnStep]:
    """Have no keepalived."""
    if seen.turns is not None:
        there = () if seen.turns.process is None else (seen.turns.process,)
        yield Leave((*there, *seen.turns.others), keeps)


def vip_addresses(vip: VipSpec) -> frozenset[tuple[str, int]]:
    """Name the addresses of a VIP as those of an interface are."""
    return frozenset((str(ipaddress.ip_address(each.address)), each.prefix_length) for each in vip.addresses)
