"""Every command of both grammars, generated from the resources.

Order:   the neutron client's names first, then the newer grammar; within each, resource by resource
"""

from __future__ import annotations

from functools import cache

from openlbaas.cli.grammar import balancing, certificates, layer7, networking, operating
from openlbaas.cli.grammar.model import Command, Option, Output, Resource, Style

RESOURCES: tuple[Resource, ...] = (
    balancing.LOAD_BALANCER,
    balancing.LISTENER,
    balancing.POOL,
    balancing.MEMBER,
    balancing.HEALTH_MONITOR,
    layer7.L7_POLICY,
    layer7.L7_RULE,
    certificates.CERTIFICATE,
    networking.NETWORK,
    networking.SUBNET,
    networking.PORT,
    operating.AGENT,
    operating.EXTENSION,
    operating.SERVICE_PROVIDER,
)

_SHOWN: dict[str, Output] = {"create": "one", "list": "list", "show": "one"}


@cache
def commands() -> dict[str, Command]:
    """All commands by the words that call them."""
    styles: tuple[Style, ...] = ("neutron", "modern")
    made = [command for style in styles for resource in RESOURCES for command in _of_resource(resource, style)]
    made += [command for style in styles for command in _single_ones(style)]
    return {command.name: command for command in made}


def _of_resource(resource: Resource, style: Style) -> list[Command]:
    verbs = [*resource.verbs]
    if style == "modern" and "update" in verbs:
        verbs.insert(verbs.index("update") + 1, "unset")
    return [_command(resource, style, verb) for verb in verbs]


def _command(resource: Resource, style: Style, verb: str) -> Command:
    options = {
        "create": resource.create,
        "update": resource.update,
        "list": resource.filters,
        "unset": _clearable(resource),
    }.get(verb, ())
    return Command(
        name=_name(resource, style, verb),
        style=style,
        resource=resource,
        verb=verb,
        action=verb,
        about=_about(resource, verb),
        output=_SHOWN.get(verb, "none"),
        takes_target=verb in {"show", "update", "unset", "delete"},
        takes_parent=resource.parent is not None,
        takes_extras=style == "neutron" and verb in {"create", "update", "list"},
        options=tuple(option for option in options if option.spelling(style)),
    )


def _name(resource: Resource, style: Style, verb: str) -> str:
    if style == "neutron":
        return f"{resource.neutron}-{verb}"
    return f"{resource.modern} {'set' if verb == 'update' else verb}"


def _about(resource: Resource, verb: str) -> str:
    thing = resource.title
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    inside = f" of one {_title_of_parent(resource)}" if resource.parent else ""
    return {
        "create": f"Create {resource.article} {thing}.",
        "list": f"List {plural}{inside}.",
        "show": f"Show one {thing}.",
        "update": f"Change {resource.article} {thing}.",
        "unset": f"Take attributes of {resource.article} {thing} back to nothing.",
        "delete": f"Delete {plural}.",
    }[verb]


def _title_of_parent(resource: Resource) -> str:
    return next(each.title for each in RESOURCES if resource.parent and each.collection == resource.parent.collection)


def _clearable(resource: Resource) -> tuple[Option, ...]:
    """Each attribute that can be updated, as a switch that takes it away."""
    kept = {"admin_state_up", *(option.attribute for option in resource.update if option.kind.endswith("file"))}
    attributes = dict.fromkeys(option.attribute for option in resource.update if option.attribute not in kept)
    return tuple(
        Option(
            attribute,
            "",
            f"--{attribute.removesuffix('_id').replace('_', '-')}",
            f"Take the {attribute} away.",
            kind="constant",
            value="" if attribute in {"name", "description"} else None,
        )
        for attribute in attributes
    )


def _single_ones(style: Style) -> list[Command]:
    """Commands that are none of create, list, show, update, delete."""
    balancer, agent, quota = balancing.LOAD_BALANCER, operating.AGENT, operating.QUOTA
    project = operating.PROJECT_OF_QUOTA
    rows: list[tuple[str, str, Resource, str, str, Output, bool, tuple[Option, ...]]] = [
        ("lbaas-loadbalancer-stats", "loadbalancer stats", balancer, "stats",
         "Show the traffic counters of a load balancer.", "one", True, ()),
        ("", "loadbalancer stats show", balancer, "stats",
         "Show the traffic counters of a load balancer.", "one", True, ()),
        ("lbaas-loadbalancer-status", "loadbalancer status", balancer, "status",
         "Show the tree of statuses below a load balancer, as JSON.", "none", True, ()),
        ("", "loadbalancer status show", balancer, "status",
         "Show the tree of statuses below a load balancer, as JSON.", "none", True, ()),
        ("lbaas-agent-hosting-loadbalancer", "loadbalancer agent show", balancer, "hosting_agent",
         "Show the agent that hosts a load balancer.", "list", True, ()),
        ("lbaas-loadbalancer-list-on-agent", "network agent loadbalancer list", agent, "hosted_load_balancers",
         "List the load balancers on an agent.", "list", True, ()),
        ("quota-show", "quota show", quota, "show_quota", "Show the limits of a project.", "one", False, project),
        ("quota-default-show", "quota default show", quota, "show_default_quota",
         "Show the limits a project has when none were set.", "one", False, project),
        ("quota-list", "quota list", quota, "list_quotas", "List the projects with limits of their own.",
         "list", False, ()),
        ("quota-update", "quota set", quota, "update_quota", "Set limits of a project.", "one", False,
         (*project, *operating.LIMITS)),
        ("quota-delete", "quota delete", quota, "delete_quota", "Take a project's own limits away.", "none", False,
         project),
    ]  # fmt: skip
    return [
        Command(
            name=neutron if style == "neutron" else modern,
            style=style,
            resource=resource,
            verb=action,
            action=action,
            about=about,
            output=output,
            takes_target=target,
            options=options,
        )
        for neutron, modern, resource, action, about, output, target, options in rows
        if (neutron if style == "neutron" else modern)
    ]
