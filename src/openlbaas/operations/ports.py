"""What operations need of the rooms above them, as protocols."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from openlbaas.desired.spec import VipSpec
from openlbaas.domain.agents import Agent
from openlbaas.domain.caller import Caller
from openlbaas.domain.certificates import Certificate, Contents, Material
from openlbaas.domain.events import Event
from openlbaas.domain.flavors import Flavor, ServiceProfile
from openlbaas.domain.model import Vip
from openlbaas.domain.moves import Account, Leaving
from openlbaas.domain.network import Network, NetworkCommand, NetworkView, Port, Subnet
from openlbaas.domain.pairs import Pair
from openlbaas.domain.quota import Limits
from openlbaas.domain.selection import Selection
from openlbaas.domain.statistics import Statistics
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Kind

T = TypeVar("T")


class FeedEntry(Protocol):
    """One load balancer that a host must look at, as of a revision."""

    @property
    def load_balancer_id(self) -> str: ...  # noqa: D102 - named by the class
    @property
    def position(self) -> int: ...  # noqa: D102 - named by the class
    @property
    def revision(self) -> int: ...  # noqa: D102 - named by the class


class Bound(Protocol):
    """The agent that a load balancer is bound to, its host's name, and the number of the binding."""

    @property
    def agent_id(self) -> str: ...  # noqa: D102 - named by the class
    @property
    def host(self) -> str: ...  # noqa: D102 - named by the class
    @property
    def claim(self) -> int: ...  # noqa: D102 - named by the class


class Balancers(Protocol):
    """Load balancers in one transaction; see :class:`openlbaas.store.balancers.Balancers`."""

    def tree(self, load_balancer_id: str, *, lock: bool = False) -> Tree: ...  # noqa: D102
    def trees(self, load_balancer_ids: Sequence[str]) -> dict[str, Tree]: ...  # noqa: D102
    def home(self, kind: Kind, id: str) -> str: ...  # noqa: A002, D102
    def homes(self, kind: Kind, selection: Selection) -> list[tuple[str, str]]: ...  # noqa: D102
    def count(self, kind: Kind, project_id: str) -> int: ...  # noqa: D102
    def insert(self, tree: Tree, *, now: float) -> None: ...  # noqa: D102
    def save(self, before: Tree, after: Tree, *, now: float) -> None: ...  # noqa: D102
    def settle(  # noqa: D102
        self, load_balancer_id: str, *, applied: int | None = None, refused: int | None = None, reason: str = ""
    ) -> None: ...
    def purge(self, tree: Tree, upto: int) -> None: ...  # noqa: D102
    def remove(self, tree: Tree) -> None: ...  # noqa: D102
    def note_health(self, load_balancer_id: str, health: dict[str, str]) -> None: ...  # noqa: D102
    def on_network(self, network_id: str) -> list[tuple[str, int]]: ...  # noqa: D102
    def pending(self) -> list[str]: ...  # noqa: D102


class Hosts(Protocol):
    """Agents, bindings and feeds in one transaction; see :class:`openlbaas.store.hosts.Hosts`."""

    def agents(self) -> list[Agent]: ...  # noqa: D102
    def agent(self, agent_id: str) -> Agent: ...  # noqa: D102
    def agent_on(self, host: str) -> Agent | None: ...  # noqa: D102
    def register(self, agent: Agent) -> None: ...  # noqa: D102
    def beat(self, agent_id: str, *, now: float, configurations: dict[str, Any]) -> None: ...  # noqa: D102
    def heard(self, heard_at: Mapping[str, float]) -> bool: ...  # noqa: D102
    def change(self, agent_id: str, values: dict[str, Any]) -> None: ...  # noqa: D102
    def lock(self, agent_id: str) -> None: ...  # noqa: D102
    def forget(self, agent_id: str) -> None: ...  # noqa: D102
    def bound(self, load_balancer_id: str) -> Bound | None: ...  # noqa: D102
    def unbound(self) -> list[str]: ...  # noqa: D102
    def hosted(self, agent_id: str) -> list[str]: ...  # noqa: D102
    def bind(self, load_balancer_id: str, agent_id: str) -> None: ...  # noqa: D102
    def advance(self, agent_id: str, load_balancer_id: str, revision: int) -> int: ...  # noqa: D102
    def tell(self, load_balancer_id: str, revision: int) -> frozenset[str]: ...  # noqa: D102
    def nudge(self, agent_id: str) -> None: ...  # noqa: D102
    def advance_all(self) -> None: ...  # noqa: D102
    def feed_of(self, host: str) -> tuple[str, int]: ...  # noqa: D102
    def entries(self, agent_id: str, after: int) -> Sequence[FeedEntry]: ...  # noqa: D102
    def entry_revision(self, agent_id: str, load_balancer_id: str) -> int | None: ...  # noqa: D102
    def drop_entry(self, agent_id: str, load_balancer_id: str) -> None: ...  # noqa: D102


