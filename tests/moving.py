"""A control plane whose load balancers move, and what to ask of it."""

from pathlib import Path

from openlbaas.desired.spec import Spec
from openlbaas.domain import commands as c
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import agents, change, events, networks, read
from world import ADMIN, TENANT, World, world


def cloud(folder: Path, **more: object) -> World:
    """Make a control plane that moves load balancers by itself after three seconds."""
    lab = world(folder, **{"failover": True, "agent_down_time_s": 3.0, **more})
    lab.subnet(lab.network())
    return lab


def balancer(lab: World, *, project_id: str = "project") -> str:
    """Make a load balancer and name its id."""
    (subnet, *_) = networks.select(lab.services, ADMIN, Kind.SUBNET, Selection())
    command = c.CreateLoadBalancer(project_id=project_id, name="", vip_subnet_id=subnet.id)
    made = change.change(lab.services, ADMIN, command)
    assert isinstance(made, LoadBalancerView)
    return made.object.id


def where(lab: World, load_balancer_id: str) -> str:
    """Name the host that a load balancer is bound to."""
    return agents.hosting(lab.services, ADMIN, load_balancer_id).object.host


def shown(lab: World, load_balancer_id: str) -> LoadBalancerView:
    """Show a load balancer to its project."""
    found = read.show(lab.services, TENANT, Kind.LOAD_BALANCER, load_balancer_id)
    assert isinstance(found, LoadBalancerView)
    return found


def told(lab: World, name: str) -> list[str]:
    """Name the texts of all events of a name, oldest first."""
    return [event.text for event in events.select(lab.services, ADMIN, Selection(names=(name,)))]


def presence(specs: tuple[Spec, ...]) -> list[tuple[str, bool]]:
    """Say of each spec whether it is to be there."""
    return [(spec.id, spec.present) for spec in specs]
