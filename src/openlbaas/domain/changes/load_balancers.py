"""Changes of the load balancer itself."""

from dataclasses import replace

from openlbaas.domain.changes.steps import advanced, next_revision, updated
from openlbaas.domain.commands import CreateLoadBalancer, UpdateLoadBalancer
from openlbaas.domain.errors import InUse
from openlbaas.domain.model import LoadBalancer, Vip
from openlbaas.domain.provisioning import Mark, Progress
from openlbaas.domain.tree import Tree, living
from openlbaas.domain.vocabulary import Kind, Topology


def create(
    command: CreateLoadBalancer, *, new_id: str, vip: Vip, provider: str, topology: Topology = Topology.SINGLE
) -> Tree:
    """Begin a tree at revision 1."""
    balancer = LoadBalancer(
        id=new_id,
        project_id=command.project_id,
        name=command.name,
        description=command.description,
        vip=vip,
        provider=provider,
        flavor_id=command.flavor_id,
        admin_state_up=command.admin_state_up,
        mark=Mark(created=1, changed=1),
        topology=topology,
    )
    return Tree(balancer, Progress(revision=1))


def update(tree: Tree, command: UpdateLoadBalancer) -> Tree:
    """Change the load balancer's own attributes."""
    after = updated(tree.load_balancer, command, next_revision(tree))
    return tree if after is tree.load_balancer else advanced(tree, load_balancer=after)


def check_empty(tree: Tree) -> None:
    """Refuse to delete a load balancer that still has a listener or a pool.

    Raises: InUse, naming the first of them.
    """
    for kind, collection in ((Kind.LISTENER, living(tree.listeners)), (Kind.POOL, living(tree.pools))):
        if collection:
            raise InUse(Kind.LOAD_BALANCER, tree.id, kind, collection[0].id)


def delete(tree: Tree) -> Tree:
    """Ask for the whole load balancer to be removed."""
    balancer = tree.load_balancer
    gone = replace(balancer, mark=replace(balancer.mark, deleted=next_revision(tree)))
    after = advanced(tree, load_balancer=gone)
    # deleted > changed is the shape of a mark, and this revision is the deletion's.
    return replace(after, load_balancer=replace(gone, mark=replace(gone.mark, changed=balancer.mark.changed)))