class Moves(Protocol):
    """Load balancers on their way from host to host; see :class:`openlbaas.store.moves.Moves`."""

    def leaving(self, load_balancer_id: str) -> Leaving | None: ...  # noqa: D102
    def under_way(self) -> list[Leaving]: ...  # noqa: D102
    def begin(self, leaving: Leaving) -> None: ...  # noqa: D102
    def restart(self, load_balancer_id: str, revision: int) -> None: ...  # noqa: D102
    def end(self, load_balancer_id: str) -> None: ...  # noqa: D102
    def account(self, load_balancer_id: str) -> Account: ...  # noqa: D102
    def note(self, load_balancer_id: str, account: Account) -> None: ...  # noqa: D102
    def lost(self) -> frozenset[str]: ...  # noqa: D102
    def strayed(self) -> list[tuple[str, str]]: ...  # noqa: D102
    def loads(self, project_id: str | None = None) -> dict[str, int]: ...  # noqa: D102
    def bindings(self, load_balancer_ids: Sequence[str] | None = None) -> dict[str, str]: ...  # noqa: D102


class Pairs(Protocol):
    """Load balancers of two hosts in one transaction; see :class:`openlbaas.store.pairs.Pairs`."""

    def find(self, load_balancer_id: str) -> Pair | None: ...  # noqa: D102
    def unsettled(self, agent_ids: Sequence[str]) -> list[Pair]: ...  # noqa: D102
    def second_on(self, agent_id: str) -> list[str]: ...  # noqa: D102
    def router_ids(self, network_id: str) -> frozenset[int]: ...  # noqa: D102
    def insert(self, pair: Pair) -> None: ...  # noqa: D102
    def save(self, pair: Pair) -> None: ...  # noqa: D102
    def remove(self, load_balancer_id: str) -> None: ...  # noqa: D102
    def claim(self, load_balancer_id: str) -> int: ...  # noqa: D102


class Nets(Protocol):
    """The network core in one transaction; see :class:`openlbaas.store.nets.Nets`."""

    def networks(self, selection: Selection) -> list[Network]: ...  # noqa: D102
    def network(self, network_id: str, *, lock: bool = False) -> Network: ...  # noqa: D102
    def subnets(self, selection: Selection) -> list[Subnet]: ...  # noqa: D102
    def subnet(self, subnet_id: str, *, lock: bool = False) -> Subnet: ...  # noqa: D102
    def ports(self, selection: Selection) -> list[Port]: ...  # noqa: D102
    def port(self, port_id: str) -> Port: ...  # noqa: D102
    def count(self, kind: Kind, project_id: str) -> int: ...  # noqa: D102


