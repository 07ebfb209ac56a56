"""What there is of one load balancer on this host, as a look found it."""

from dataclasses import dataclass, field

import msgspec

from openlbaas.desired.spec import Spec
from openlbaas.drivers.haproxy_netns.holdings import Holding
from openlbaas.haproxy.plan import Running


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What this host last set out to run.

    Shape: settled False from the moment that the network is touched until everything was done.
    """

    spec: Spec
    digest: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Link:
    """The interface in the namespace.

    Shape: addresses are (address, prefix length), routes (destination, next hop), both normalised.
    """

    name: str
    mac_address: str
    mtu: int
    up: bool
    addresses: frozenset[tuple[str, int]] = frozenset()
    routes: frozenset[tuple[str, str]] = frozenset()
    index: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Tap:
    """The other end of the interface, on the host."""

    name: str
    bridge: str | None
    up: bool
    mtu: int


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What a tunnel between hosts is made of.

    Units: mtu is bytes, of what goes through it.
    """

    vni: int
    address: str
    port: int
    mtu: int


@dataclass(frozen=True, slots=True)
class Uplink:
    """The interface of the host that leads from a network's bridge to other hosts.

    Shape: bridge is the one that it is on, whoever's that is; bare says that it has no addresses; given says that
    somebody else put it there, so that it is used as it is.
    """

    name: str
    bridge: str | None
    up: bool
    bare: bool
    tunnel: Tunnel | None = None
    given: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """What there is of keepalived.

    Shape: process is the one that sees to the other, None where it is not as it should be, and then others are what is
    left; good is the configuration that it is known to have read; well says what it was told of HAProxy.
    """

    process: int | None = None
    others: tuple[int, ...] = ()
    good: str | None = None
    well: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a plan needs to know.

    Shape: namespace False while a stale file of its name lies there; bridges are those of our making that this load
    balancer is recorded on or attached to; uplink is that of the recorded network; held is what this host claims,
    yielded the best claim that it gave the load balancer up to; assured as
    :func:`openlbaas.desired.fencing.may_serve` has it; turns is None where there is no trace of keepalived.
    """

    folder: bool = False
    folder_unfinished: bool = False
    record: Record | None = None
    namespace: bool = False
    stale: bool = False
    links: tuple[Link, ...] = ()
    taps: tuple[Tap, ...] = ()
    uplink: Uplink | None = None
    bridges: frozenset[str] = frozenset()
    haproxy: Running = field(default_factory=Running)
    held: Holding | None = None
    yielded: int | None = None
    assured: bool = True
    turns: Turns | None = None
