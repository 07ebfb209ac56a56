"""Hosts and moves on the wire: an addition of ours to LBaaS v2, in its manner."""

from datetime import UTC, datetime
from typing import Any

from openlbaas.desired.placement import capacity
from openlbaas.dialects.fields import Field, Table
from openlbaas.dialects.values import or_null, text, to_bool
from openlbaas.domain.agents import HostView
from openlbaas.domain.caller import Caller
from openlbaas.domain.moves import Move
from openlbaas.domain.pairs import Serving

_LONGEST_NAME = 255
_MOVE = Table("move", "moves", (Field("host", "host", default=None, check=or_null(text(_LONGEST_NAME))),))
_FAILOVER = Table("failover", "failovers", (Field("force", "force", default=False, convert=to_bool),))
_REBALANCE = Table("rebalance", "rebalances", (Field("dry_run", "dry_run", default=False, convert=to_bool),))


def destination(body: Any, caller: Caller) -> str | None:
    """Read to which host a load balancer is to be moved; None for any other than the one it has.

    Raises: Unacceptable.
    """
    host: str | None = _read(_MOVE, body, caller)["host"]
    return host


def force(body: Any, caller: Caller) -> bool:
    """Read whether a host that is heard of is to be taken for dead.

    Raises: Unacceptable.
    """
    return bool(_read(_FAILOVER, body, caller)["force"])


def dry_run(body: Any, caller: Caller) -> bool:
    """Read whether moves are only to be named.

    Raises: Unacceptable.
    """
    return bool(_read(_REBALANCE, body, caller)["dry_run"])


def _read(table: Table, body: Any, caller: Caller) -> dict[str, Any]:
    values = {row.name: row.default for row in table.fields}
    return values if not body else {**values, **table.update(body, caller)}


def render(view: HostView) -> dict[str, Any]:
    """Show a host."""
    agent = view.agent
    heard = datetime.fromtimestamp(agent.heartbeat_at, UTC).isoformat(timespec="milliseconds")
    return {
        "id": agent.id,
        "host": agent.host,
        "availability_zone": agent.availability_zone or None,
        "state": view.state,
        "load_balancers": view.load_balancers,
        "leaving": view.leaving,
        "capacity": capacity(agent) or None,
        "alive": view.alive,
        "admin_state_up": agent.admin_state_up,
        "draining": agent.draining,
        "heard_at": heard.replace("+00:00", "Z"),
    }


def serving(one: Serving) -> dict[str, Any]:
    """Show a host of a load balancer."""
    role = None if one.role is None else str(one.role)
    return {"id": one.agent_id, "host": one.host, "role": role, "in_force": one.in_force, "alive": one.alive}


def moved(move: Move) -> dict[str, Any]:
    """Show a move."""
    return {"loadbalancer_id": move.load_balancer_id, "from_host": move.from_host, "to_host": move.to_host}
