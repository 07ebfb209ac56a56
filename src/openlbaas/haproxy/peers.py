"""Who shares what is remembered of clients: two hosts that serve by turns, and a process with that which replaces it.

Source: HAProxy 2.6 configuration guide, "peers": a process that is replaced teaches the new one by the local peer.
"""

from collections.abc import Iterator

from openlbaas.desired.spec import EndSpec, PairSpec, Spec
from openlbaas.domain.vocabulary import PersistenceType
from openlbaas.haproxy import words

SECTION = "pair"
PORT = 1023
"""Below those that connections to members begin at, and at an address that no listener has."""
_REMEMBERED = frozenset({PersistenceType.SOURCE_IP, PersistenceType.APP_COOKIE})
_SEATS = 3


def needed(spec: Spec) -> bool:
    """Tell whether there is anything to share, and with whom."""
    remembers = any(pool.persistence is not None and pool.persistence.type in _REMEMBERED for pool in spec.pools)
    return spec.pair is not None and remembers


def own(spec: Spec) -> str:
    """Name this host as peers do."""
    return "" if spec.pair is None else _name(spec.id, spec.pair.seat)


def lines(spec: Spec) -> Iterator[str]:
    """Write the section.

    Shape: names have the id of the load balancer in them, which nobody else on its network knows: whoever does not
    name both ends is not let in.
    Raises: ConfigRejected.
    """
    pair = spec.pair
    if pair is not None:
        yield f"peer {own(spec)} {_place(pair, pair.own)}"
        if pair.other is not None:
            yield f"peer {_name(spec.id, _SEATS - pair.seat)} {_place(pair, pair.other)}"


def _name(load_balancer_id: str, seat: int) -> str:
    return f"{words.name(load_balancer_id)}-{seat}"


def _place(pair: PairSpec, end: EndSpec) -> str:
    """Name where an end listens: of the family that both have, if there is one."""
    others = pair.own if pair.other is None else pair.other
    shared = {":" in each.address for each in pair.own.addresses} & {":" in each.address for each in others.addresses}
    address = next((each for each in end.addresses if (":" in each.address) in shared), end.addresses[0])
    return f"{words.address(address.address)}:{PORT}"
