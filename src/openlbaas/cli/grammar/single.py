"""The commands that are none of create, list, show, update, delete."""

from __future__ import annotations

from typing import NamedTuple

from openlbaas.cli.grammar.balancing import LOAD_BALANCER, MEMBER
from openlbaas.cli.grammar.flavors import FLAVOR, PAIR
from openlbaas.cli.grammar.hosts import DESTINATION, DRY_RUN, FORCE, HOST, WHICH
from openlbaas.cli.grammar.model import Command, Option, Output, Resource, Style
from openlbaas.cli.grammar.operating import AGENT, LIMITS, PROJECT_OF_QUOTA, QUOTA


class Single(NamedTuple):
    """One such command in both grammars.

    Shape:   names and action as in model.Command; "" means: not in that grammar
    """

    neutron: str
    modern: str
    resource: Resource
    action: str
    about: str
    output: Output = "none"
    takes_target: bool = False
    options: tuple[Option, ...] = ()
    takes_parent: bool = False


_COLOR = Option(
    "color",
    "",
    "--color",
    "Colours: always, never, or when somebody looks (auto, the default; NO_COLOR turns them off).",
    choices=("auto", "always", "never"),
)
_BY = Option("by", "", "--by", "One row for each of these.", choices=("listener", "pool", "member"))

_STATS = "Show the traffic counters of a load balancer."
_STATUS = "Show the tree of statuses below a load balancer."

_ALL: tuple[Single, ...] = (
    Single("lbaas-loadbalancer-stats", "loadbalancer stats", LOAD_BALANCER, "stats", _STATS, "one",
           takes_target=True, options=(_BY,)),
    Single("", "loadbalancer stats show", LOAD_BALANCER, "stats", _STATS, "one", takes_target=True, options=(_BY,)),
    Single("lbaas-loadbalancer-status", "", LOAD_BALANCER, "status", _STATUS, takes_target=True),
    Single("", "loadbalancer status", LOAD_BALANCER, "status", _STATUS, "tree", takes_target=True, options=(_COLOR,)),
    Single("", "loadbalancer status show", LOAD_BALANCER, "status", _STATUS, "tree",
           takes_target=True, options=(_COLOR,)),
    Single("", "loadbalancer tree", LOAD_BALANCER, "tree", "Draw all that lies below a load balancer.",
           takes_target=True, options=(_COLOR,)),
    Single("", "loadbalancer plan", LOAD_BALANCER, "plan",
           "Show what the host of a load balancer would do for it now, and why.", "list", takes_target=True),
    Single("", "member drain", MEMBER, "drain",
           "Give a member no new connection; with --wait until its last one has ended.",
           takes_target=True, takes_parent=True),
    Single("", "member undrain", MEMBER, "undrain", "Give a member connections again.",
           takes_target=True, takes_parent=True),
    Single("", "loadbalancer member drain", MEMBER, "drain",
           "Give a member no new connection; with --wait until its last one has ended.",
           takes_target=True, takes_parent=True),
    Single("", "loadbalancer member undrain", MEMBER, "undrain", "Give a member connections again.",
           takes_target=True, takes_parent=True),
    Single("lbaas-agent-hosting-loadbalancer", "loadbalancer agent show", LOAD_BALANCER, "hosting_agent",
           "Show the agent that hosts a load balancer.", "list", takes_target=True),
    Single("lbaas-loadbalancer-list-on-agent", "network agent loadbalancer list", AGENT, "hosted_load_balancers",
           "List the load balancers on an agent.", "list", takes_target=True),
    Single("lbaas-loadbalancer-move", "loadbalancer move", LOAD_BALANCER, "move",
           "Move a load balancer to another host, without a gap; of two hosts, have another one take the VIP.",
           takes_target=True, options=(DESTINATION,)),
    Single("lbaas-loadbalancer-hosts", "loadbalancer host list", LOAD_BALANCER, "hosts_of",
           "List the hosts of a load balancer, and which of two has its VIP.", "list", takes_target=True),
    Single("lbaas-host-show", "agent show", HOST, "show_host", "Show one host.", "one", options=(WHICH,)),
    Single("lbaas-host-drain", "agent drain", HOST, "drain_host",
           "Give a host nothing new and move all that it has; --wait returns when it has nothing left.",
           options=(WHICH,)),
    Single("lbaas-host-undrain", "agent undrain", HOST, "undrain_host", "Let a host take part again.",
           options=(WHICH,)),
    Single("lbaas-host-failover", "agent failover", HOST, "fail",
           "Take a silent host for dead, whatever the brake holds, and give what it has to others.",
           options=(WHICH, FORCE)),
    Single("lbaas-host-rebalance", "agent rebalance", HOST, "rebalance",
           "Move the fewest load balancers after which hosts have equally many, and print them.", "list",
           options=(DRY_RUN,)),
    Single("flavor-associate", "network flavor add profile", FLAVOR, "associate",
           "Put a flavor profile behind a flavor.", options=PAIR),
    Single("flavor-disassociate", "network flavor remove profile", FLAVOR, "disassociate",
           "Take a flavor profile from a flavor.", options=PAIR),
    Single("quota-show", "quota show", QUOTA, "show_quota", "Show the limits of a project.", "one",
           options=PROJECT_OF_QUOTA),
    Single("quota-default-show", "quota default show", QUOTA, "show_default_quota",
           "Show the limits a project has when none were set.", "one", options=PROJECT_OF_QUOTA),
    Single("quota-list", "quota list", QUOTA, "list_quotas", "List the projects with limits of their own.", "list"),
    Single("quota-update", "quota set", QUOTA, "update_quota", "Set limits of a project.", "one",
           options=(*PROJECT_OF_QUOTA, *LIMITS)),
    Single("quota-delete", "quota delete", QUOTA, "delete_quota", "Take a project's own limits away.",
           options=PROJECT_OF_QUOTA),
)  # fmt: skip


def single_commands(style: Style) -> list[Command]:
    """Those of one grammar."""
    return [_command(row, style) for row in _ALL if (row.neutron if style == "neutron" else row.modern)]


def _command(row: Single, style: Style) -> Command:
    return Command(
        name=row.neutron if style == "neutron" else row.modern,
        style=style,
        resource=row.resource,
        verb=row.action,
        action=row.action,
        about=row.about,
        output=row.output,
        takes_target=row.takes_target,
        takes_parent=row.takes_parent,
        options=tuple(option for option in row.options if option.spelling(style)),
    )
