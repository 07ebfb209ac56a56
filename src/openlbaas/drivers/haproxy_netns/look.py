"""Seeing what there is of a load balancer on this host."""

from collections.abc import Iterable

from openlbaas.drivers.haproxy_netns import kept, links, names, processes, records
from openlbaas.drivers.haproxy_netns.carry import Host
from openlbaas.drivers.haproxy_netns.command import Command
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.reading import Reading
from openlbaas.drivers.haproxy_netns.seen import Link, Record, Seen, Tap
from openlbaas.drivers.haproxy_netns.ways import Way, way_of_record
from openlbaas.haproxy.plan import Running
from openlbaas.settings.values import Wiring


def look(load_balancer_id: str, host: Host, wiring: Wiring, reading: Reading) -> Seen:
    """See everything; files that are as they were when they were read are not read again.

    Raises: OSError.
    """
    command = host.command(load_balancer_id)
    namespaces, bridges = host.namespaces, host.bridges
    files = command.files
    record = reading.of(files.record, records.read_record)
    namespace = names.namespace(load_balancer_id)
    inode = namespaces.inode(namespace)
    seen = _links(namespaces, namespace) if inode is not None else ()
    taps = _taps(seen, record)
    way = _way(record, wiring)
    holding, given_up = host.keeping.files(load_balancer_id)
    yielded = reading.of(given_up, lambda _: host.keeping.yielded(load_balancer_id))
    return Seen(
        folder=files.folder.is_dir(),
        folder_unfinished=records.unfinished(files),
        record=record,
        namespace=inode is not None,
        stale=inode is None and namespaces.stale(namespace),
        links=seen,
        taps=taps,
        uplink=None if way is None or way.interface is None else bridges.see(way.interface, way.bridge),
        bridges=frozenset(name for name in _bridges(taps, way) if bridges.ours(name)),
        haproxy=running(command, inode, reading),
        held=reading.of(holding, lambda _: host.keeping.held(load_balancer_id)),
        yielded=None if yielded is None else yielded.claim,
        turns=host.turns(load_balancer_id).see(inode, reading),
    )


def running(command: Command, namespace: int | None, reading: Reading) -> Running:
    """See the processes and their files.

    Shape: all processes of the host are looked through, which takes long, only where a file says that there was one
    and the pid file names none that serves. One in a namespace that lost its name is found, too.
    """
    files = command.files
    serving = serving_process(command, namespace)
    text, good = reading.of(files.config, records.read_text), reading.of(files.good, records.read_text)
    suspect = serving is None and (text is not None or good is not None or files.process.exists())
    return Running(
        serving=serving,
        others=processes.running(command.beginning) if suspect else (),
        text=text,
        good=good,
        files=reading.of(files.named, kept.marks),
        loaded=reading.of(files.loaded, kept.marks),
        reachable=files.socket.is_socket(),
    )


def serving_process(command: Command, namespace: int | None) -> int | None:
    """Name the process of the pid file if it is one of this load balancer, in its namespace, and runs."""
    process = records.read_process(command.files.process)
    if process is None or namespace is None or processes.namespace(process) != namespace:
        return None
    return process if processes.runs(process, command.beginning) else None


def _links(namespaces: Namespaces, namespace: str) -> tuple[Link, ...]:
    with namespaces.opened(namespace, Netlink) as inside:
        return links.see_links(inside)


def _taps(seen: Iterable[Link], record: Record | None) -> tuple[Tap, ...]:
    wanted = {names.tap_of(link.name) for link in seen if link.name.startswith(names.INSIDE_PREFIX)}
    if record is not None and record.spec.vip is not None:
        wanted.add(names.tap(record.spec.vip.port_id))
    if not wanted:
        return ()
    with Netlink() as host:
        found = (links.see_tap(host, name) for name in sorted(wanted))
        return tuple(tap for tap in found if tap is not None)


def _way(record: Record | None, wiring: Wiring) -> Way | None:
    vip = None if record is None else record.spec.vip
    return None if vip is None else way_of_record(vip.network, wiring)


def _bridges(taps: Iterable[Tap], way: Way | None) -> frozenset[str]:
    found = {tap.bridge for tap in taps if tap.bridge is not None}
    if way is not None:
        found.add(way.bridge)
    return frozenset(found)
