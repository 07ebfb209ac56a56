"""The driver: looks, plans and carries out, load balancer by load balancer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from openlbaas.desired.spec import Spec
from openlbaas.domain.errors import NetworkFault
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import control, names, place, processes, records
from openlbaas.drivers.haproxy_netns.bridges import Bridges
from openlbaas.drivers.haproxy_netns.carry import Carry, Host
from openlbaas.drivers.haproxy_netns.lingering import Lingering
from openlbaas.drivers.haproxy_netns.look import look, serving_process
from openlbaas.drivers.haproxy_netns.namespaces import NAMED, Namespaces
from openlbaas.drivers.haproxy_netns.ping_life import PingLife
from openlbaas.drivers.haproxy_netns.ping_orders import Orders
from openlbaas.drivers.haproxy_netns.pinging import Pinging
from openlbaas.drivers.haproxy_netns.plan import Step, plan
from openlbaas.drivers.haproxy_netns.seen import Seen
from openlbaas.haproxy import answers
from openlbaas.haproxy.render import Surroundings, render
from openlbaas.settings.values import Haproxy


class HaproxyNetns:
    """One HAProxy per load balancer, unprivileged, in a network namespace of its own.

    Order: as the protocol InstanceDriver says; two drivers never share a state path.
    """

    name = "haproxy_ns"

    def __init__(self, options: Haproxy, namespaces: Path = NAMED, *, secret: str = "") -> None:
        """Take the options, the folder in which namespaces are named, and what opens the certificates of specs.

        Raises: ValueError when there is no such user or group on this host, or the state path is no place for them.
        """
        self._options = options
        self._open_files = processes.allow_open_files()
        who = processes.identity(options.user, options.user_group)
        place.check(options.state_path, who)
        made = Namespaces(namespaces)
        self._orders = Orders(self._socket)
        pinging = Pinging(made, self._orders)
        self._ping_life = PingLife(pinging, self._socket)
        self._host = Host(
            options=options,
            identity=who,
            namespaces=made,
            bridges=Bridges(names.marks(options.state_path), made),
            lingering=Lingering(),
            pinging=pinging,
            secret=secret,
        )

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
        command = self._host.command(load_balancer_id)
        try:
            return look(load_balancer_id, command, self._host.namespaces, self._host.bridges)
        except OSError as error:
            raise NetworkFault(f"can't see what there is: {error.strerror}") from error

    def plan(self, seen: Seen, spec: Spec) -> tuple[Step, ...]:
        """Say what must be done.

        Raises: ConfigRejected.
        """
        files = self._host.files(spec.id)
        around = Surroundings(
            stats_socket=str(files.socket),
            state_file=str(files.server_state),
            files_folder=str(files.named),
            user=self._options.user,
            group=self._options.user_group,
            hard_stop_after_s=self._options.hard_stop_after_s,
            open_files=self._open_files,
        )
        return plan(seen, spec, render(spec, around))

    def do(self, spec: Spec, steps: Sequence[Step]) -> None:
        """Carry steps out.

        Raises: ConfigRejected; StepFailed; NetworkFault.
        """
        with self._ping_life.around(spec), Carry(self._host, spec.id) as carry:
            for step in steps:
                carry.out(step)

    def measure(self, spec: Spec) -> Mapping[str, MemberHealth]:
        """Ask HAProxy how the members are; nothing when it does not answer, for what died is told otherwise."""
        self._host.lingering.tidy(spec.id)
        self._ping_life.renew(spec.id)
        try:
            answer = control.ask(self._host.files(spec.id).socket, "show servers state")
            states = answers.servers_state(answer)
        except (OSError, ValueError):
            return {}
        seen = {state.name: state.health for state in states if state.health is not None}
        return self._ping_life.corrected(spec.id, seen)

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this when pings find that the health of a member changes, as soon as HAProxy knows."""
        self._orders.notify(changed)

    def watch(self, load_balancer_id: str) -> int | None:
        """Open a descriptor of the process that serves.

        Order: its members are pinged from now on, should an agent before this one have started it.
        """
        inode = self._host.namespaces.inode(names.namespace(load_balancer_id))
        process = serving_process(self._host.command(load_balancer_id), inode)
        if process is None:
            return None
        self._ping_life.adopt(self.recorded(load_balancer_id))
        return processes.follow(process)

    def _socket(self, load_balancer_id: str) -> Path:
        return self._host.files(load_balancer_id).socket