class Flavors(Protocol):
    """Flavors and service profiles in one transaction; see :class:`openlbaas.store.flavors.Flavors`."""

    def flavors(self, selection: Selection) -> list[Flavor]: ...  # noqa: D102
    def flavor(self, flavor_id: str) -> Flavor: ...  # noqa: D102
    def profiles(self, selection: Selection) -> list[ServiceProfile]: ...  # noqa: D102
    def profile(self, profile_id: str) -> ServiceProfile: ...  # noqa: D102
    def insert(self, kind: Kind, values: dict[str, Any]) -> None: ...  # noqa: D102
    def change(self, kind: Kind, id: str, values: dict[str, Any]) -> None: ...  # noqa: A002, D102
    def delete(self, kind: Kind, id: str) -> None: ...  # noqa: A002, D102
    def bind(self, flavor_id: str, profile_ids: Sequence[str]) -> None: ...  # noqa: D102
    def having(self, profile_id: str) -> list[str]: ...  # noqa: D102
    def balancers(self, flavor_id: str) -> list[str]: ...  # noqa: D102


class Quotas(Protocol):
    """Quotas in one transaction; see :class:`openlbaas.store.quotas.Quotas`."""

    def limit(self, project_id: str, kind: Kind) -> int | None: ...  # noqa: D102
    def all(self, project_id: str | None = None) -> dict[str, Limits]: ...  # noqa: D102
    def set(self, project_id: str, limits: Limits) -> None: ...  # noqa: D102
    def clear(self, project_id: str) -> None: ...  # noqa: D102
    def take_turn(self, project_id: str) -> None: ...  # noqa: D102


class CertificateUser(Protocol):
    """A listener that refers to a certificate, and its load balancer."""

    @property
    def certificate_id(self) -> str: ...  # noqa: D102 - named by the class
    @property
    def listener_id(self) -> str: ...  # noqa: D102 - named by the class
    @property
    def load_balancer_id(self) -> str: ...  # noqa: D102 - named by the class


class Certificates(Protocol):
    """Certificates and who refers to them; see :class:`openlbaas.store.certificates.Certificates`."""

    def users(self, wanted: str | None = None) -> Sequence[CertificateUser]: ...  # noqa: D102
    def expiring(self, before: float, *, lock: bool = False) -> list[Certificate]: ...  # noqa: D102
    def note_warned(self, certificate_id: str, days: int) -> None: ...  # noqa: D102


class StatisticsRows(Protocol):
    """Statistics in one transaction; see :class:`openlbaas.store.statistics.StatisticsRows`."""

    def find(self, load_balancer_id: str) -> Statistics | None: ...  # noqa: D102
    def put(self, load_balancer_id: str, found: Statistics, *, new: bool) -> None: ...  # noqa: D102


class Events(Protocol):
    """Events in one transaction; see :class:`openlbaas.store.events.Events`."""

    def note(self, *, now: float, project_id: str, load_balancer_id: str, name: str, text: str) -> None: ...  # noqa: D102
    def select(self, selection: Selection) -> list[Event]: ...  # noqa: D102
    def latest(self, names: Sequence[str], since: float) -> str | None: ...  # noqa: D102
    def prune(self, before: float) -> None: ...  # noqa: D102


class Inquiries(Protocol):
    """Questions to hosts in one transaction; see :class:`openlbaas.store.inquiries.Inquiries`."""

    def ask(self, id: str, agent_id: str, load_balancer_id: str, now: float) -> None: ...  # noqa: A002, D102
    def open(self, agent_id: str, since: float) -> list[tuple[str, str]]: ...  # noqa: D102
    def answer(self, id: str, agent_id: str, answer: dict[str, Any]) -> None: ...  # noqa: A002, D102
    def answered(self, id: str) -> dict[str, Any] | None: ...  # noqa: A002, D102
    def prune(self, before: float) -> None: ...  # noqa: D102


class Transaction(Protocol):
    """Everything that one transaction can read and write.

    Order: whoever locks more than one thing locks quota, then certificate, then subnet, then load balancer, then agent.
    """

    @property
    def balancers(self) -> Balancers: ...  # noqa: D102
    @property
    def hosts(self) -> Hosts: ...  # noqa: D102
    @property
    def moves(self) -> Moves: ...  # noqa: D102
    @property
    def pairs(self) -> Pairs: ...  # noqa: D102
    @property
    def nets(self) -> Nets: ...  # noqa: D102
    @property
    def certificates(self) -> Certificates: ...  # noqa: D102
    @property
    def quotas(self) -> Quotas: ...  # noqa: D102
    @property
    def flavors(self) -> Flavors: ...  # noqa: D102
    @property
    def statistics(self) -> StatisticsRows: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102
    @property
    def inquiries(self) -> Inquiries: ...  # noqa: D102


