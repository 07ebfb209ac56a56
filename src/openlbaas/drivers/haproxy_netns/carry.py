"""Carrying steps out, one after the other, for one load balancer."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from openlbaas.desired.fencing import may_serve
from openlbaas.domain.errors import NetworkFault, NotServed, StepFailed
from openlbaas.drivers.haproxy_netns import announce, links, names, processes, records, standing, turning
from openlbaas.drivers.haproxy_netns import plan as p
from openlbaas.drivers.haproxy_netns.bridges import Bridges
from openlbaas.drivers.haproxy_netns.command import Command
from openlbaas.drivers.haproxy_netns.counting import Counting
from openlbaas.drivers.haproxy_netns.draining import Draining
from openlbaas.drivers.haproxy_netns.interface_flags import switch_off
from openlbaas.drivers.haproxy_netns.keeping import Keeping
from openlbaas.drivers.haproxy_netns.lingering import Lingering
from openlbaas.drivers.haproxy_netns.names import Files
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.pinging import Pinging
from openlbaas.drivers.haproxy_netns.seen import Link
from openlbaas.drivers.haproxy_netns.serve import Ground, Serve
from openlbaas.drivers.haproxy_netns.standing import ClaimStep
from openlbaas.drivers.haproxy_netns.turning import TurnStep
from openlbaas.drivers.haproxy_netns.turns import Keepalived
from openlbaas.haproxy import plan as haproxy
from openlbaas.settings.values import Haproxy


@dataclass(frozen=True, slots=True)
class Host:
    """What the load balancers of a host share."""

    options: Haproxy
    identity: processes.Identity
    namespaces: Namespaces
    bridges: Bridges
    lingering: Lingering
    counting: Counting
    pinging: Pinging
    draining: Draining
    keeping: Keeping
    keepalived: str
    secret: str = field(repr=False)

    @property
    def ground(self) -> Ground:
        """Name what processes run on."""
        return Ground(self.namespaces, self.identity, self.lingering, self.pinging, self.draining, self.secret)

    def files(self, load_balancer_id: str) -> Files:
        """Name the files of a load balancer."""
        return names.files(self.options.state_path, load_balancer_id)

    def command(self, load_balancer_id: str) -> Command:
        """Name the command of a load balancer."""
        return Command(self.options.binary, self.files(load_balancer_id))

    def turns(self, load_balancer_id: str) -> Keepalived:
        """Name the keepalived of a load balancer."""
        return Keepalived(self.keepalived, self.files(load_balancer_id).turns)


class Carry:
    """One run of steps; what they share is opened once."""

    def __init__(self, host: Host, load_balancer_id: str) -> None:
        """Take the host and the load balancer."""
        self._host = host
        self._id = load_balancer_id
        self._namespace = names.namespace(load_balancer_id)
        self._files = host.files(load_balancer_id)
        self._serve = Serve(load_balancer_id, host.command(load_balancer_id), host.ground)
        self._opened: Netlink | None = None
        self._index: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Use until the end of the context."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close what was opened."""
        if self._opened is not None:
            self._opened.close()

    def out(self, step: p.Step) -> None:
        """Carry one step out.

        Raises: ConfigRejected; StepFailed; NetworkFault.
        """
        try:
            self._out(step)
        except OSError as error:
            what = f"{type(step).__name__}: {error.strerror or error}"
            fault = NetworkFault if isinstance(step, p.NetworkStep) else StepFailed
            raise fault(what) from error

    def _out(self, step: p.Step) -> None:
        match step:
            case p.MakeFolder():
                records.make_folder(self._files, self._host.identity.group)
            case p.Write(record):
                records.write_record(self._files.record, record)
            case p.RemoveFolder():
                records.remove_folder(self._files)
                self._host.counting.forget(self._id)
            case _ if isinstance(step, haproxy.Step):
                self._serve.out(step)
            case _:
                self._change_network(step)

    def _change_network(self, step: p.NetworkStep) -> None:
        match step:
            case p.MakeNamespace():
                self._host.namespaces.make(self._namespace, links.loopback_up)
            case p.RemoveNamespace():
                self._host.namespaces.remove(self._namespace)
            case p.Attach(link, way):
                self._host.bridges.attach(self._namespace, names.tap_of(link.name), way, link)
            case p.Announce(link, mac_address, addresses):
                self._announce(link, mac_address, addresses)
            case _ if isinstance(step, ClaimStep):
                self._change_claim(step)
            case _ if isinstance(step, TurnStep):
                self._change_turn(step)
            case p.RemoveTap(name):
                self._host.bridges.leave(name)
            case p.RemoveBridge(name):
                self._host.bridges.remove(name)
            case _:
                self._change_link(step)

    def _announce(self, link: str, mac_address: str, addresses: tuple[str, ...]) -> None:
        times = self._host.options.send_gratuitous_arp
        self._host.namespaces.inside(self._namespace, lambda: announce.announce(link, mac_address, addresses, times))

    def _change_claim(self, step: ClaimStep) -> None:
        match step:
            case standing.Hold(holding):
                self._host.keeping.hold(holding)
            case standing.Release():
                self._host.keeping.forget(self._id)
            case standing.Close(tap):
                switch_off(tap)
            case standing.Open(tap, link):
                self._open(tap, link)
            case standing.Revive():
                self._serve.revive()
            case standing.Deny(reason):
                raise NotServed(reason)

    def _change_turn(self, step: TurnStep) -> None:
        keepalived = self._host.turns(self._id)
        match step:
            case turning.Begin(text, at_once, old):
                keepalived.end(old)
                begin = (lambda: keepalived.start_at_once(at_once, text)) if at_once else lambda: keepalived.start(text)
                self._host.namespaces.inside(self._namespace, begin)
            case turning.Turn(text, process):
                keepalived.load(text, process)
            case turning.Leave(processes_, keeps):
                keepalived.leave(processes_, keeps=keeps)
            case turning.Judge(well):
                keepalived.note(well=well)

    def _open(self, tap: str, link: Link) -> None:
        """Open, unless the keeper gave the load balancer up meanwhile: it may have closed what was not yet open."""
        inside = self._inside()
        with Netlink() as host:
            links.up(host, tap)
        held, yielded = self._host.keeping.held(self._id), self._host.keeping.yielded(self._id)
        if held is not None and yielded is not None and not may_serve(held.claim, yielded.claim, assured=True):
            switch_off(tap)
            raise NotServed(f"another host serves it with claim {yielded.claim}, and this one was told {held.claim}")
        links.up(inside, link.name)
        self._announce(link.name, link.mac_address, tuple(sorted(address for address, _ in link.addresses)))
        for destination, nexthop in sorted(link.routes):
            links.add_route(inside, self._number(link.name), destination, nexthop)

    def _change_link(self, step: p.LinkStep) -> None:
        inside = self._inside()
        match step:
            case p.SetLink(link):
                links.set_link(inside, link)
            case p.LinkUp(name):
                links.up(inside, name)
            case p.LinkDown(name):
                links.down(inside, name)
            case p.AddAddress(name, address, prefix_length):
                links.add_address(inside, self._number(name), address, prefix_length)
            case p.DropAddress(name, address, prefix_length):
                links.drop_address(inside, self._number(name), address, prefix_length)
            case p.AddRoute(name, destination, nexthop):
                links.add_route(inside, self._number(name), destination, nexthop)
            case p.DropRoute(name, destination, nexthop):
                links.drop_route(inside, self._number(name), destination, nexthop)

    def _inside(self) -> Netlink:
        """Talk about the namespace: a socket stays in the one that it was opened in, whoever uses it."""
        if self._opened is None:
            self._opened = self._host.namespaces.opened(self._namespace, Netlink)
        return self._opened

    def _number(self, link: str) -> int:
        if link not in self._index:
            self._index[link] = self._inside().index(link)
        return self._index[link]
