"""One load balancer's spec as its haproxy.conf and the files that this names.

The structure, names and order are those that operators know from Neutron LBaaS; why each line that was added is there
stands in docs/explanation/haproxy-conf.md. The same spec and surroundings give the same text, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from openlbaas.desired.spec import ListenerSpec, Spec
from openlbaas.haproxy import backends, frontends, peers, policies, terminated, words
from openlbaas.haproxy.rendered import Content, Rendered

CONNECTIONS_UNLESS_LIMITED = 2000
KEEP_ALIVE_S = 30
"""How long a client may be idle between two requests."""
_FILES_OF_A_CONNECTION = 2
_FILES_OF_A_SERVER = 2
_PIPES = 256
_FILES_OF_ITS_OWN = 500 + 2 * _PIPES
_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a configuration needs to know of the host it is for.

    Shape: files_folder is where the files are that the configuration names, hints_socket where the agent hears of
    servers that come and go.
    Units: hard_stop_after_s is how long a replaced process may finish what it carries; open_files is how many
    files one process may have open.
    """

    stats_socket: str
    state_file: str
    files_folder: str
    hints_socket: str
    user: str = "nobody"
    group: str = "nogroup"
    hard_stop_after_s: int = 300
    open_files: int = 1_048_576


def render(spec: Spec, around: Surroundings) -> Rendered | None:
    """Write the configuration of a load balancer.

    Shape:  None when nothing is to listen: HAProxy has nothing to do then.
    Raises: ConfigRejected when a value can't be written safely, or asks for what is not built.
    """
    listeners = [x for x in spec.listeners if x.admin_state_up]
    if not (spec.present and spec.admin_state_up and spec.vip is not None and listeners):
        return None
    addresses = [words.address(each.address) for each in spec.vip.addresses]
    blocks = [
        [f"# Configuration for {words.name(spec.id)}", *_block("global", _global(spec, listeners, around))],
        _block("defaults", _defaults()),
    ]
    shared = peers.SECTION if peers.needed(spec) else None
    if shared is not None:
        blocks.append(_block(f"peers {shared}", peers.lines(spec)))
    known = {pool.id for pool in spec.pools}
    blocks += [
        _block(f"frontend {words.name(x.id)}", frontends.lines(x, addresses, known, around.files_folder))
        for x in listeners
    ]
    blocks += [_block(f"backend {words.name(x.id)}", backends.lines(x, addresses, shared)) for x in spec.pools]
    files: dict[str, Content] = {}
    for listener in listeners:
        files |= policies.files(listener) | terminated.files(listener, around.files_folder)
    return Rendered("\n\n".join("\n".join(lines) for lines in blocks) + "\n", files)


def _block(head: str, lines: Iterator[str]) -> list[str]:
    return [head, *(f"    {line}" for line in lines)]


def _global(spec: Spec, listeners: list[ListenerSpec], around: Surroundings) -> Iterator[str]:
    yield "daemon"
    yield f"user {words.name(around.user)}"
    yield f"group {words.name(around.group)}"
    yield "log /dev/log local0"
    yield "log /dev/log local1 notice"
    # A datagram: while no agent listens it is dropped. A ring would keep it, but asks again without a pause.
    yield f"log {words.file_path(around.hints_socket)} len 1024 local0 notice"
    yield f"log-tag qlbaas-{words.name(spec.id)}"
    yield f"maxconn {_most_connections(spec, listeners, around.open_files)}"
    yield f"stats socket {words.file_path(around.stats_socket)} mode 0600 level admin expose-fd listeners"
    yield "nbthread 1"
    yield f"hard-stop-after {words.seconds(around.hard_stop_after_s, 'hard_stop_after')}s"
    if peers.needed(spec):
        yield f"localpeer {peers.own(spec)}"
    yield f"server-state-file {words.file_path(around.state_file)}"
    yield "httpclient.ssl.verify none"
    yield f"maxpipes {_PIPES}"
    if _wide(listeners):
        yield "tune.bufsize 32768"
    yield from terminated.global_lines(listeners)


def _wide(listeners: list[ListenerSpec]) -> bool:
    """Tell whether larger buffers pay: what is encrypted can't be spliced, and TCP keeps no copy of a request."""
    return any(map(terminated.ends_here, listeners)) or all(words.mode(x.protocol) == "tcp" for x in listeners)


def _most_connections(spec: Spec, listeners: list[ListenerSpec], open_files: int) -> int:
    """Say how many connections there may be at once: HAProxy refuses to start with more than it could ever open."""
    wanted = sum(frontends.limit(x) or CONNECTIONS_UNLESS_LIMITED for x in listeners)
    others = len(listeners) * _ADDRESSES + _FILES_OF_A_SERVER * sum(len(pool.members) for pool in spec.pools)
    possible = (open_files - others - _FILES_OF_ITS_OWN) // _FILES_OF_A_CONNECTION
    return max(min(wanted, frontends.MOST_CONNECTIONS, possible), 1)


def _defaults() -> Iterator[str]:
    yield "log global"
    yield "retries 3"
    yield "option redispatch 1"
    yield "timeout connect 5000"
    yield "timeout client 50000"
    yield "timeout server 50000"
    yield f"timeout http-keep-alive {KEEP_ALIVE_S}s"
    yield "option dontlog-normal"
    # Without it nothing is said of the first check of a member that is well.
    yield "option log-health-checks"
    # Without it a connection counts when it ends, which may be tomorrow.
    yield "option contstats"
    yield "load-server-state-from-file global"
