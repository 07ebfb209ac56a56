"""Trees to begin a test with."""

from openlbaas.domain import commands as c
from openlbaas.domain.changes import Changed, TreeCommand, changed, load_balancers
from openlbaas.domain.model import Vip
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Algorithm, MonitorType, Protocol

PROJECT = "project"


def empty() -> Tree:
    """A load balancer at revision 1 with nothing below it."""
    command = c.CreateLoadBalancer(project_id=PROJECT, name="lb", vip_subnet_id="subnet")
    vip = Vip("port", "subnet", "network", "10.0.0.2")
    return load_balancers.create(command, new_id="lb", vip=vip, provider="haproxy")


def after(tree: Tree, command: TreeCommand, *ids: str) -> Tree:
    """The tree after one more command."""
    return result(tree, command, *ids).tree


def result(tree: Tree, command: TreeCommand, *ids: str) -> Changed:
    """What one more command did."""
    return changed(tree, command, ids)


def listener(port: int = 80, **more: object) -> c.CreateListener:
    """A command for an HTTP listener on the load balancer."""
    given = {"load_balancer_id": "lb", "protocol": Protocol.HTTP, "protocol_port": port, **more}
    return c.CreateListener(project_id=PROJECT, **given)  # type: ignore[arg-type]  # words of the command


def pool(**more: object) -> c.CreatePool:
    """A command for an HTTP pool on the load balancer."""
    given = {
        "load_balancer_id": "lb",
        "protocol": Protocol.HTTP,
        "algorithm": Algorithm.ROUND_ROBIN,
        **more,
    }
    return c.CreatePool(project_id=PROJECT, **given)  # type: ignore[arg-type]  # words of the command


def member(address: str = "10.0.0.10", port: int = 80, pool_id: str = "pool") -> c.CreateMember:
    """A command for a member of the pool."""
    return c.CreateMember(project_id=PROJECT, pool_id=pool_id, address=address, protocol_port=port)


def monitor(pool_id: str = "pool") -> c.CreateHealthMonitor:
    """A command for an HTTP health monitor of the pool."""
    return c.CreateHealthMonitor(
        project_id=PROJECT, pool_id=pool_id, type=MonitorType.HTTP, delay_s=1, timeout_s=1, max_retries=2
    )


def full() -> Tree:
    """Listener, pool, two members, monitor: revisions 2 to 6."""
    tree = after(empty(), listener(), "listener")
    tree = after(tree, pool(listener_id="listener"), "pool")
    tree = after(tree, member("10.0.0.10"), "web1")
    tree = after(tree, member("10.0.0.11"), "web2")
    return after(tree, monitor(), "monitor")
