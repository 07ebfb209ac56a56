"""Random commands, in any order, from any state: the invariants hold and nothing is ever stuck."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.graph import CreateGraph, GraphListener, GraphPolicy, GraphPool
from openlbaas.domain.model import L7Policy, L7Rule
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.rules import check_l7_rule
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView, PoolView
from openlbaas.domain.vocabulary import Algorithm, CompareType, Kind, MonitorType, PolicyAction, Protocol, RuleType
from openlbaas.operations import change, creation, networks, read
from openlbaas.store import Store
from world import ADMIN, Host, World, world

PORTS = st.integers(80, 82)
LAST = st.integers(10, 12)
PICK = st.integers(0, 5)
PLACE = st.sampled_from((1, 2, 3, c.LAST))
KINDS = (
    Kind.LOAD_BALANCER,
    Kind.LISTENER,
    Kind.POOL,
    Kind.MEMBER,
    Kind.HEALTH_MONITOR,
    Kind.L7_POLICY,
    Kind.L7_RULE,
)


class Tenants(RuleBasedStateMachine):
    """One host and an impatient tenant."""

    lab: World
    host: Host

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.lab = world(Path(self.folder.name))
        self.subnet = self.lab.subnet(self.lab.network())
        self.host = self.lab.host()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.lab.services.store.close()  # type: ignore[attr-defined]  # the real store
            self.folder.cleanup()

    def any_id(self, kind: Kind, pick: int) -> str:
        found = read.select(self.lab.services, ADMIN, kind, Selection())
        return found[pick % len(found)].object.id if found else "none"

    def ask(self, command: c.Command) -> None:
        """A refusal is an answer; anything else that is raised is a bug."""
        try:
            change.change(self.lab.services, ADMIN, command)
        except errors.Refusal:
            return

    @rule()
    def create_load_balancer(self) -> None:
        self.ask(c.CreateLoadBalancer(project_id="project", vip_subnet_id=self.subnet.id))

    @rule(pick=PICK, port=PORTS)
    def create_listener(self, pick: int, port: int) -> None:
        home = self.any_id(Kind.LOAD_BALANCER, pick)
        self.ask(
            c.CreateListener(project_id="project", load_balancer_id=home, protocol=Protocol.HTTP, protocol_port=port)
        )

    @rule(pick=PICK)
    def create_pool(self, pick: int) -> None:
        listener = self.any_id(Kind.LISTENER, pick)
        self.ask(
            c.CreatePool(
                project_id="project",
                listener_id=listener,
                protocol=Protocol.HTTP,
                algorithm=Algorithm.ROUND_ROBIN,
            )
        )

    @rule(pick=PICK, last=LAST)
    def create_member(self, pick: int, last: int) -> None:
        pool = self.any_id(Kind.POOL, pick)
        self.ask(c.CreateMember(project_id="project", pool_id=pool, address=f"172.20.0.{last}", protocol_port=80))

    @rule(pick=PICK)
    def create_monitor(self, pick: int) -> None:
        pool = self.any_id(Kind.POOL, pick)
        self.ask(
            c.CreateHealthMonitor(
                project_id="project", pool_id=pool, type=MonitorType.TCP, delay_s=1, timeout_s=1, max_retries=2
            )
        )

    @rule(pick=PICK, position=PLACE, action=st.sampled_from(PolicyAction))
    def create_policy(self, pick: int, position: int, action: PolicyAction) -> None:
        listener, pool = self.any_id(Kind.LISTENER, pick), self.any_id(Kind.POOL, pick)
        self.ask(
            c.CreateL7Policy(
                project_id="project",
                listener_id=listener,
                action=action,
                position=position,
                redirect_pool_id=pool if action is PolicyAction.REDIRECT_TO_POOL else None,
                redirect_url="http://www.example.com/",
            )
        )

    @rule(ports=st.lists(PORTS, max_size=2), last=st.lists(LAST, max_size=2), action=st.sampled_from(PolicyAction))
    def create_graph(self, ports: list[int], last: list[int], action: PolicyAction) -> None:
        members = tuple(
            c.CreateMember(project_id="project", pool_id="", address=f"172.20.0.{one}", protocol_port=80)
            for one in last
        )
        pool = c.CreatePool(project_id="project", protocol=Protocol.HTTP, algorithm=Algorithm.ROUND_ROBIN)
        policy = c.CreateL7Policy(project_id="project", listener_id="", action=action, position=1)
        to_pool = GraphPool(pool=pool) if action is PolicyAction.REDIRECT_TO_POOL else None
        listeners = tuple(
            GraphListener(
                listener=c.CreateListener(project_id="project", protocol=Protocol.HTTP, protocol_port=port),
                pool=GraphPool(pool=pool, members=members),
                policies=(GraphPolicy(policy=policy, pool=to_pool),) * 2,
            )
            for port in ports
        )
        balancer = c.CreateLoadBalancer(project_id="project", vip_subnet_id=self.subnet.id)
        try:
            creation.create_graph(self.lab.services, ADMIN, CreateGraph(load_balancer=balancer, listeners=listeners))
        except errors.Refusal:
            return

    @rule(pick=PICK, action=st.sampled_from(PolicyAction), position=PLACE)
    def change_policy(self, pick: int, action: PolicyAction, position: int) -> None:
        id_, pool = self.any_id(Kind.L7_POLICY, pick), self.any_id(Kind.POOL, pick)
        self.ask(c.UpdateL7Policy(id=id_, action=action, redirect_pool_id=pool, position=position))

    @rule(pick=PICK, position=PLACE)
    def move_policy(self, pick: int, position: int) -> None:
        self.ask(c.UpdateL7Policy(id=self.any_id(Kind.L7_POLICY, pick), position=position))

    @rule(pick=PICK)
    def create_rule(self, pick: int) -> None:
        policy = self.any_id(Kind.L7_POLICY, pick)
        self.ask(
            c.CreateL7Rule(
                project_id="project",
                policy_id=policy,
                type=RuleType.PATH,
                compare_type=CompareType.STARTS_WITH,
                value="/x",
            )
        )

    @rule(pick=PICK, values=st.lists(st.sampled_from(["/", "/a b", "x"]), min_size=1, max_size=3))
    def create_rules(self, pick: int, values: list[str]) -> None:
        policy = self.any_id(Kind.L7_POLICY, pick)
        rules = tuple(
            c.CreateL7Rule(
                project_id="project",
                policy_id=policy,
                type=RuleType.HOST_NAME,
                compare_type=CompareType.CONTAINS,
                value=value,
            )
            for value in values
        )
        self.ask(c.CreateL7Rules(rules=rules))

    @rule(pick=PICK, type_=st.sampled_from(RuleType), key=st.sampled_from([c.UNSET, None, "X-A"]))
    def change_rule(self, pick: int, type_: RuleType, key: str | c.Unset | None) -> None:
        rules = read.select(self.lab.services, ADMIN, Kind.L7_RULE, Selection())
        if rules:
            found = rules[pick % len(rules)].object
            assert isinstance(found, L7Rule)
            self.ask(c.UpdateL7Rule(id=found.id, policy_id=found.policy_id, type=type_, key=key))

    @rule(pick=PICK, kind=st.sampled_from(KINDS))
    def delete(self, pick: int, kind: Kind) -> None:
        id_ = self.any_id(kind, pick)
        pool, policy = self.any_id(Kind.POOL, pick), self.any_id(Kind.L7_POLICY, pick)
        commands: dict[Kind, c.Delete] = {
            Kind.LOAD_BALANCER: c.DeleteLoadBalancer(id_),
            Kind.LISTENER: c.DeleteListener(id_),
            Kind.POOL: c.DeletePool(id_),
            Kind.MEMBER: c.DeleteMember(id_, pool),
            Kind.HEALTH_MONITOR: c.DeleteHealthMonitor(id_),
            Kind.L7_POLICY: c.DeleteL7Policy(id_),
            Kind.L7_RULE: c.DeleteL7Rule(id_, policy),
        }
        self.ask(commands[kind])

    @rule(pick=PICK, weight=st.integers(0, 256))
    def weigh(self, pick: int, weight: int) -> None:
        pool = self.any_id(Kind.POOL, pick)
        self.ask(c.UpdateMember(id=self.any_id(Kind.MEMBER, pick), pool_id=pool, weight=weight))

    @rule()
    def host_catches_up(self) -> None:
        self.host.settle()

    @rule()
    def host_refuses(self) -> None:
        self.host.answer(*self.host.take(), refused="no")

    @rule()
    def host_begins_again(self) -> None:
        self.host = Host(self.lab, "host1")

    @invariant()
    def parents_exist_and_nothing_is_shown_gone(self) -> None:
        if not hasattr(self, "lab"):
            return
        shown = {kind: read.select(self.lab.services, ADMIN, kind, Selection()) for kind in KINDS}
        ids = {kind: {v.object.id for v in views} for kind, views in shown.items()}
        assert not [v for views in shown.values() for v in views if v.provisioning is Provisioning.GONE]
        for view in shown[Kind.POOL]:
            assert isinstance(view, PoolView)
            assert view.object.load_balancer_id in ids[Kind.LOAD_BALANCER]
        for balancer in shown[Kind.LOAD_BALANCER]:
            assert isinstance(balancer, LoadBalancerView)
            assert set(balancer.listener_ids) <= ids[Kind.LISTENER]
        ports = networks.select(self.lab.services, ADMIN, Kind.PORT, Selection())
        assert len(ports) == len(ids[Kind.LOAD_BALANCER])

    @invariant()
    def policies_are_numbered_without_a_gap_and_do_what_they_can(self) -> None:
        if not hasattr(self, "lab"):
            return
        pools = {v.object.id for v in read.select(self.lab.services, ADMIN, Kind.POOL, Selection())}
        places: dict[str, list[int]] = {}
        for view in read.select(self.lab.services, ADMIN, Kind.L7_POLICY, Selection()):
            policy = view.object
            assert isinstance(policy, L7Policy)
            assert (policy.redirect_pool_id is not None) == (policy.action is PolicyAction.REDIRECT_TO_POOL)
            assert (policy.redirect_url is not None) == (policy.action is PolicyAction.REDIRECT_TO_URL)
            assert policy.redirect_pool_id is None or policy.redirect_pool_id in pools
            if policy.mark.deleted is None:
                places.setdefault(policy.listener_id, []).append(policy.position)
        assert all(sorted(found) == list(range(1, len(found) + 1)) for found in places.values())

    @invariant()
    def rules_are_in_a_policy_and_can_hold(self) -> None:
        if not hasattr(self, "lab"):
            return
        policies = {v.object.id for v in read.select(self.lab.services, ADMIN, Kind.L7_POLICY, Selection())}
        for view in read.select(self.lab.services, ADMIN, Kind.L7_RULE, Selection()):
            found = view.object
            assert isinstance(found, L7Rule)
            assert found.policy_id in policies
            check_l7_rule(found)

    @invariant()
    def the_tree_of_statuses_shows_what_is_shown_one_by_one(self) -> None:
        if not hasattr(self, "lab"):
            return
        for balancer in read.select(self.lab.services, ADMIN, Kind.LOAD_BALANCER, Selection()):
            assert isinstance(balancer, LoadBalancerView)
            found = read.statuses(self.lab.services, ADMIN, balancer.object.id)
            assert (found.provisioning, found.reason) == (balancer.provisioning, balancer.reason)
            assert tuple(x.object.id for x in found.listeners) == balancer.listener_ids
            assert tuple(x.object.id for x in found.pools) == balancer.pool_ids
            assert (found.reason != "") == (found.provisioning is Provisioning.ERROR)

    @invariant()
    def another_process_sees_the_same(self) -> None:
        if not hasattr(self, "lab"):
            return
        store = self.lab.services.store
        assert isinstance(store, Store)
        ids = [v.object.id for v in read.select(self.lab.services, ADMIN, Kind.LOAD_BALANCER, Selection())]
        other = Store(store.connection)
        mine, theirs = (one.read(lambda transaction: transaction.balancers.trees(ids)) for one in (store, other))
        other.close()
        assert mine == theirs

    @invariant()
    def a_host_that_catches_up_settles_everything(self) -> None:
        if not hasattr(self, "lab"):
            return
        fresh = Host(self.lab, "host1")
        specs = fresh.take()
        assert len({s.id for s in specs}) == len(specs)
        shown = read.select(self.lab.services, ADMIN, Kind.LOAD_BALANCER, Selection())
        assert {s.id for s in specs} == {v.object.id for v in shown}


TestTenants = Tenants.TestCase
TestTenants.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
