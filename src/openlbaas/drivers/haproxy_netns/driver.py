"""The driver: looks, plans and carries out, load balancer by load balancer."""

import dataclasses
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from openlbaas.desired.spec import Spec, VipSpec
from openlbaas.dialects.host_v1 import TOPOLOGIES, PlannedStep, Sample
from openlbaas.domain.errors import HostFault, NetworkFault
from openlbaas.domain.vocabulary import Role, Topology
from openlbaas.drivers.haproxy_netns import control, names, place, processes, records
from openlbaas.drivers.haproxy_netns.bridges import Bridges
from openlbaas.drivers.haproxy_netns.carry import Carry, Host
from openlbaas.drivers.haproxy_netns.counting import Counting, named_in
from openlbaas.drivers.haproxy_netns.draining import Draining
from openlbaas.drivers.haproxy_netns.explain import explained
from openlbaas.drivers.haproxy_netns.hearsay import LISTEN_S, Hearsay
from openlbaas.drivers.haproxy_netns.hints import Hints
from openlbaas.drivers.haproxy_netns.keeping import Keeping
from openlbaas.drivers.haproxy_netns.lingering import Lingering
from openlbaas.drivers.haproxy_netns.look import look, serving_process
from openlbaas.drivers.haproxy_netns.marks import Marks
from openlbaas.drivers.haproxy_netns.namespaces import NAMED, Namespaces
from openlbaas.drivers.haproxy_netns.peers import Peers
from openlbaas.drivers.haproxy_netns.ping_life import PingLife
from openlbaas.drivers.haproxy_netns.ping_orders import Orders
from openlbaas.drivers.haproxy_netns.pinging import Pinging
from openlbaas.drivers.haproxy_netns.plan import Step, plan
from openlbaas.drivers.haproxy_netns.reading import Reading
from openlbaas.drivers.haproxy_netns.roles import Roles, role
from openlbaas.drivers.haproxy_netns.seen import Seen
from openlbaas.drivers.haproxy_netns.silence import Attendance
from openlbaas.drivers.haproxy_netns.standing import Deny
from openlbaas.drivers.haproxy_netns.turning import Turning, vip_addresses
from openlbaas.drivers.haproxy_netns.ways import configurations, way_of_record
from openlbaas.drivers.interface import Measured
from openlbaas.haproxy import answers, counting
from openlbaas.haproxy.render import Surroundings, render
from openlbaas.haproxy.versions import abilities
from openlbaas.settings.values import Haproxy, Keepalived, Wiring

_UNWIRED, _USUAL = Wiring(), Keepalived()


