"""What this host says of the load balancers it holds, and what it does about what it hears; decided, not done."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from openlbaas.desired.fencing import UNNUMBERED, Claim, Reaction, State, may_serve, reaction
from openlbaas.drivers.haproxy_netns.claim_frames import MOST, Entry, Seal
from openlbaas.drivers.haproxy_netns.holdings import Holding, Yielded

_LOST_S = 3.5
"""Who was not heard for so long has been away, and is told everything at once."""
_EVERYTHING_S = 1.0
_INSIST_S = 0.2


@dataclass(frozen=True, slots=True)
class Yield:
    """Give a load balancer up."""

    holding: Holding
    to: Yielded


@dataclass(frozen=True, slots=True)
class Insist:
    """Tell the neighbours again who has the addresses."""

    holding: Holding


Act = Yield | Insist


@dataclass(slots=True)
class _Standing:
    """One load balancer."""

    holding: Holding
    yielded: Yielded | None
    name: bytes
    insisted_at: float = float("-inf")

    @property
    def state(self) -> State:
        """Say what is done with it."""
        if not may_serve(self.holding.claim, None if self.yielded is None else self.yielded.claim, assured=True):
            return State.YIELDED
        return State.SERVING if self.holding.serving else State.WAITING


@dataclass(slots=True)
class _Network:
    """The load balancers of one network.

    Shape: name is a :meth:`Seal.network`; turn has each load balancer once, those that wait longest to be mentioned
        first; now is what is to be said at once.
    """

    name: bytes
    turn: deque[str] = field(default_factory=deque)
    now: dict[str, None] = field(default_factory=dict)
    everything: bool = False
    everything_at: float = float("-inf")
    heard_at: dict[bytes, float] = field(default_factory=dict)


class Claims:
    """Every claim of one host.

    Units: instants are seconds on one clock, which the caller has.
    """

    def __init__(self, seal: Seal, host: str) -> None:
        """Begin with none."""
        self._seal = seal
        self.host = seal.host(host)
        self._standings: dict[str, _Standing] = {}
        self._ids: dict[tuple[bytes, int], str] = {}
        self._networks: dict[str, _Network] = {}

    def __len__(self) -> int:
        """Count the load balancers held."""
        return len(self._standings)

    def held(self) -> frozenset[str]:
        """Name the load balancers held."""
        return frozenset(self._standings)

    def network(self, bridge: str) -> bytes | None:
        """Name the network of a bridge as frames do; None when no load balancer is on it."""
        network = self._networks.get(bridge)
        return None if network is None else network.name

    def put(self, holding: Holding, yielded: Yielded | None) -> None:
        """Hold a load balancer, and say so at once if that is news."""
        load_balancer_id = holding.load_balancer_id
        if holding.claim == UNNUMBERED:
            self.drop(load_balancer_id)
            return
        before = self._standings.get(load_balancer_id)
        if before is not None and before.holding == holding and before.yielded == yielded:
            return
        self.drop(load_balancer_id)
        standing = _Standing(holding, yielded, self._seal.name(load_balancer_id))
        self._standings[load_balancer_id] = standing
        self._ids[standing.name, holding.seat] = load_balancer_id
        network = self._networks.get(holding.bridge)
        if network is None:
            network = self._networks[holding.bridge] = _Network(self._seal.network(holding.network_id))
        network.turn.append(load_balancer_id)
        if standing.state is not State.YIELDED:
            network.now[load_balancer_id] = None

    def drop(self, load_balancer_id: str) -> None:
        """Hold a load balancer no more."""
        standing = self._standings.pop(load_balancer_id, None)
        if standing is None:
            return
        self._ids.pop((standing.name, standing.holding.seat), None)
        network = self._networks[standing.holding.bridge]
        network.turn.remove(load_balancer_id)
        network.now.pop(load_balancer_id, None)
        if not network.turn:
            del self._networks[standing.holding.bridge]

    def greet(self) -> None:
        """Say everything soon: somebody may hear this host who did not before."""
        for network in self._networks.values():
            network.everything = True

    def hear(self, bridge: str, entries: Iterable[Entry], now: float) -> tuple[Act, ...]:
        """Take in what another host says on a bridge, and say what is to be done."""
        network = self._networks.get(bridge)
        if network is None:
            return ()
        acts = []
        for entry in entries:
            if entry.claim.host == self.host:
                return ()
            self._meet(network, entry.claim.host, now)
            load_balancer_id = self._ids.get((entry.name, entry.seat))
            if load_balancer_id is not None:
                acts.append(self._react(network, self._standings[load_balancer_id], entry.claim, now))
        return tuple(act for act in acts if act is not None)

    def say(self, now: float, *, turn: bool) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """Name what is to be said on which bridge: what is urgent, and, in turn, what was not mentioned for longest."""
        said = []
        for bridge, network in self._networks.items():
            names = self._names(network, now, turn=turn)
            entries = tuple(self._entry(self._standings[name]) for name in names)
            if entries:
                said.append((bridge, entries))
        return tuple(said)

    def _names(self, network: _Network, now: float, *, turn: bool) -> list[str]:
        count = min(MOST, len(network.turn)) if turn else 0
        if network.everything and now - network.everything_at >= _EVERYTHING_S:
            network.everything, network.everything_at = False, now
            count = len(network.turn)
        names = network.now
        for _ in range(count):
            name = network.turn[0]
            network.turn.rotate(-1)
            if self._standings[name].state is not State.YIELDED:
                names[name] = None
        network.now = {}
        return list(names)

    def _meet(self, network: _Network, host: bytes, now: float) -> None:
        if now - network.heard_at.get(host, float("-inf")) > _LOST_S:
            network.everything = True
        network.heard_at[host] = now

    def _react(self, network: _Network, standing: _Standing, heard: Claim, now: float) -> Act | None:
        load_balancer_id = standing.holding.load_balancer_id
        match reaction(self._claim(standing), heard):
            case Reaction.YIELD:
                to = Yielded(heard.number, heard.host.hex())
                if standing.yielded is None or standing.yielded.claim < to.claim:
                    standing.yielded = to
                    network.now[load_balancer_id] = None
                return Yield(standing.holding, standing.yielded)
            case Reaction.INSIST if now - standing.insisted_at >= _INSIST_S:
                standing.insisted_at = now
                network.now[load_balancer_id] = None
                return Insist(standing.holding)
        return None

    def _claim(self, standing: _Standing) -> Claim:
        return Claim(standing.holding.claim, self.host, standing.state)

    def _entry(self, standing: _Standing) -> Entry:
        return Entry(standing.name, self._claim(standing), standing.holding.seat)


def waiting(holding: Holding) -> Holding:
    """Take a holding as it is before anything answers."""
    return replace(holding, serving=False)
