"""Every command of both grammars, generated from the resources.

Order:   the neutron client's names first, then the newer grammar; within each, resource by resource
"""

from __future__ import annotations

from functools import cache

from openlbaas.cli.grammar import balancing, certificates, flavors, hosts, layer7, networking, operating
from openlbaas.cli.grammar.model import Command, Option, Output, Resource, Style
from openlbaas.cli.grammar.single import single_commands

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
    operating.EVENT,
    hosts.HOST,
    flavors.FLAVOR,
    flavors.FLAVOR_PROFILE,
)

_SHOWN: dict[str, Output] = {"create": "one", "list": "list", "show": "one"}


@cache
def commands() -> dict[str, Command]:
    """All commands by the words that call them."""
    styles: tuple[Style, ...] = ("neutron", "modern")
    made = [command for style in styles for resource in RESOURCES for command in _of_resource(resource, style)]
    made += [command for style in styles for command in single_commands(style)]
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
    clearable = [option.attribute for option in resource.update if option.modern and not option.kind.endswith("file")]
    attributes = [name for name in dict.fromkeys(clearable) if name not in {"admin_state_up", "enabled"}]
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
