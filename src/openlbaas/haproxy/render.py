"""One load balancer's spec as the text of its haproxy.conf.

The structure, names and order are those that operators know from Neutron LBaaS; why each line that was added is there
stands in docs/explanation/haproxy-conf.md. The same spec and surroundings give the same text, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from openlbaas.desired.spec import HealthMonitorSpec, ListenerSpec, MemberSpec, PoolSpec, Spec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import Algorithm, MonitorType, PersistenceType, Protocol
from openlbaas.haproxy import words

CONNECTIONS_UNLESS_LIMITED = 2000
KEEP_ALIVE_S = 30
"""How long a client may be idle between two requests."""
MOST_CONNECTIONS = 400_000
"""More would need more open files than an ordinary kernel gives to one process."""

_MODES = {Protocol.HTTP: "http", Protocol.HTTPS: "tcp", Protocol.TCP: "tcp"}
_BALANCE = {
    Algorithm.ROUND_ROBIN: ("balance roundrobin",),
    Algorithm.LEAST_CONNECTIONS: ("balance leastconn",),
    Algorithm.SOURCE_IP: ("balance source", "hash-type consistent"),
}
_MONITORS = frozenset({MonitorType.TCP, MonitorType.HTTP})
_REPEATABLE = "GET HEAD OPTIONS TRACE"
_SHORTEST_FAST_CHECK_MS = 100
_FAST_CHECKS_PER_DELAY = 5
_COOKIE = "SRV"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a configuration needs to know of the host it is for.

    Units: hard_stop_after_s is how long a replaced process may finish what it carries.
    """

    stats_socket: str
    state_file: str
    user: str = "nobody"
    group: str = "nogroup"
    hard_stop_after_s: int = 300


def render(spec: Spec, around: Surroundings) -> str | None:
    """Write the configuration of a load balancer.

    Shape:  None when nothing is to listen: HAProxy has nothing to do then.
    Raises: ConfigRejected when a value can't be written safely, or asks for what is not built.
    """
    listeners = [x for x in spec.listeners if x.admin_state_up]
    if not (spec.present and spec.admin_state_up and spec.vip is not None and listeners):
        return None
    addresses = [words.address(each.address) for each in spec.vip.addresses]
    blocks = [
        [f"# Configuration for {words.name(spec.id)}", *_block("global", _global(listeners, around))],
        _block("defaults", _defaults()),
    ]
    known = {pool.id for pool in spec.pools}
    blocks += [_block(f"frontend {words.name(x.id)}", _frontend(x, addresses, known)) for x in listeners]
    blocks += [_block(f"backend {words.name(x.id)}", _backend(x, addresses)) for x in spec.pools]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def servers(text: str) -> frozenset[tuple[str, str]]:
    """Name the servers in a configuration that was rendered here, as pairs of backend and server."""
    return frozenset((backend, words[1]) for backend, words in _server_lines(text))


def checked(text: str) -> frozenset[tuple[str, str]]:
    """Name the servers that a configuration that was rendered here has checked."""
    return frozenset((backend, words[1]) for backend, words in _server_lines(text) if "check" in words)


def _server_lines(text: str) -> Iterator[tuple[str, list[str]]]:
    backend = ""
    for line in text.splitlines():
        parts = line.split()
        if parts[:1] == ["backend"]:
            backend = parts[1]
        elif parts[:1] == ["server"]:
            yield backend, parts


def _block(head: str, lines: Iterator[str]) -> list[str]:
    return [head, *(f"    {line}" for line in lines)]


def _global(listeners: list[ListenerSpec], around: Surroundings) -> Iterator[str]:
    wanted = sum(_limit(x) or CONNECTIONS_UNLESS_LIMITED for x in listeners)
    yield "daemon"
    yield f"user {words.name(around.user)}"
    yield f"group {words.name(around.group)}"
    yield "log /dev/log local0"
    yield "log /dev/log local1 notice"
    yield f"maxconn {min(wanted, MOST_CONNECTIONS)}"
    yield f"stats socket {words.file_path(around.stats_socket)} mode 0600 level admin expose-fd listeners"
    yield "nbthread 1"
    yield f"hard-stop-after {words.seconds(around.hard_stop_after_s, 'hard_stop_after')}s"
    yield f"server-state-file {words.file_path(around.state_file)}"
    yield "httpclient.ssl.verify none"
    yield "tune.bufsize 32768"


def _defaults() -> Iterator[str]:
    yield "log global"
    yield "retries 3"
    yield "option redispatch 1"
    yield "timeout connect 5000"
    yield "timeout client 50000"
    yield "timeout server 50000"
    yield f"timeout http-keep-alive {KEEP_ALIVE_S}s"
    yield "option dontlog-normal"
    yield "load-server-state-from-file global"


