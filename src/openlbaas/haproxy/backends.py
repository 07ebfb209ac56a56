"""What is served by: one backend for each pool, one server in it for each member."""

from collections.abc import Iterator, Mapping, Sequence

from openlbaas.desired.spec import HealthMonitorSpec, MemberSpec, PoolSpec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import Algorithm, MonitorType, PersistenceType
from openlbaas.haproxy import words

_BALANCE = {
    Algorithm.ROUND_ROBIN: ("balance roundrobin",),
    Algorithm.LEAST_CONNECTIONS: ("balance leastconn",),
    Algorithm.SOURCE_IP: ("balance source", "hash-type consistent"),
}
_ASKING = frozenset({MonitorType.HTTP, MonitorType.HTTPS})
_MONITORS = frozenset({MonitorType.TCP, MonitorType.PING}) | _ASKING
_REPEATABLE = "GET HEAD OPTIONS TRACE"
_SHORTEST_FAST_CHECK_MS = 100
_FAST_CHECKS_PER_DELAY = 5
_COOKIE = "SRV"
_OFF = "disabled"


def lines(pool: PoolSpec, addresses: Sequence[str], peers: str | None = None) -> Iterator[str]:
    """Write a backend.

    Shape:  addresses are those of the VIP, as words; peers names who shares what it remembers of clients
    Raises: ConfigRejected.
    """
    mode = words.mode(pool.protocol)
    yield f"mode {mode}"
    yield from _balance(pool.algorithm)
    if mode == "http":
        yield "option http-no-delay"
        yield "option splice-response"
        yield "retry-on conn-failure empty-response"
        yield f"http-request disable-l7-retry unless {{ method {_REPEATABLE} }}"
    yield from _persistence(pool, addresses, "" if peers is None else f" peers {peers}")
    monitor = pool.health_monitor
    if monitor is not None and not monitor.admin_state_up:
        monitor = None
    if monitor is not None:
        yield from _monitor(monitor, addresses[0])
    check = _check(monitor) if monitor is not None else ""
    for member in pool.members:
        yield _server(member, check, on=pool.admin_state_up and member.admin_state_up)


def _balance(algorithm: str) -> tuple[str, ...]:
    try:
        return _BALANCE[Algorithm(algorithm)]
    except ValueError:
        raise ConfigRejected(f"the algorithm {algorithm[:64]!r} is not known here") from None


def _persistence(pool: PoolSpec, addresses: Sequence[str], shared: str) -> Iterator[str]:
    if pool.persistence is None:
        return
    match pool.persistence.type:
        case PersistenceType.SOURCE_IP:
            # A table for IPv6 holds IPv4 clients as well, mapped; one for IPv4 can't hold IPv6 clients.
            family = "ipv6" if any(address.startswith("[") for address in addresses) else "ip"
            yield f"stick-table type {family} size 10k{shared}"
            yield "stick on src"
        case PersistenceType.HTTP_COOKIE:
            # Only so can servers come while a process runs: HAProxy makes their values from the key and the address.
            yield f"cookie {_COOKIE} insert indirect nocache dynamic"
            yield f"dynamic-cookie-key {words.name(pool.id)}"
        case PersistenceType.APP_COOKIE:
            cookie = pool.persistence.cookie_name
            yield f"stick-table type string len 64 size 10k{shared}"
            yield f"stick store-response {words.of('res.cook', cookie, 'cookie name')}"
            yield f"stick match {words.of('req.cook', cookie, 'cookie name')}"
        case _:
            raise ConfigRejected(f"the persistence {pool.persistence.type[:64]!r} is not known here")


def _monitor(monitor: HealthMonitorSpec, host: str) -> Iterator[str]:
    if monitor.type not in _MONITORS:
        raise ConfigRejected(f"health monitors of type {monitor.type[:64]!r} are not built")
    if monitor.type == MonitorType.PING:
        delay, timeout = words.seconds(monitor.delay_s, "delay"), words.seconds(monitor.timeout_s, "timeout")
        yield f"# pinged by the agent every {delay}s, to be answered within {timeout}s"
        return
    fast_ms = max(monitor.delay_s * 1000 // _FAST_CHECKS_PER_DELAY, _SHORTEST_FAST_CHECK_MS)
    yield f"timeout check {words.seconds(monitor.timeout_s, 'timeout')}s"
    if monitor.type in _ASKING:
        yield f"option httpchk {words.method(monitor.http_method)} {words.url_path(monitor.url_path)}"
        yield f"http-check send ver HTTP/1.1 hdr Host {host}"
        yield f"http-check expect {words.expected_status(monitor.expected_codes)}"
    yield f"default-server fastinter {fast_ms}ms"


def _check(monitor: HealthMonitorSpec) -> str:
    fall = words.number(monitor.fall, 1, 50, "number of failures")
    rise = "" if monitor.rise is None else f" rise {words.number(monitor.rise, 1, 50, 'number of successes')}"
    tls = " check-ssl verify none" if monitor.type == MonitorType.HTTPS else ""
    # Without the word HAProxy looks after nothing and keeps what the agent tells it: see docs/decisions.
    check = "" if monitor.type == MonitorType.PING else " check"
    return f"{check} inter {words.seconds(monitor.delay_s, 'delay')}s fall {fall}{rise}{tls}"


def _server(member: MemberSpec, check: str, *, on: bool) -> str:
    state = "" if on else f" {_OFF}"
    where = f"{words.address(member.address)}:{words.port(member.port)}"
    return f"server {words.name(member.id)} {where} weight {words.weight(member.weight)}{check}{state}"


def serving(text: str) -> frozenset[tuple[str, str]]:
    """Name the servers that may have requests by a configuration that was rendered here.

    Shape: pairs of backend and server.
    """
    return frozenset((backend, parts[1]) for backend, parts in _server_lines(text) if parts[-1] != _OFF)


def checked(text: str) -> Mapping[tuple[str, str], str]:
    """Name the servers that a configuration that was rendered here has checked, by HAProxy or by pings.

    Shape: address and port, as written there, by pairs of backend and server; one that is switched off is not checked.
    """
    there = ((backend, parts) for backend, parts in _server_lines(text) if parts[-1] != _OFF)
    return {(backend, parts[1]): parts[2] for backend, parts in there if "inter" in parts}


def _server_lines(text: str) -> Iterator[tuple[str, list[str]]]:
    backend = ""
    for line in text.splitlines():
        parts = line.split()
        if parts[:1] == ["backend"]:
            backend = parts[1]
        elif parts[:1] == ["server"] and backend:
            yield backend, parts
