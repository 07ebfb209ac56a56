"""Which addresses are pinged for a load balancer, and for which servers of HAProxy each answers."""

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from openlbaas.desired.spec import HealthMonitorSpec, MemberSpec, PoolSpec, Spec
from openlbaas.domain.vocabulary import MemberHealth, MonitorType
from openlbaas.drivers.haproxy_netns.ping_judgement import Asking
from openlbaas.haproxy.answers import servers_state

_RISE_OF_HAPROXY = 2
_SHORTEST_S = 1
_STOPPED = 0
_ANY_MAINTENANCE = 0x01 | 0x02 | 0x20
_STATE_HEAD = (
    "1",
    (
        "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
        "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
        "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr "
        "srv_agent_addr srv_agent_port"
    ),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One address of a pool; servers on several ports of it share its fate."""

    backend: str
    address: str
    asking: Asking
    servers: tuple[MemberSpec, ...]

    @property
    def version(self) -> int:
        """The version of IP."""
        return ipaddress.ip_address(self.address).version


def targets(spec: Spec) -> Mapping[tuple[str, str], Target]:
    """Name what is to be pinged, by pool and address; nothing where no HAProxy runs."""
    runs = spec.present and spec.admin_state_up and any(listener.admin_state_up for listener in spec.listeners)
    found = (target for pool in spec.pools for target in _of_pool(pool)) if runs else ()
    return {(target.backend, target.address): target for target in found}


def _of_pool(pool: PoolSpec) -> Iterable[Target]:
    monitor = pool.health_monitor
    if monitor is None or monitor.type != MonitorType.PING or not (monitor.admin_state_up and pool.admin_state_up):
        return
    servers: dict[str, list[MemberSpec]] = {}
    for member in pool.members:
        if member.admin_state_up:
            servers.setdefault(str(ipaddress.ip_address(member.address)), []).append(member)
    for address, there in servers.items():
        yield Target(pool.id, address, _asking(monitor), tuple(there))


def _asking(monitor: HealthMonitorSpec) -> Asking:
    return Asking(
        delay_s=max(monitor.delay_s, _SHORTEST_S),
        timeout_s=max(monitor.timeout_s, _SHORTEST_S),
        fall=monitor.fall,
        rise=_RISE_OF_HAPROXY if monitor.rise is None else monitor.rise,
    )


def orders(health: Mapping[tuple[str, str], MemberHealth]) -> tuple[str, ...]:
    """Say in commands to HAProxy how servers are, by pairs of backend and server."""
    words = {MemberHealth.UP: "up", MemberHealth.DOWN: "down"}
    return tuple(f"set server {backend}/{server} health {words[is_]}" for (backend, server), is_ in health.items())


def known(text: str) -> Mapping[str, MemberHealth]:
    """Read from the answer to ``show servers state`` how HAProxy takes servers to be, checked or not.

    Shape:  by name, without those in maintenance, of which it says nothing
    Raises: ValueError when the answer is in no format that we know.
    """
    servers_state(text)
    _, head, *lines = text.strip().splitlines()
    columns = head.lstrip("# ").split()
    rows = (dict(zip(columns, line.split(), strict=False)) for line in lines if line)
    return {
        row["srv_name"]: MemberHealth.DOWN if int(row["srv_op_state"]) == _STOPPED else MemberHealth.UP
        for row in rows
        if not int(row["srv_admin_state"]) & _ANY_MAINTENANCE
    }


def state_file(down: Iterable[Target], checked: Collection[tuple[str, str]]) -> str | None:
    """Let a process begin with servers down, those of them that its configuration has checked.

    Shape:  None when there are none
    Source: HAProxy 2.6.12 finds a row by its two names, whatever the numbers before them, keeps the weight of its
    configuration where the row's differs, and takes address and port from the row.
    """
    rows = [
        f"0 {target.backend} 0 {server.id} {target.address} 0 0 {server.weight} {server.weight} "
        f"0 1 0 0 0 0 0 0 - {server.port} - 0 0 - - 0"
        for target in down
        for server in target.servers
        if (target.backend, server.id) in checked
    ]
    return "\n".join([*_STATE_HEAD, *rows, ""]) if rows else None
