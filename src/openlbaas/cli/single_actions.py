"""The actions of commands that are none of create, list, show, update, delete.

Shape:   as in cli.actions
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openlbaas.cli import output
from openlbaas.cli.actions import CommandError, Setting, print_rows
from openlbaas.cli.grammar.operating import AGENT
from openlbaas.client.lbaas import LOAD_BALANCERS, Listing, Row
from openlbaas.client.transport import ClientError

if TYPE_CHECKING:
    from openlbaas.cli.grammar.model import Command
    from openlbaas.cli.parsing import Arguments
    from openlbaas.client.lbaas import Query


def stats(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Print the traffic counters of a load balancer."""
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    answer = setting.client.get(f"/lbaas/loadbalancers/{identity}/stats")
    output.emit_object(answer["stats"], setting.out, arguments.options)
    return 0


def status(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Print the tree of statuses as JSON; no table could hold it."""
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    answer = setting.client.get(f"/lbaas/loadbalancers/{identity}/statuses")
    print(json.dumps(answer["statuses"], indent=4), file=setting.out)
    return 0


def hosting_agent(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the agent of a load balancer, as a list of one."""
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    path = f"/lbaas/loadbalancers/{identity}/loadbalancer-hosting-agent"
    reply = setting.client.send("GET", path, query=_fields(arguments))
    # The original answers null for a load balancer that is nowhere.
    agent = (json.loads(reply.body) or {}).get("agent")
    listing = Listing([agent] if agent else [], frozenset())
    print_rows(setting, command, arguments, listing, ("id", "host", "admin_state_up", "alive"), kind=AGENT)
    return 0


def hosted_load_balancers(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the load balancers on an agent, which is named by its id alone."""
    reply = setting.client.send("GET", f"/agents/{arguments.target}/agent-loadbalancers", query=_fields(arguments))
    rows = json.loads(reply.body).get("loadbalancers", [])
    columns = ("id", "name", "admin_state_up", "provisioning_status")
    print_rows(setting, command, arguments, Listing(rows, frozenset()), columns)
    return 0


def show_quota(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Print the limits of a project."""
    return _print_quota(setting, arguments, f"/quotas/{_project(setting, arguments)}")


def show_default_quota(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Print the limits of a project without limits of its own."""
    return _print_quota(setting, arguments, f"/quotas/{_project(setting, arguments)}/default")


def list_quotas(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the projects that have limits of their own."""
    rows = setting.client.list(command.resource.collection).rows
    print_rows(setting, command, arguments, Listing(rows, frozenset()), tuple(sorted(rows[0])) if rows else ())
    return 0


def update_quota(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Set limits of a project and print all it has then."""
    limits = {name: value for name, value in arguments.given.items() if name not in _WHOSE} | arguments.extras
    if not limits:
        message = "Must specify a valid resource with new quota value"
        raise CommandError(message)
    row = setting.client.update(command.resource.collection, _project(setting, arguments), limits)
    output.emit_object(row, setting.out, arguments.options)
    return 0


def delete_quota(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Take the limits of a project away, so that the defaults hold again."""
    project = _project(setting, arguments)
    setting.client.delete(command.resource.collection, project)
    if command.style == "neutron":
        print(f"Deleted quota: {project}", file=setting.out)
    return 0


_WHOSE = frozenset({"tenant", "positional_tenant"})


def _print_quota(setting: Setting, arguments: Arguments, path: str) -> int:
    output.emit_object(setting.client.get(path)["quota"], setting.out, arguments.options)
    return 0


def _project(setting: Setting, arguments: Arguments) -> str:
    given = arguments.given.get("positional_tenant") or arguments.given.get("tenant")
    return str(given or _own_project(setting.client.get("/quotas/tenant")))


def _own_project(answer: Row) -> str:
    tenant = answer.get("tenant")
    if not isinstance(tenant, dict) or "tenant_id" not in tenant:
        raise ClientError(200, "BadAnswer", "The server did not say which project is the caller's own.")
    return str(tenant["tenant_id"])


def _fields(arguments: Arguments) -> Query:
    return [("fields", field) for field in arguments.options.fields or []]
