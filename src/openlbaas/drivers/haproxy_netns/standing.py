"""What must be done on this host so that a load balancer is answered by one host: taking it, and giving it up.

Order: what this host claims is said before it answers. A load balancer that is there for the first time meets its
network before HAProxy starts; one that another host may still have is made ready behind a closed door, so that it is
away for a moment only. Behind it the interface is down, so that no check of a member hangs: it fails at once, and what
failed there is forgotten when the door opens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from openlbaas.desired.fencing import UNNUMBERED, may_serve
from openlbaas.desired.spec import Spec, VipSpec
from openlbaas.drivers.haproxy_netns import names
from openlbaas.drivers.haproxy_netns.holdings import Holding
from openlbaas.drivers.haproxy_netns.seen import Link, Seen
from openlbaas.drivers.haproxy_netns.turning import Turning
from openlbaas.drivers.haproxy_netns.ways import Way

_FIRST = 1
_ALONE = "local"
_SEAT_ALONE = 1
"""The seat of whoever serves alone: a host that does so without right and the first of two must hear each other."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Say to other hosts what this one claims."""

    holding: Holding


@dataclass(frozen=True, slots=True)
class Release:
    """Claim nothing any more."""


@dataclass(frozen=True, slots=True)
class Open:
    """Let the load balancer meet its network, and tell the neighbours who has its addresses.

    Order: should another host have claimed better meanwhile, it is closed again.
    """

    tap: str
    link: Link


@dataclass(frozen=True, slots=True)
class Revive:
    """Let HAProxy forget which members it could not reach while the door was closed."""


@dataclass(frozen=True, slots=True)
class Close:
    """Let nobody on the network reach the load balancer."""

    tap: str


@dataclass(frozen=True, slots=True)
class Deny:
    """Say that this host must not serve the load balancer, and why."""

    reason: str


ClaimStep = Hold | Release | Open | Revive | Close | Deny


@dataclass(frozen=True, slots=True)
class Standing:
    """How a load balancer stands on this host.

    Shape: refusal says why this host must not serve it, None when it may; opened when it meets its network now; behind
        when it is to be made ready behind a closed door.
    """

    holding: Holding
    refusal: str | None
    opened: bool

    @property
    def behind(self) -> bool:
        """Say whether nobody must be able to reach it while it is made ready."""
        return self.refusal is not None or (not self.opened and self.holding.claim > _FIRST)


def standing(  # noqa: PLR0913 - what a standing is made from
    seen: Seen, spec: Spec, vip: VipSpec, out: Way, wanted: Link, turning: Turning
) -> Standing:
    """Say how a load balancer stands."""
    # A network that no other host is on has nobody to agree with.
    claim = UNNUMBERED if vip.network.type == _ALONE else spec.claim
    refusal = _refusal(seen, claim)
    tap = next((tap for tap in seen.taps if tap.name == names.tap(vip.port_id)), None)
    attached = tap is not None and any(link.name == wanted.name for link in seen.links)
    holding = Holding(
        load_balancer_id=spec.id,
        claim=claim,
        serving=refusal is None,
        network_id=vip.network.id,
        bridge=out.bridge,
        tap=names.tap(vip.port_id),
        namespace=names.namespace(spec.id),
        link=wanted.name,
        mac_address=wanted.mac_address,
        addresses=tuple(sorted(address for address, _ in wanted.addresses)),
        seat=_SEAT_ALONE if spec.pair is None else spec.pair.seat,
        process=turning.process if turning.watched else "",
        track=turning.track if turning.watched else "",
    )
    return Standing(holding, refusal, opened=tap is not None and tap.up and attached)


def claimed(seen: Seen, stands: Standing, wanted: Link) -> Iterator[ClaimStep]:
    """Claim it, and let it meet its network unless it must not: from the one to the other nobody may answer."""
    opens = stands.refusal is None and not stands.opened
    if opens and stands.behind:
        yield Revive()
    if stands.holding.claim != UNNUMBERED:
        if seen.held != stands.holding:
            yield Hold(stands.holding)
    elif seen.held is not None or seen.yielded is not None:
        yield Release()
    if opens:
        yield Open(stands.holding.tap, wanted)
    if opens and stands.behind:
        # A check may have come between the two.
        yield Revive()


def closed(stands: Standing) -> Iterator[ClaimStep]:
    """Close what must not be reached."""
    if stands.refusal is not None and stands.opened:
        yield Close(stands.holding.tap)


def denied(stands: Standing) -> Iterator[ClaimStep]:
    """Say of what must not be served that it is not."""
    if stands.refusal is not None:
        yield Deny(stands.refusal)


def released(seen: Seen) -> Iterator[ClaimStep]:
    """Claim nothing of what goes."""
    if seen.held is not None or seen.yielded is not None:
        yield Release()


def _refusal(seen: Seen, claim: int) -> str | None:
    if may_serve(claim, seen.yielded, assured=seen.assured):
        return None
    if seen.yielded is not None and claim <= seen.yielded:
        return f"another host serves it with claim {seen.yielded}, and this one was told {claim}"
    return "not served yet: no server said that it is still this host's, and other hosts are being listened to"
