"""The actions of commands that are none of create, list, show, update, delete.

Shape:   as in cli.actions
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openlbaas.cli import output
from openlbaas.cli.actions import CommandError, Setting, print_rows
from openlbaas.cli.grammar.operating import AGENT
from openlbaas.client.lbaas import FLAVORS, LOAD_BALANCERS, SERVICE_PROFILES, Listing, Row
from openlbaas.client.transport import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openlbaas.cli.grammar.model import Command
    from openlbaas.cli.parsing import Arguments
    from openlbaas.client.lbaas import Query


def stats(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the traffic counters of a load balancer."""
    from openlbaas.cli import traffic

    return traffic.stats(setting, command, arguments)


def status(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the tree of statuses: drawn when a person looks, as JSON to programs and in the neutron client's words."""
    statuses = _statuses(setting, arguments)
    layout = "json" if command.style == "neutron" else arguments.options.formatter
    if (layout or ("tree" if setting.out.isatty() else "json")) == "json":
        print(json.dumps(statuses, indent=4), file=setting.out)
        return 0
    return _draw(setting, arguments, statuses["loadbalancer"], {})


def tree(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Draw a load balancer with all that lies below it, and what each part is."""
    from openlbaas.cli.balancer_tree import details_of

    balancer = _statuses(setting, arguments)["loadbalancer"]
    return _draw(setting, arguments, balancer, details_of(setting.client, balancer))


def plan(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print what the host of a load balancer would do for it now."""
    from openlbaas.cli import planned

    return planned.plan(setting, command, arguments)


def drain(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Give a member no new connection."""
    from openlbaas.cli import draining

    return draining.drain(setting, arguments)


def undrain(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Give a member connections again."""
    from openlbaas.cli import draining

    return draining.undrain(setting, arguments)


def _statuses(setting: Setting, arguments: Arguments) -> Row:
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    found: Row = setting.client.get(f"/lbaas/loadbalancers/{identity}/statuses")["statuses"]
    return found


def _draw(setting: Setting, arguments: Arguments, balancer: Row, details: Mapping[str, str]) -> int:
    from openlbaas.cli.balancer_tree import balancer_node
    from openlbaas.cli.drawing import drawn, look

    how = look(arguments.given.get("color", "auto"), setting.environment, setting.out)
    print("\n".join(drawn(balancer_node(balancer, details), how)), file=setting.out)
    return 0


def associate(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Put a profile behind a flavor."""
    flavor, profile = _flavor_and_profile(setting, arguments)
    setting.client.send("POST", f"/flavors/{flavor}/service_profiles", {"service_profile": {"id": profile}})
    return _tell_pair(setting, command, arguments, "Associated flavor {flavor} with flavor_profile {flavor_profile}")


def disassociate(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Take a profile from a flavor."""
    flavor, profile = _flavor_and_profile(setting, arguments)
    setting.client.send("DELETE", f"/flavors/{flavor}/service_profiles/{profile}")
    return _tell_pair(setting, command, arguments, "Disassociated flavor {flavor} from flavor_profile {flavor_profile}")


def _flavor_and_profile(setting: Setting, arguments: Arguments) -> tuple[str, str]:
    flavor = setting.client.find(FLAVORS, arguments.given["flavor"])
    return flavor, setting.client.find(SERVICE_PROFILES, arguments.given["flavor_profile"], by_name=False)


def _tell_pair(setting: Setting, command: Command, arguments: Arguments, sentence: str) -> int:
    if command.style == "neutron":
        print(sentence.format(**arguments.given), file=setting.out)
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
    given = {name: _limit(name, value) for name, value in arguments.given.items() if name not in _WHOSE}
    limits = given | arguments.extras
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


def _limit(resource: str, written: str) -> int:
    try:
        return int(written)
    except ValueError:
        message = f"Quota limit for {resource} must be an integer"
        raise CommandError(message) from None


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
