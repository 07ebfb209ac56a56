"""A control plane in the test's own process: a real SQLite store, and hosts that answer by the real operations."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import databases
from openlbaas.desired.spec import Spec, digest
from openlbaas.dialects.host_v1 import Outcome, Report, Sample
from openlbaas.domain.caller import Caller
from openlbaas.domain.network import AllocationPool, CreateNetwork, CreateSubnet, Network, Subnet
from openlbaas.network.builtin import Builtin
from openlbaas.operations import feed, networks, report
from openlbaas.operations.services import Provider, Services
from openlbaas.operations.upkeep import Upkeep
from openlbaas.secrets.local import Local
from openlbaas.store import Store

ADMIN = Caller("project", "admin", frozenset({"admin"}))
TENANT = Caller("project", "tenant", frozenset({"member"}))
HOST_SECRET = "host-secret"
STRANGER = Caller("other", "stranger", frozenset({"member"}))


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _ids() -> Iterator[str]:
    for number in itertools.count(1):
        yield f"00000000-0000-4000-8000-{number:012x}"


@dataclass
class World:
    """Services on a database of their own, with everything that was woken."""

    services: Services
    clock: Clock
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to listen, as a server does when it starts."""
        self.keeper = Upkeep(self.services)

    def network(self, caller: Caller = ADMIN, **more: object) -> Network:
        """Make a network."""
        command = CreateNetwork(project_id=caller.project_id, **more)  # type: ignore[arg-type]  # its own words
        made = networks.change(self.services, caller, command)
        assert isinstance(made, Network)
        return made

    def subnet(self, network: Network, cidr: str = "172.20.0.0/24", caller: Caller = ADMIN) -> Subnet:
        """Make a subnet; the usual one has the pool of the walkthrough."""
        pools = (AllocationPool("172.20.0.2", "172.20.0.254"),) if cidr == "172.20.0.0/24" else None
        command = CreateSubnet(
            project_id=caller.project_id,
            network_id=network.id,
            cidr=cidr,
            ip_version=6 if ":" in cidr else 4,
            allocation_pools=pools,
        )
        made = networks.change(self.services, caller, command)
        assert isinstance(made, Subnet)
        return made

    def host(self, name: str = "host1", **told: object) -> "Host":
        """Have a host report for the first time, with what its agent tells of itself."""
        made = Host(self, name, told=dict(told))
        made.beat(started=True)
        return made

    def keep(self) -> None:
        """Do the upkeep once; whoever waits for silence to be noticed has it done before and after."""
        self.keeper.run()

    def pass_by(self, seconds: float, *living: "Host") -> None:
        """Let time pass in which some hosts report each second, and the upkeep looks when it said that it would."""
        ends, beats_at = self.clock.now + seconds, self.clock.now
        while self.clock.now < ends:
            if self.clock.now >= beats_at:
                beats_at += 1.0
                for host in living:
                    host.beat()
            looks_at = self.clock.now + self.keeper.run()
            self.clock.now = min(looks_at, beats_at, ends)
        self.keep()


@dataclass
class Host:
    """A twin of an agent: takes its feed, and applies or refuses as the test says."""

    world: World
    name: str
    position: int = 0
    running: dict[str, Spec] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)

    def beat(self, *, started: bool = False) -> str:
        """Send a heartbeat and name the agent's id."""
        return report.report(self.world.services, self.report(started=started)).agent_id

    def report(self, **more: object) -> Report:
        """Make a report of this host."""
        zone = self.told.get("availability_zone")
        return Report(host=self.name, configurations=self.told, availability_zone=zone, **more)  # type: ignore[arg-type]

    def take(self) -> tuple[Spec, ...]:
        """Take what is new on the feed."""
        told = feed.feed(self.world.services, self.name, self.position)
        if told.full:
            self.running = {}
        for spec in told.specs:
            if spec.present:
                self.running[spec.id] = spec
            else:
                self.running.pop(spec.id, None)
        self.position = told.position
        return told.specs

    def settle(self) -> tuple[Spec, ...]:
        """Take what is new and say that all of it is applied."""
        specs = self.take()
        self.answer(*specs)
        return specs

    def answer(self, *specs: Spec, refused: str = "") -> None:
        """Report specs as applied, or as refused with a reason."""
        outcomes = tuple(
            Outcome(load_balancer_id=s.id, revision=s.revision, digest=digest(s), applied=not refused, reason=refused)
            for s in specs
        )
        report.report(self.world.services, self.report(outcomes=outcomes))

    def see(self, load_balancer_id: str, **members: str) -> None:
        """Report the health of members."""
        report.report(self.world.services, self.report(members={load_balancer_id: members}))

    def count(self, load_balancer_id: str, *samples: Sample) -> None:
        """Report what processes have counted."""
        report.report(self.world.services, self.report(statistics={load_balancer_id: samples}))


def world(folder: Path, **more: object) -> World:
    """Make a control plane with its database in a folder."""
    connection = databases.fresh(folder)
    clock = Clock()
    ids = _ids()
    woken: list[str] = []
    options: dict[str, object] = {
        "patience_s": 60.0,
        "providers": (Provider("haproxy", "haproxy_ns", default=True),),
        "secrets": Local(folder / "certificates.key"),
        **more,
    }
    services = Services(
        store=Store(connection),
        network=Builtin(base_mac="fa:16:3e:00:00:00", default_mtu=1500, network_type="local"),
        clock=clock,
        steady=clock,
        new_id=lambda: next(ids),
        random=random.Random(7),
        host_secret=HOST_SECRET,
        changed=lambda hosts: woken.extend(sorted(hosts)),
        **options,  # type: ignore[arg-type]  # options of Services
    )
    return World(services, clock, woken)
