"""Who shares what is remembered of clients: two hosts that serve by turns, and a process with that which replaces it.

A process that is replaced looks for its successor where it listened itself, at its own name, and teaches it. Where only
one host serves, that is on the loopback: it costs a socket there, and nothing as long as no process is replaced.
Source: HAProxy 2.6 configuration guide, "peers". A process teaches only once it knows everything itself: when it was
        taught, or some seconds after it began with nobody to teach it (measured with 2.6.12 and 2.8.25).
"""

from collections.abc import Iterator

from openlbaas.desired.spec import EndSpec, PairSpec, Spec
from openlbaas.domain.vocabulary import PersistenceType
from openlbaas.haproxy import words

SECTION = "clients"
PORT = 1023
"""Below those that connections to members begin at, and at an address that no listener has."""
_REMEMBERED = frozenset({PersistenceType.SOURCE_IP, PersistenceType.APP_COOKIE})
_SEATS = 3
_ALONE = "127.0.0.1"


def needed(spec: Spec) -> bool:
    """Tell whether there is anything to share."""
    return any(pool.persistence is not None and pool.persistence.type in _REMEMBERED for pool in spec.pools)


def own(spec: Spec) -> str:
    """Name this host as peers do."""
    return words.name(spec.id) if spec.pair is None else _name(spec.id, spec.pair.seat)


def lines(spec: Spec) -> Iterator[str]:
    """Write the section.

    Shape: names have the id of the load balancer in them, which nobody else on its network knows: whoever does not
    name both ends is not let in.
    Raises: ConfigRejected.
    """
    pair = spec.pair
    where = f"{_ALONE}:{PORT}" if pair is None else _place(pair, pair.own)
    yield f"peer {own(spec)} {where}"
    if pair is not None and pair.other is not None:
        yield f"peer {_name(spec.id, _SEATS - pair.seat)} {_place(pair, pair.other)}"


def _name(load_balancer_id: str, seat: int) -> str:
    return f"{words.name(load_balancer_id)}-{seat}"


def _place(pair: PairSpec, end: EndSpec) -> str:
    """Name where an end listens: of the family that both have, if there is one."""
    others = pair.own if pair.other is None else pair.other
    shared = {":" in each.address for each in pair.own.addresses} & {":" in each.address for each in others.addresses}
    address = next((each for each in end.addresses if (":" in each.address) in shared), end.addresses[0])
    return f"{words.address(address.address)}:{PORT}"
