"""Agents on the wire."""

from datetime import UTC, datetime
from typing import Any

from openlbaas.dialects.fields import Field, Table, shown
from openlbaas.dialects.neutron_core.rows import ADMIN_STATE_UP, ID
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import or_null, text
from openlbaas.domain.agents import AgentView, DeleteAgent, UpdateAgent
from openlbaas.domain.caller import Caller
from openlbaas.domain.vocabulary import Kind

TABLE = Table(
    "agent",
    "agents",
    (
        ID,
        shown("agent_type"),
        shown("binary"),
        shown("topic"),
        shown("host"),
        ADMIN_STATE_UP,
        shown("created_at"),
        shown("started_at"),
        shown("heartbeat_timestamp"),
        Field("description", "description", check=or_null(text(255)), build=lambda value: value or ""),
        shown("resources_synced"),
        shown("availability_zone"),
        shown("alive"),
        shown("configurations"),
        shown("resource_versions"),
    ),
)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def render(view: AgentView, _caller: Caller) -> dict[str, Any]:
    """Show an agent."""
    agent = view.object
    return {
        "id": agent.id,
        "agent_type": agent.agent_type,
        "binary": agent.binary,
        "topic": agent.topic,
        "host": agent.host,
        "admin_state_up": agent.admin_state_up,
        "created_at": _stamp(agent.created_at),
        "started_at": _stamp(agent.started_at),
        "heartbeat_timestamp": _stamp(agent.heartbeat_at),
        "description": agent.description or None,
        "resources_synced": None,
        "availability_zone": agent.availability_zone or None,
        "alive": view.alive,
        "configurations": agent.configurations,
        "resource_versions": {},
    }


AGENTS = Resource(
    kind=Kind.AGENT,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    update=lambda id_, _parent_id, values: UpdateAgent(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteAgent(id_),
)