class HaproxyNetns:
    """One HAProxy per load balancer, unprivileged, in a network namespace of its own.

    Order: as the protocol InstanceDriver says; two drivers never share a state path.
    """

    name = "haproxy_ns"

    def __init__(  # noqa: PLR0913 - what a host is made of
        self,
        options: Haproxy,
        namespaces: Path = NAMED,
        *,
        secret: str = "",
        wiring: Wiring = _UNWIRED,
        keepalived: Keepalived = _USUAL,
        host: str = "",
    ) -> None:
        """Take the options, the folder in which namespaces are named, the cloud's secret, and who this host is.

        Raises: ValueError when there is no such user or group on this host, or the state path is no place for them.
        """
        self._options = options
        self._wiring = wiring
        self._keepalived = keepalived
        self._two_hosts = shutil.which(keepalived.binary) is not None
        self._open_files = processes.allow_open_files()
        self._able = abilities(processes.version(options.binary))
        who = processes.identity(options.user, options.user_group)
        place.check(options.state_path, who)
        made = Namespaces(namespaces)
        self._roles = Roles(made)
        self._changing: set[str] = set()
        self._read: dict[str, Reading] = {}
        self._asked: dict[str, Reading] = {}
        self._agreed: dict[str, tuple[Seen, Spec]] = {}
        self._hearsay = Hearsay()
        self._attendance = Attendance(self._serving, self._socket)
        self._changed: Callable[[str], None] = lambda _: None
        self._orders = Orders(self._socket)
        pinging = Pinging(made, self._orders)
        self._ping_life = PingLife(pinging, self._socket)
        tally = Counting()
        peers = Peers(names.peers(options.state_path), wiring.tunnel_address)
        self._host = Host(
            options=options,
            identity=who,
            namespaces=made,
            bridges=Bridges(Marks(names.marks(options.state_path)), made, peers, self._taps),
            lingering=Lingering(tally),
            counting=tally,
            pinging=pinging,
            draining=Draining(options.drain_timeout_s),
            keeping=Keeping(names.claims(options.state_path), namespaces, host, secret),
            keepalived=keepalived.binary,
            secret=secret,
        )

    @property
    def configurations(self) -> dict[str, Any]:
        """Say what this host reaches, in the words of the original's agents; nothing of what it has not."""
        topologies = Topology if self._two_hosts else [Topology.SINGLE]
        return configurations(self._wiring) | {TOPOLOGIES: [each.value for each in topologies]}

    def reach(self, addresses: Iterable[str] | None = None) -> None:
        """Have tunnels lead to the hosts at these addresses; without any, repair what leads to those known before.

        Raises: NetworkFault.
        """
        try:
            self._host.bridges.reach(addresses)
            if addresses is None:
                self._host.bridges.tidy(self._bridges)
        except OSError as error:
            raise NetworkFault(f"tunnels can't be led to other hosts: {error.strerror}") from error

    def inventory(self) -> frozenset[str]:
        """Name every load balancer that has a folder.

        Order: the folder comes first and goes last; a namespace without one is another agent's, or Neutron's own.
        """
        folder = names.folder(self._options.state_path)
        return frozenset(each.name for each in folder.iterdir()) if folder.is_dir() else frozenset()

    def recorded(self, load_balancer_id: str) -> Spec | None:
        """Name the spec of the record, whether everything of it was done or not: the next look tells."""
        record = records.read_record(self._host.files(load_balancer_id).record)
        return None if record is None else record.spec

    def look(self, load_balancer_id: str) -> Seen:
        """See what there is.

        Raises: NetworkFault.
        """
        try:
            reading = self._read.setdefault(load_balancer_id, Reading())
            seen = look(load_balancer_id, self._host, self._wiring, reading)
        except OSError as error:
            raise NetworkFault(f"can't see what there is: {error.strerror}") from error
        return seen if self._hearsay.assured(load_balancer_id) else dataclasses.replace(seen, assured=False)

    def plan(self, seen: Seen, spec: Spec) -> tuple[Step, ...]:
        """Say what must be done; what was found to be as it should be is so as long as it and that stay the same.

        Raises: ConfigRejected.
        """
        if self._agreed.get(spec.id) == (seen, spec):
            return ()
        steps = plan(
            seen, spec, render(spec, self._surroundings(spec)), self._able, self._wiring, self._turning(spec.id)
        )
        if not spec.present:
            self._forget(spec.id)
        elif not steps:
            self._agreed[spec.id] = (seen, spec)
        return steps

    def _turning(self, load_balancer_id: str) -> Turning:
        files = self._host.files(load_balancer_id)
        return Turning(
            track=str(self._host.turns(load_balancer_id).files.track),
            process=str(files.process),
            advertisement_s=self._keepalived.advertisement_interval_s,
            able=self._two_hosts,
        )

    def _surroundings(self, spec: Spec) -> Surroundings:
        files = self._host.files(spec.id)
        return Surroundings(
            stats_socket=str(files.socket),
            state_file=str(files.server_state),
            files_folder=str(files.named),
            user=self._options.user,
            group=self._options.user_group,
            hints_socket=str(names.hints(self._options.state_path)),
            hard_stop_after_s=self._options.hard_stop_after_s,
            open_files=self._open_files,
        )

    def explain(self, steps: Sequence[Step]) -> tuple[PlannedStep, ...]:
        """Say what steps would do."""
        return explained(steps)

    def do(self, spec: Spec, steps: Sequence[Step]) -> None:
        """Carry steps out.

        Raises: ConfigRejected; StepFailed; NetworkFault.
        """
        self._changing.add(spec.id)
        if not spec.present:
            self._roles.leave(spec.id)
        try:
            with self._ping_life.around(spec), Carry(self._host, spec.id) as carry:
                for step in steps:
                    if isinstance(step, Deny):
                        # Everything is ready by now, and so is the ear.
                        self._hearsay.listened_from_now(spec.id)
                    carry.out(step)
        finally:
            self._changing.discard(spec.id)
            self._forget(spec.id)

    def _forget(self, load_balancer_id: str) -> None:
        """Look at everything as if for the first time, and keep nothing of what is no more."""
        self._agreed.pop(load_balancer_id, None)
        self._read.pop(load_balancer_id, None)
        self._asked.pop(load_balancer_id, None)

    def measure(self, spec: Spec) -> Measured:
        """Ask HAProxy how the members are; nothing when it does not answer, for what died is told otherwise.

        Raises: HostFault while it is being changed: a process that has a successor may still have much to count.
        """
        if spec.id in self._changing:
            raise HostFault("not measured while it is being changed")
        if self._attendance.waits(spec.id):
            return Measured()
        lingering = self._host.lingering.tidy(spec.id)
        self._ping_life.renew(spec.id)
        files, reading = self._host.files(spec.id), self._asked.setdefault(spec.id, Reading())
        before = reading.of(files.process, named_in)
        try:
            self._host.draining.tidy(spec.id, files.socket)
            words = f"show servers state;{counting.COMMAND}"
            answer = control.ask(files.socket, words, self._attendance.patience_s(spec.id))
            states = answers.servers_state(answer.partition("# pxname")[0])
        except BlockingIOError:
            self._attendance.attend(spec.id, self._changed)
            return Measured()
        except (OSError, ValueError):
            return Measured(samples=self._last(spec.id, files.process, lingering))
        serving = before if before == reading.of(files.process, named_in) else None
        self._attendance.answered(spec.id)
        seen = {state.name: state.health for state in states if state.health is not None}
        return Measured(self._ping_life.corrected(spec.id, seen), self._counted(spec.id, serving, answer, lingering))

    def _counted(
        self, load_balancer_id: str, process: str | None, answer: str, lingering: frozenset[str]
    ) -> tuple[Sample, ...]:
        """Name what every process has counted; nothing while one is taking over from another."""
        if process is None:
            return ()
        self._host.counting.note(load_balancer_id, process, answer)
        self._host.counting.end(load_balancer_id, process, *lingering)
        return self._host.counting.take(load_balancer_id)

    def _last(self, load_balancer_id: str, file: Path, lingering: frozenset[str]) -> tuple[Sample, ...]:
        """Name what was counted by processes that are gone, once nothing serves any more."""
        if named_in(file) is not None:
            return ()
        self._host.counting.end(load_balancer_id, *lingering)
        return self._host.counting.take(load_balancer_id)

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this when the health of a member changes, as soon as HAProxy knows; raises OSError."""
        self._orders.notify(changed)
        self._changed = changed
        self._hints = Hints(names.hints(self._options.state_path), self._host.identity.group, changed)

    def guard(self, given_up: Callable[[str], None]) -> None:
        """Have a keeper, and call this with the id of each load balancer that it gave up; raises OSError."""
        self._host.keeping.start(given_up, soon=bool(configurations(self._wiring)))

    def take_turns(self, changed: Callable[[str], None]) -> None:
        """Call this when a role may be another one: an address came or went, or keepalived ended."""
        self._roles.notify(changed)

    def role(self, load_balancer_id: str) -> Role | None:
        """Name the role of this host by what is there at this moment."""
        spec = self.recorded(load_balancer_id)
        if spec is None or spec.pair is None or spec.vip is None:
            return None
        try:
            seen = look(load_balancer_id, self._host, self._wiring, Reading())
        except OSError:
            return Role.FAULT
        opened = any(tap.up for tap in seen.taps)
        serves = seen.haproxy.serving is not None or seen.haproxy.text is None
        return role(seen.turns, seen.links, vip_addresses(spec.vip), serves=serves and opened)

    def fell(self, load_balancer_id: str) -> None:
        """Let the other host serve at once, if there is another: it takes longer to start HAProxy anew."""
        spec = self.recorded(load_balancer_id)
        if spec is not None and spec.pair is not None and spec.pair.other is not None:
            with suppress(OSError):
                self._host.turns(load_balancer_id).note(well=False)

    def recall(self, load_balancer_ids: Iterable[str]) -> float:
        """Let no claim of these be as good as told: their networks are listened to first."""
        self._hearsay.begin(load_balancer_ids)
        return LISTEN_S

    def reassure(self) -> None:
        """Take every claim for what a server says."""
        self._hearsay.end()

    def _serving(self, load_balancer_id: str) -> int | None:
        inode = self._host.namespaces.inode(names.namespace(load_balancer_id))
        return serving_process(self._host.command(load_balancer_id), inode)

    def watch(self, load_balancer_id: str) -> int | None:
        """Open a descriptor of the process that serves.

        Order: its members are pinged from now on, should an agent before this one have started it.
        """
        namespace = names.namespace(load_balancer_id)
        inode = self._host.namespaces.inode(namespace)
        speaks = self._host.turns(load_balancer_id).process(inode)
        if inode is None or speaks is None:
            self._roles.leave(load_balancer_id)
        else:
            self._roles.hear(load_balancer_id, namespace, inode, speaks)
        process = serving_process(self._host.command(load_balancer_id), inode)
        if process is None:
            return None
        self._ping_life.adopt(self.recorded(load_balancer_id))
        with suppress(OSError, ValueError):
            self._host.draining.adopt(load_balancer_id, self._host.files(load_balancer_id))
        return processes.follow(process)

    def _taps(self) -> frozenset[str]:
        return frozenset(names.tap(vip.port_id) for vip in self._vips())

    def _bridges(self) -> frozenset[str]:
        return frozenset(way_of_record(vip.network, self._wiring).bridge for vip in self._vips())

    def _vips(self) -> Iterator[VipSpec]:
        for load_balancer_id in self.inventory():
            spec = self.recorded(load_balancer_id)
            if spec is not None and spec.vip is not None:
                yield spec.vip

    def _socket(self, load_balancer_id: str) -> Path:
        return self._host.files(load_balancer_id).socket
