"""Whatever happens to hosts and load balancers, in the end each runs on one host, and nothing is left elsewhere."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moving import balancer, cloud
from openlbaas.domain import commands as c
from openlbaas.domain.errors import NoHost, NotFound, Refusal
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import change, read, relocation
from world import ADMIN, Host, World

NAMES = ("host1", "host2", "host3", "host4")
HOST = st.sampled_from(NAMES)
STEP = st.one_of(
    st.tuples(
        st.sampled_from(["dies", "returns", "restarts", "settles", "takes", "refuses", "drains", "undrains"]), HOST
    ),
    st.tuples(st.sampled_from(["given up", "forced"]), HOST),
    st.tuples(st.just("moves"), st.tuples(st.integers(0, 3), st.none() | HOST)),
    st.tuples(st.sampled_from(["changes", "deletes"]), st.integers(0, 3)),
    st.tuples(st.just("passes"), st.integers(1, 60)),
    st.tuples(st.sampled_from(["created", "rebalanced", "server restarts"]), st.none()),
)


class Story:
    """A cloud in which things happen."""

    def __init__(self, lab: World) -> None:
        """Begin with four hosts and two load balancers."""
        self.lab = lab
        self.hosts = {name: lab.host(name) for name in NAMES}
        self.alive = set(NAMES)
        self.made = [balancer(lab), balancer(lab)]
        self.claims: dict[str, int] = {}

    def happen(self, what: str, on: object) -> None:
        """Let one thing happen; what is refused does not."""
        try:
            self._host(what, on) if isinstance(on, str) else self._other(what, on)
        except (Refusal, NoHost, NotFound):
            return

    def _host(self, what: str, name: str) -> None:
        host, services = self.hosts[name], self.lab.services
        match what:
            case "dies":
                self.alive.discard(name)
            case "returns":
                self.alive.add(name)
                host.beat()
            case "restarts" if name in self.alive:
                host.position = 0
                host.beat(started=True)
            case "settles" if name in self.alive:
                host.settle()
            case "takes" if name in self.alive:
                host.answer(*host.take()[:1])
                host.position = 0
            case "refuses" if name in self.alive:
                host.answer(*(spec for spec in host.take() if spec.present), refused="it would not")
                host.position = 0
            case "drains" | "undrains":
                relocation.drain(services, ADMIN, name, draining=what == "drains")
            case "given up" | "forced":
                relocation.fail(services, ADMIN, name, force=what == "forced")
            case _:
                return

    def _other(self, what: str, on: object) -> None:
        services = self.lab.services
        match what, on:
            case "moves", (int(number), host):
                relocation.move(services, ADMIN, self._one(number), host)  # type: ignore[arg-type]  # a name or None
            case "changes", int(number):
                change.change(services, ADMIN, c.UpdateLoadBalancer(id=self._one(number), description=str(number)))
            case "deletes", int(number):
                change.change(services, ADMIN, c.DeleteLoadBalancer(self._one(number)))
            case "passes", int(tenths):
                self.pass_by(tenths / 10)
            case "rebalanced", _:
                relocation.rebalance(services, ADMIN, dry_run=False)
            case "server restarts", _:
                self.lab.__post_init__()
            case "created", _ if len(self.made) < 4:
                self.made.append(balancer(self.lab))

    def pass_by(self, seconds: float) -> None:
        """Let time pass for who is alive."""
        self.lab.pass_by(seconds, *(self.hosts[name] for name in sorted(self.alive)))

    def _one(self, number: int) -> str:
        return self.made[number % len(self.made)]

    def watch_claims(self) -> None:
        """See that no host is given a claim below one that it or any other was given."""
        for host in self.hosts.values():
            host_claims = {spec.id: spec.claim for spec in host.running.values()}
            for load_balancer_id, claim in host_claims.items():
                self.claims[load_balancer_id] = max(self.claims.get(load_balancer_id, 0), claim)

    def end_well(self) -> None:
        """Have everybody back, and wait."""
        for name in NAMES:
            self.alive.add(name)
            self.hosts[name].beat()
            relocation.drain(self.lab.services, ADMIN, name, draining=False)
        for seconds in (1, 1, 1, 1, 1, 1, 0, 0):
            self.pass_by(seconds)
            for host in self.hosts.values():
                host.settle()


def living(lab: World) -> list[LoadBalancerView]:
    """List what there is."""
    views = read.select(lab.services, ADMIN, Kind.LOAD_BALANCER, Selection())
    return [view for view in views if isinstance(view, LoadBalancerView)]


@contextmanager
def somewhere() -> Iterator[Path]:
    """Have a folder for one story, in memory where that can be: hundreds of commits need no disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=14))
def test_every_story_ends_with_one_host_for_each(steps: list[tuple[str, object]]) -> None:
    with somewhere() as folder:
        story = Story(cloud(folder, failback=True))
        for what, on in steps:
            story.happen(what, on)
            story.watch_claims()
        story.end_well()
        lab = story.lab
        bindings = lab.services.store.read(lambda transaction: transaction.moves.bindings())
        assert lab.services.store.read(lambda transaction: transaction.moves.under_way()) == []
        assert lab.services.store.read(lambda transaction: transaction.moves.lost()) == frozenset()
        views = living(lab)
        assert {view.object.id for view in views} == set(bindings)
        assert {view.provisioning for view in views} <= {Provisioning.ACTIVE}
        for view in views:
            runs = [host for host in story.hosts.values() if view.object.id in host.running]
            assert [host.beat() for host in runs] == [bindings[view.object.id]]
            assert runs[0].running[view.object.id].claim >= story.claims.get(view.object.id, 0)
        assert all(set(host.running) <= set(bindings) for host in story.hosts.values())
        for name in NAMES:
            assert set(again(lab, name).running) == set(story.hosts[name].running)


def again(lab: World, name: str) -> Host:
    """Ask for everything of a host, and see that nothing in it is to be removed."""
    asked = Host(lab, name)
    assert all(spec.present for spec in asked.take())
    return asked