def _frontend(listener: ListenerSpec, addresses: list[str], known: set[str]) -> Iterator[str]:
    mode = _mode(listener.protocol)
    limit = _limit(listener)
    yield "option tcplog"
    if limit:
        yield f"maxconn {min(limit, MOST_CONNECTIONS)}"
    if mode == "http":
        yield "option forwardfor"
        yield "option http-no-delay"
        yield "option idle-close-on-response"
    for address in addresses:
        yield f"bind {address}:{words.port(listener.port)}"
    yield f"mode {mode}"
    if listener.default_pool_id in known:
        yield f"default_backend {words.name(listener.default_pool_id)}"


def _backend(pool: PoolSpec, addresses: list[str]) -> Iterator[str]:
    mode = _mode(pool.protocol)
    yield f"mode {mode}"
    yield from _balance(pool.algorithm)
    if mode == "http":
        yield "option http-no-delay"
        yield "retry-on conn-failure empty-response"
        yield f"http-request disable-l7-retry unless {{ method {_REPEATABLE} }}"
    yield from _persistence(pool, addresses)
    monitor = pool.health_monitor
    if monitor is not None and not monitor.admin_state_up:
        monitor = None
    if monitor is not None:
        yield from _monitor(monitor, addresses[0])
    if pool.admin_state_up:
        cookie = pool.persistence is not None and pool.persistence.type == PersistenceType.HTTP_COOKIE
        check = _check(monitor) if monitor is not None else ""
        for member in pool.members:
            if member.admin_state_up:
                yield _server(member, check, cookie=cookie)


def _balance(algorithm: str) -> tuple[str, ...]:
    try:
        return _BALANCE[Algorithm(algorithm)]
    except ValueError:
        raise ConfigRejected(f"the algorithm {algorithm[:64]!r} is not known here") from None


def _persistence(pool: PoolSpec, addresses: list[str]) -> Iterator[str]:
    if pool.persistence is None:
        return
    match pool.persistence.type:
        case PersistenceType.SOURCE_IP:
            # A table for IPv6 holds IPv4 clients as well, mapped; one for IPv4 can't hold IPv6 clients.
            family = "ipv6" if any(address.startswith("[") for address in addresses) else "ip"
            yield f"stick-table type {family} size 10k"
            yield "stick on src"
        case PersistenceType.HTTP_COOKIE:
            yield f"cookie {_COOKIE} insert indirect nocache"
        case PersistenceType.APP_COOKIE:
            cookie = words.cookie_name(pool.persistence.cookie_name)
            yield "stick-table type string len 64 size 10k"
            yield f"stick store-response res.cook({cookie})"
            yield f"stick match req.cook({cookie})"
        case _:
            raise ConfigRejected(f"the persistence {pool.persistence.type[:64]!r} is not known here")


def _monitor(monitor: HealthMonitorSpec, host: str) -> Iterator[str]:
    if monitor.type not in _MONITORS:
        raise ConfigRejected(f"health monitors of type {monitor.type[:64]!r} are not built")
    fast_ms = max(monitor.delay_s * 1000 // _FAST_CHECKS_PER_DELAY, _SHORTEST_FAST_CHECK_MS)
    yield f"timeout check {words.seconds(monitor.timeout_s, 'timeout')}s"
    if monitor.type == MonitorType.HTTP:
        yield f"option httpchk {words.method(monitor.http_method)} {words.url_path(monitor.url_path)}"
        yield f"http-check send ver HTTP/1.1 hdr Host {host}"
        yield f"http-check expect {words.expected_status(monitor.expected_codes)}"
    yield f"default-server fastinter {fast_ms}ms"


def _check(monitor: HealthMonitorSpec) -> str:
    fall = words.number(monitor.fall, 1, 50, "number of failures")
    rise = "" if monitor.rise is None else f" rise {words.number(monitor.rise, 1, 50, 'number of successes')}"
    return f" check inter {words.seconds(monitor.delay_s, 'delay')}s fall {fall}{rise}"


def _server(member: MemberSpec, check: str, *, cookie: bool) -> str:
    kept = f" cookie {words.name(member.id)}" if cookie else ""
    where = f"{words.address(member.address)}:{words.port(member.port)}"
    return f"server {words.name(member.id)} {where} weight {words.weight(member.weight)}{check}{kept}"


def _mode(protocol: str) -> str:
    try:
        return _MODES[Protocol(protocol)]
    except (KeyError, ValueError):
        raise ConfigRejected(f"the protocol {protocol[:64]!r} is not built") from None


def _limit(listener: ListenerSpec) -> int:
    """Name a listener's limit, or 0 when it has none; the API's -1 and 0 both mean none."""
    return max(listener.connection_limit, 0)