class Store(Protocol):
    """A database, opened."""

    def write(self, work: Callable[[Any], T]) -> T:
        """Run a function in a transaction that may write; it may run more than once."""

    def read(self, work: Callable[[Any], T]) -> T:
        """Run a function on one consistent moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VipRequest:
    """What a new VIP must be; the subnet or the network is given.

    Units: now is seconds since the epoch, UTC.
    """

    load_balancer_id: str
    port_id: str
    project_id: str
    subnet_id: str | None
    network_id: str | None
    address: str | None
    now: float


class NetworkSource(Protocol):
    """Where networks, subnets, ports and addresses come from."""

    def reserve(self, transaction: Any, caller: Caller, request: VipRequest) -> Vip:
        """Make the port of a VIP.

        Raises: NotFound; AddressOutsideSubnet; AddressTaken; AddressesExhausted; NetworkWithoutSubnet.
        """

    def reserve_end(self, transaction: Any, port_id: str, vip_port_id: str, now: float) -> None:
        """Make a port for one of two hosts, with an address on each subnet that the VIP has one on.

        Raises: AddressesExhausted; MacTaken.
        """

    def release(self, transaction: Any, port_id: str) -> None:
        """Remove the port of a VIP; nothing happens when it is gone."""

    def bind(self, transaction: Any, port_id: str, host: str) -> None:
        """Say on which host the port of a VIP is."""

    def vip(self, transaction: Any, port_id: str) -> VipSpec:
        """Say how the port of a VIP meets the wire."""

    def check_subnet(self, transaction: Any, caller: Caller, subnet_id: str) -> None:
        """Raise NotFound unless the caller may use the subnet."""

    def change(
        self,
        transaction: Any,
        caller: Caller,
        command: NetworkCommand,
        *,
        id: str,  # noqa: A002 - the field's own word
        now: float,
    ) -> NetworkView | None:
        """Carry one command out; id names the thing that it may create."""

    def show(self, transaction: Any, caller: Caller, kind: Kind, id: str) -> NetworkView:  # noqa: A002
        """Name one thing.

        Raises: NotFound, also for another project's.
        """

    def select(self, transaction: Any, caller: Caller, kind: Kind, selection: Selection) -> Sequence[NetworkView]:
        """List things that the caller may see."""


class SecretStore(Protocol):
    """Where certificates and their keys are kept."""

    def read(self, ref: str, material: Material) -> Contents:
        """Read what a caller uploads; ref is what it is called when something is wrong.

        Order:  outside of any transaction, since it takes long.
        Raises: CertificateInvalid.
        """

    def insert(self, transaction: Any, certificate: Certificate, contents: Contents) -> None:
        """Keep a certificate that is new.

        Raises: CertificateUnreadable when its key can't be kept.
        """

    def save(self, transaction: Any, certificate: Certificate, contents: Contents | None) -> None:
        """Write what changed of a certificate; contents is None when only words about it did.

        Raises: CertificateUnreadable when its key can't be kept.
        """

    def delete(self, transaction: Any, certificate_id: str) -> None:
        """Forget a certificate."""

    def certificate(self, transaction: Any, certificate_id: str, *, lock: bool = False) -> Certificate:
        """Name one certificate; lock it for the rest of the transaction.

        Raises: NotFound.
        """

    def certificates(self, transaction: Any, selection: Selection) -> list[Certificate]:
        """List certificates in order of creation."""

    def bundle(self, transaction: Any, certificate: Certificate) -> bytes:
        """Open a certificate with its chain and key.

        Raises: CertificateUnreadable.
        """
